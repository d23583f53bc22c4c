/** What the files of this folder share. */
import type { Logger } from 'pino';
import type { Store } from '../../store/index.ts';
import { CallRoomError } from '../call-rooms.ts';
import { HomeserverError } from '../client/errors.ts';
import type { Homeserver } from '../client/homeserver.ts';
import type { Liveness } from '../client/liveness.ts';
import { retrying } from '../client/retry.ts';
import type { Clock } from '../clock.ts';
import type { Ghosts } from '../ghosts/ghosts.ts';
import type { PortalCache } from '../ghosts/portals.ts';
import type { GhostRooms } from '../ghosts/rooms.ts';
import type { MatrixUserId } from '../ids.ts';

export interface RingingParts {
  readonly homeserver: Homeserver;
  readonly ghosts: Ghosts;
  readonly rooms: GhostRooms;
  readonly portals: PortalCache;
  readonly madeRooms: Store['madeRooms'];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly liveness: Liveness;
  /** The gateway's own user. */
  readonly bot: MatrixUserId;
  readonly gatewayHost: string;
  /** Aborted when the gateway stops. */
  readonly signal: AbortSignal;
}

/** A caller waits: what the homeserver cannot do in this time comes too late. */
const WHILE_IT_RINGS_MS = 10_000;

/** Tries again while that may help. Rejects with HomeserverError. */
export function whileItRings<T>(parts: RingingParts, request: () => Promise<T>): Promise<T> {
  const { clock, logger, liveness, signal } = parts;
  return retrying(request, { clock, logger, liveness, signal, giveUpAfterMs: WHILE_IT_RINGS_MS });
}

/** What of the homeserver went wrong, as the caller of `ringRoom` understands it. */
export function asCallRoomError(error: unknown): unknown {
  return error instanceof HomeserverError ? new CallRoomError('homeserver', error.message, { cause: error }) : error;
}

/**
 * Power levels of a room that the gateway makes, for `power_level_content_override` (whose `events` replace all defaults).
 * Its user may do what one does in a chat, but not begin a MatrixRTC call nor encrypt the room: the gateway takes part in
 * neither, and clients offer what is allowed. Not by the preset `trusted_private_chat`: from room version 12 on it makes the
 * invited user a creator, whom no level stops (MSC4289).
 */
export const CALL_ROOM_POWER_LEVELS = {
  users_default: 50,
  events: {
    'm.room.name': 50,
    'm.room.avatar': 50,
    'm.room.canonical_alias': 50,
    'm.room.power_levels': 100,
    'm.room.history_visibility': 100,
    'm.room.server_acl': 100,
    'm.room.tombstone': 100,
    'm.room.encryption': 100,
    'org.matrix.msc3401.call.member': 100,
    'org.matrix.msc3401.call': 100,
  },
} as const;
