/** Rooms of the client-server API: the few requests that ghosts make. Paths in one place, names from the specification. */
import type { EventId, MatrixUserId, RoomId } from '../ids.ts';
import { isObject, type JsonObject, objectOr, shortString } from '../json.ts';
import { HomeserverError, isRefusal } from './errors.ts';
import type { Homeserver } from './homeserver.ts';

const V3 = '/_matrix/client/v3';
/** Joining a room of another server may take long. */
const JOIN_TIMEOUT_MS = 60_000;

export async function joinRoom(homeserver: Homeserver, as: MatrixUserId, roomId: RoomId): Promise<void> {
  const path = `${V3}/rooms/${encodeURIComponent(roomId)}/join`;
  await homeserver.request({ method: 'POST', path, as, action: 'join a room', timeoutMs: JOIN_TIMEOUT_MS });
}

/** Also declines an invitation. */
export async function leaveRoom(homeserver: Homeserver, as: MatrixUserId, roomId: RoomId): Promise<void> {
  const path = `${V3}/rooms/${encodeURIComponent(roomId)}/leave`;
  await homeserver.request({ method: 'POST', path, as, action: 'leave a room' });
}

/** The newest events that the user may see, newest first. */
export async function newestEvents(
  homeserver: Homeserver,
  as: MatrixUserId,
  roomId: RoomId,
  limit: number,
): Promise<readonly JsonObject[]> {
  const path = `${V3}/rooms/${encodeURIComponent(roomId)}/messages`;
  const query = { dir: 'b', limit };
  const reply = await homeserver.request({ method: 'GET', path, as, query, action: "read a room's newest events" });
  const { chunk } = objectOr(reply);
  return Array.isArray(chunk) ? chunk.filter(isObject) : [];
}

export async function roomState(
  homeserver: Homeserver,
  as: MatrixUserId,
  roomId: RoomId,
): Promise<readonly JsonObject[]> {
  const path = `${V3}/rooms/${encodeURIComponent(roomId)}/state`;
  const reply = await homeserver.request({ method: 'GET', path, as, action: "read a room's state" });
  return Array.isArray(reply) ? reply.filter(isObject) : [];
}

export async function joinedRooms(homeserver: Homeserver, as: MatrixUserId): Promise<readonly RoomId[]> {
  const reply = await homeserver.request({
    method: 'GET',
    path: `${V3}/joined_rooms`,
    as,
    action: "list a ghost's rooms",
  });
  const { joined_rooms: rooms } = objectOr(reply);
  return Array.isArray(rooms) ? rooms.filter((room): room is RoomId => typeof room === 'string') : [];
}

/**
 * Sends an event. `txnId` is the idempotency key: sent again with it, the event appears once.
 * @returns the event's ID
 */
export async function sendEvent(
  homeserver: Homeserver,
  event: {
    readonly as: MatrixUserId;
    readonly roomId: RoomId;
    readonly type: string;
    readonly txnId: string;
    readonly content: JsonObject;
    /** `origin_server_ts`, ms since 1970 (application service API, "Timestamp massaging"). */
    readonly ts?: number;
  },
): Promise<EventId | undefined> {
  const { as, roomId, type, txnId, content, ts } = event;
  const path = `${V3}/rooms/${encodeURIComponent(roomId)}/send/${encodeURIComponent(type)}/${encodeURIComponent(txnId)}`;
  const query = ts === undefined ? {} : { query: { ts: Math.max(0, Math.floor(ts)) } };
  const reply = await homeserver.request({ method: 'PUT', path, as, body: content, action: `send ${type}`, ...query });
  return shortString(objectOr(reply).event_id) as EventId | undefined;
}

