/** Rooms of the client-server API: the few requests that ghosts make. Paths in one place, names from the specification. */
import type { MatrixUserId, RoomId } from '../ids.ts';
import { isObject, type JsonObject, objectOr } from '../json.ts';
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

/** Sends an event. `txnId` is the idempotency key: sent again with it, the event appears once. */
export async function sendEvent(
  homeserver: Homeserver,
  event: {
    readonly as: MatrixUserId;
    readonly roomId: RoomId;
    readonly type: string;
    readonly txnId: string;
    readonly content: JsonObject;
  },
): Promise<void> {
  const { as, roomId, type, txnId, content } = event;
  const path = `${V3}/rooms/${encodeURIComponent(roomId)}/send/${encodeURIComponent(type)}/${encodeURIComponent(txnId)}`;
  await homeserver.request({ method: 'PUT', path, as, body: content, action: `send ${type}` });
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
