/** Direct chats of a user and a caller's ghost: one for each pair, also when two calls ask at once or a process dies over it. */

import { KeyedQueue } from '../../keyed-queue.ts';
import type { StoredPortal } from '../../store/index.ts';
import { createRoom, joinedRooms } from '../client/rooms.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import { CALL_ROOM_POWER_LEVELS, type RingingParts, whileItRings } from './parts.ts';

export class DirectRooms {
  readonly #parts: RingingParts;
  readonly #making = new KeyedQueue();

  constructor(parts: RingingParts) {
    this.#parts = parts;
  }

  /** The user's chats with any of these ghosts; those with the first ghosts first, of one ghost the oldest first. */
  async find(user: MatrixUserId, ghosts: readonly MatrixUserId[]): Promise<readonly StoredPortal[]> {
    const portals = await this.#parts.portals.ofUser(user, ghosts);
    const phone = await this.#parts.madeRooms.find(user, this.#parts.bot);
    const rank = (portal: StoredPortal) => ghosts.indexOf(portal.ghost as MatrixUserId);
    return portals
      .filter((portal) => portal.others <= 1 && portal.roomId !== phone?.roomId)
      .toSorted((a, b) => rank(a) - rank(b));
  }

  /**
   * Makes the chat and invites the user, or gives the one that was made meanwhile. Rejects with HomeserverError.
   * @param onMade called when there is a new room, before it is looked at
   * @returns the portal as it is right after: the user may not have joined yet
   */
  make(user: MatrixUserId, ghost: MatrixUserId, onMade?: (roomId: RoomId) => void): Promise<StoredPortal> {
    return this.#making.run(`${user} ${ghost}`, async () => {
      const [already] = (await this.find(user, [ghost])).filter((portal) => !portal.encrypted);
      if (already !== undefined) return already;
      const { ghosts, madeRooms, clock, logger } = this.#parts;
      await whileItRings(this.#parts, () => ghosts.ensure(ghost));
      const begun = await madeRooms.find(user, ghost);
      await madeRooms.begin(user, ghost, clock.now());
      // Begun and never finished: the process may have died just after the homeserver made it.
      const found = begun !== undefined && begun.roomId === undefined ? await this.#findMade(user, ghost) : undefined;
      const roomId = found ?? (await this.#create(user, ghost));
      await madeRooms.made(user, ghost, roomId, clock.now());
      onMade?.(roomId);
      logger.info({ roomId, user }, 'a room was made for a caller');
      return this.#parts.rooms.adopt(roomId, ghost, user);
    });
  }

  async #create(user: MatrixUserId, ghost: MatrixUserId): Promise<RoomId> {
    const { homeserver } = this.#parts;
    // Not tried again when no answer came: the room may have been made. It has no more state than it needs: each event takes
    // the homeserver time while somebody waits. The bridge is described when the user has joined.
    return createRoom(homeserver, ghost, {
      preset: 'private_chat',
      visibility: 'private',
      is_direct: true,
      invite: [user],
      power_level_content_override: CALL_ROOM_POWER_LEVELS,
    });
  }

  /** A room in which ghost and user are alone and that no portal knows. */
  async #findMade(user: MatrixUserId, ghost: MatrixUserId): Promise<RoomId | undefined> {
    const { homeserver, portals, rooms } = this.#parts;
    for (const roomId of await whileItRings(this.#parts, () => joinedRooms(homeserver, ghost))) {
      if ((await portals.inRoom(roomId)).some((portal) => portal.ghost === ghost)) continue;
      const facts = await rooms.facts(roomId, ghost);
      if (facts?.members.size === 2 && facts.members.has(user)) return roomId;
    }
    return undefined;
  }
}
