/** A file that was uploaded into a room, as text: what a command that answers to it works on. */
import { HomeserverError } from '../client/errors.ts';
import type { Homeserver } from '../client/homeserver.ts';
import { eventOf } from '../client/rooms.ts';
import type { EventId, MatrixUserId, RoomId } from '../ids.ts';
import { finiteNumber, objectOr, shortString } from '../json.ts';
import type { AttachedFile } from './operations.ts';

const MXC = /^mxc:\/\/([A-Za-z0-9.:[\]-]+)\/([A-Za-z0-9_-]+)$/;
const LONGEST_NAME = 255;
/** Larger ones are for the command line. */
const MOST_BYTES = 48 * 1024 * 1024;
/** The homeserver may have to get it from another one first. */
const TIMEOUT_MS = 120_000;

/** undefined when the event is no file, or one that nobody can read here. Rejects with HomeserverError. */
export async function attachedFile(
  homeserver: Homeserver,
  as: MatrixUserId,
  roomId: RoomId,
  eventId: EventId,
): Promise<AttachedFile | undefined> {
  const content = objectOr((await eventOf(homeserver, as, roomId, eventId))?.content);
  const [, server, id] = MXC.exec(shortString(content.url, 2 * LONGEST_NAME) ?? '') ?? [];
  const bytes = finiteNumber(objectOr(content.info).size) ?? 0;
  if (content.msgtype !== 'm.file' || server === undefined || id === undefined || bytes > MOST_BYTES) return undefined;
  const name = shortString(content.filename, LONGEST_NAME) ?? shortString(content.body, LONGEST_NAME) ?? 'file';
  const text = await download(homeserver, `${encodeURIComponent(server)}/${encodeURIComponent(id)}`);
  return typeof text === 'string' && text.length <= MOST_BYTES ? { name, text } : undefined;
}

/** Specification 1.11, "Authenticated media"; homeservers before it know the older address alone. */
async function download(homeserver: Homeserver, file: string): Promise<unknown> {
  const ask = (path: string) =>
    homeserver.request({ method: 'GET', path: `${path}/${file}`, action: 'download a file', timeoutMs: TIMEOUT_MS });
  try {
    return await ask('/_matrix/client/v1/media/download');
  } catch (error) {
    const isUnknown = error instanceof HomeserverError && error.facts.errcode === 'M_UNRECOGNIZED';
    if (!isUnknown) throw error;
    return ask('/_matrix/media/v3/download');
  }
}
