/** What of a transaction the gateway takes over. Pure; whatever the types of the fields, it never throws. */
import { createHash } from 'node:crypto';
import { isCallEventType } from '../calls/parse.ts';
import type { EventId, MatrixUserId, RoomId } from '../ids.ts';
import { isObject, type JsonObject, objectOr, shortString } from '../json.ts';
import { isTextEventType } from '../texts/parse.ts';

/** An event with the fields that everything else rests on. */
export interface IncomingEvent {
  readonly eventId: EventId;
  readonly roomId: RoomId;
  readonly type: string;
  readonly sender: MatrixUserId;
  readonly raw: JsonObject;
  /** `raw` as JSON, as it is stored. */
  readonly json: string;
}

export interface ParsedTransaction {
  /** In the order of the transaction. */
  readonly events: readonly IncomingEvent[];
  /** How many entries were no events at all. */
  readonly malformed: number;
  /** The same for the same events: tells a repeated transaction from another one with its ID. */
  readonly digest: string;
}

/** @param isOwn whether a user belongs to the gateway: what its own users send comes back to it and is left out */
export function parseTransaction(body: unknown, isOwn: (userId: string) => boolean): ParsedTransaction {
  const list = objectOr(body).events;
  const events: IncomingEvent[] = [];
  const hash = createHash('sha256');
  let malformed = 0;
  for (const raw of Array.isArray(list) ? (list as unknown[]) : []) {
    const event = parseEvent(raw);
    if (event === undefined) {
      malformed += 1;
      continue;
    }
    hash.update(event.eventId).update('\n');
    if (isWanted(event, isOwn)) events.push(event);
  }
  return { events, malformed, digest: hash.digest('base64url') };
}

/** An event as it came or was stored; undefined when it is none. */
export function parseEvent(raw: unknown): IncomingEvent | undefined {
  if (!isObject(raw)) return undefined;
  const eventId = plainString(raw.event_id);
  const roomId = plainString(raw.room_id);
  const sender = plainString(raw.sender);
  const type = plainString(raw.type);
  if (eventId === undefined || roomId === undefined || sender === undefined || type === undefined) return undefined;
  const json = toJson(raw);
  if (json === undefined) return undefined;
  return { eventId: eventId as EventId, roomId: roomId as RoomId, sender: sender as MatrixUserId, type, raw, json };
}

/** What databases can hold as it is: no control characters (PostgreSQL takes no NUL), well-formed Unicode. */
function plainString(value: unknown): string | undefined {
  const text = shortString(value);
  return text === undefined || /\p{Cc}/u.test(text) || !text.isWellFormed() ? undefined : text;
}

/** undefined for what is nested so deeply that it can be read but not written: it would come again for ever. */
function toJson(value: JsonObject): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function isWanted(event: IncomingEvent, isOwn: (userId: string) => boolean): boolean {
  if (isOwn(event.sender)) return false;
  switch (event.type) {
    case 'm.room.member':
    case 'm.room.encryption':
    case 'm.room.name':
      return true;
    default:
      return isCallEventType(event.type) || isTextEventType(event.type);
  }
}
