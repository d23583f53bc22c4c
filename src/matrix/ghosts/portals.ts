/** The rooms that ghosts are in, remembered so that a call need not ask the disk. */

import { Lru } from '../../lru.ts';
import type { PortalName, Store, StoredPortal } from '../../store/index.ts';
import type { Clock } from '../clock.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';

const REMEMBERED = 10_000;
const NONE: readonly StoredPortal[] = [];

export class PortalCache {
  readonly #store: Store['portals'];
  readonly #clock: Clock;
  readonly #rooms = new Lru<RoomId, readonly StoredPortal[]>(REMEMBERED);

  constructor(store: Store['portals'], clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The ghosts in a room (the gateway's own user too, in a phone room), oldest first. At once when the room is remembered. */
  inRoom(roomId: RoomId): readonly StoredPortal[] | Promise<readonly StoredPortal[]> {
    return this.#rooms.get(roomId) ?? this.#load(roomId);
  }

  /** The user's rooms with one of these ghosts, oldest first. */
  ofUser(user: MatrixUserId, ghosts: readonly MatrixUserId[]): Promise<readonly StoredPortal[]> {
    return this.#store.ofUser(user, ghosts);
  }

  name(roomId: RoomId, ghost: MatrixUserId): Promise<PortalName> {
    return this.#store.name(roomId, ghost);
  }

  rename(roomId: RoomId, ghost: MatrixUserId, name: PortalName): Promise<void> {
    return this.#store.rename(roomId, ghost, name);
  }

  async save(portal: StoredPortal): Promise<void> {
    await this.#store.save(portal, this.#clock.now());
    this.#rooms.delete(portal.roomId as RoomId);
  }

  async remove(roomId: RoomId, ghost: MatrixUserId): Promise<void> {
    await this.#store.remove(roomId, ghost);
    this.#rooms.delete(roomId);
  }

  async #load(roomId: RoomId): Promise<readonly StoredPortal[]> {
    const portals = await this.#store.inRoom(roomId);
    // Rooms without ghosts are remembered too: their events come by the thousand when somebody adds the bot.
    this.#rooms.set(roomId, portals.length === 0 ? NONE : portals);
    return portals;
  }
}
