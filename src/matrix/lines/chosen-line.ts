/** Shows in the chat with a number which line its user chose for it: in the topic. */
import type { Logger } from 'pino';
import { isRefusal } from '../client/errors.ts';
import type { Homeserver } from '../client/homeserver.ts';
import { sendState } from '../client/rooms.ts';
import type { PortalCache } from '../ghosts/portals.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import { chosenLineTopic } from './words.ts';

export interface ChosenLineParts {
  readonly homeserver: Homeserver;
  readonly portals: PortalCache;
  readonly bot: MatrixUserId;
  readonly logger: Logger;
}

/**
 * What goes wrong is only logged: a room that somebody else made may not let the ghost set its topic.
 * @param line how it is called; undefined: the usual one, which is not named
 */
export async function showChosenLine(
  { homeserver, portals, bot, logger }: ChosenLineParts,
  roomId: RoomId,
  line: string | undefined,
): Promise<void> {
  const ghost = (await portals.inRoom(roomId)).find((portal) => portal.ghost !== bot)?.ghost;
  if (ghost === undefined) return;
  const content = { topic: line === undefined ? '' : chosenLineTopic(line) };
  try {
    await sendState(homeserver, { as: ghost as MatrixUserId, roomId, type: 'm.room.topic', stateKey: '', content });
  } catch (error) {
    const level = isRefusal(error) ? 'debug' : 'warn';
    logger[level]({ roomId }, error instanceof Error ? error.message : String(error));
  }
}
