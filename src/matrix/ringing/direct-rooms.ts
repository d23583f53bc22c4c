/** Direct chats of a user and a caller's ghost: one for each pair, also when two calls ask at once or a process dies over it. */
import type { StoredPortal } from '../../store/index.ts';
import { createRoom, joinedRooms } from '../client/rooms.ts';
import { BRIDGE_EVENT_TYPES, bridgeContent, bridgeStateKey } from '../ghosts/bridge-info.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import { KeyedQueue } from '../keyed-queue.ts';
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
   * @returns the portal as it is right after: the user may not have joined yet
   */
  make(user: MatrixUserId, ghost: MatrixUserId): Promise<StoredPortal> {
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
      logger.info({ roomId, user }, 'a room was made for a caller');
      return this.#parts.rooms.adopt(roomId, ghost, user);
    });
  }

  async #create(user: MatrixUserId, ghost: MatrixUserId): Promise<RoomId> {
    const { homeserver } = this.#parts;
    // Not tried again when no answer came: the room may have been made.
    return createRoom(homeserver, ghost, {
      preset: 'private_chat',
      visibility: 'private',
      is_direct: true,
      invite: [user],
      power_level_content_override: CALL_ROOM_POWER_LEVELS,
      initial_state: this.#bridgeState(ghost),
    });
  }

  #bridgeState(ghost: MatrixUserId) {
    const { ghosts, bot, gatewayHost } = this.#parts;
    const dialled = ghosts.address(ghost)?.dialled;
    if (dialled === undefined || ghosts.isWithheld(ghost)) return [];
    const state_key = bridgeStateKey({ gatewayHost, dialled });
    const content = bridgeContent({
      bot,
      creator: bot,
      gatewayHost,
      dialled,
      displayName: ghosts.displayName(ghost),
    });
    return BRIDGE_EVENT_TYPES.map((type) => ({ type, state_key, content }));
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