/** One event of a room; undefined when the user may not see it or it is not there. */
export async function eventOf(
  homeserver: Homeserver,
  as: MatrixUserId,
  roomId: RoomId,
  eventId: EventId,
): Promise<JsonObject | undefined> {
  const path = `${V3}/rooms/${encodeURIComponent(roomId)}/event/${encodeURIComponent(eventId)}`;
  try {
    const reply = await homeserver.request({ method: 'GET', path, as, action: 'read an event' });
    return isObject(reply) ? reply : undefined;
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** A read receipt (client-server API, "Receipts"). */
export async function sendReceipt(
  homeserver: Homeserver,
  as: MatrixUserId,
  roomId: RoomId,
  eventId: EventId,
): Promise<void> {
  const path = `${V3}/rooms/${encodeURIComponent(roomId)}/receipt/m.read/${encodeURIComponent(eventId)}`;
  await homeserver.request({ method: 'POST', path, as, body: {}, action: 'send a receipt' });
}

/** What a user is called in a room; undefined when they have no name there. */
export async function nameInRoom(
  homeserver: Homeserver,
  as: MatrixUserId,
  roomId: RoomId,
  user: MatrixUserId,
): Promise<string | undefined> {
  const path = `${V3}/rooms/${encodeURIComponent(roomId)}/state/m.room.member/${encodeURIComponent(user)}`;
  try {
    const reply = await homeserver.request({ method: 'GET', path, as, action: 'read a name' });
    return shortString(objectOr(reply).displayname, 1_000);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

export async function sendState(
  homeserver: Homeserver,
  event: {
    readonly as: MatrixUserId;
    readonly roomId: RoomId;
    readonly type: string;
    readonly stateKey: string;
    readonly content: JsonObject;
  },
): Promise<void> {
  const { as, roomId, type, stateKey, content } = event;
  const path = `${V3}/rooms/${encodeURIComponent(roomId)}/state/${encodeURIComponent(type)}/${encodeURIComponent(stateKey)}`;
  await homeserver.request({ method: 'PUT', path, as, body: content, action: `set ${type}` });
}

/** Makes a room; settles with its ID. There is no idempotency key: who asks twice has two rooms. */
export async function createRoom(homeserver: Homeserver, as: MatrixUserId, body: JsonObject): Promise<RoomId> {
  const path = `${V3}/createRoom`;
  const reply = objectOr(await homeserver.request({ method: 'POST', path, as, body, action: 'create a room' }));
  if (typeof reply.room_id === 'string') return reply.room_id as RoomId;
  throw new HomeserverError({ kind: 'refused', action: 'create a room', detail: 'the answer has no room_id' });
}

/** @param isDirect said to be a direct chat, which `POST …/invite` cannot say (specification, "Direct messaging") */
export async function inviteUser(
  homeserver: Homeserver,
  as: MatrixUserId,
  roomId: RoomId,
  user: MatrixUserId,
  isDirect = false,
): Promise<void> {
  if (isDirect) {
    const content = { membership: 'invite', is_direct: true };
    return sendState(homeserver, { as, roomId, type: 'm.room.member', stateKey: user, content });
  }
  const path = `${V3}/rooms/${encodeURIComponent(roomId)}/invite`;
  await homeserver.request({ method: 'POST', path, as, body: { user_id: user }, action: 'invite a user' });
}

/** Takes an invitation back, too. */
export async function kickUser(
  homeserver: Homeserver,
  as: MatrixUserId,
  roomId: RoomId,
  user: MatrixUserId,
  reason: string,
): Promise<void> {
  const path = `${V3}/rooms/${encodeURIComponent(roomId)}/kick`;
  await homeserver.request({ method: 'POST', path, as, body: { user_id: user, reason }, action: 'send a user away' });
}

/** `join`, `invite`, `leave`, `ban`, `knock`, or undefined when the user was never there. */
export async function membershipOf(
  homeserver: Homeserver,
  as: MatrixUserId,
  roomId: RoomId,
  user: MatrixUserId,
): Promise<string | undefined> {
  const path = `${V3}/rooms/${encodeURIComponent(roomId)}/state/m.room.member/${encodeURIComponent(user)}`;
  try {
    const reply = await homeserver.request({ method: 'GET', path, as, action: 'read a membership' });
    return shortString(objectOr(reply).membership);
  } catch (error) {
    if (isRefusal(error, 'M_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** The room behind an alias; undefined when there is none. */
export async function roomOfAlias(homeserver: Homeserver, alias: string): Promise<RoomId | undefined> {
  const path = `${V3}/directory/room/${encodeURIComponent(alias)}`;
  try {
    const reply = await homeserver.request({ method: 'GET', path, action: 'look up an alias' });
    return shortString(objectOr(reply).room_id) as RoomId | undefined;
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** Whether the homeserver knows a user of its own. */
export async function userExists(homeserver: Homeserver, user: MatrixUserId): Promise<boolean> {
  const path = `${V3}/profile/${encodeURIComponent(user)}`;
  try {
    await homeserver.request({ method: 'GET', path, action: 'read a profile' });
    return true;
  } catch (error) {
    if (isRefusal(error) && error.facts.status === 404) return false;
    // A server that does not show profiles has the user for all we know.
    if (isRefusal(error)) return true;
    throw error;
  }
}

export async function joinedMembers(
  homeserver: Homeserver,
  as: MatrixUserId,
  roomId: RoomId,
): Promise<ReadonlySet<MatrixUserId>> {
  const path = `${V3}/rooms/${encodeURIComponent(roomId)}/joined_members`;
  const reply = await homeserver.request({ method: 'GET', path, as, action: "list a room's members" });
  return new Set(Object.keys(objectOr(objectOr(reply).joined)) as MatrixUserId[]);
}
