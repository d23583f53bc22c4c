/** Members of rooms that permissions name: known without asking, refreshed when somebody comes or goes and now and then. */
import type { Logger } from 'pino';
import type { Homeserver } from './client/homeserver.ts';
import { joinedMembers, joinRoom, roomOfAlias } from './client/rooms.ts';
import { type Clock, pause } from './clock.ts';
import type { MatrixUserId, RoomId } from './ids.ts';

const REFRESH_EVERY_MS = 5 * 60_000;

export interface WatchedRoomsParts {
  /** Room IDs or aliases, as they are now. */
  readonly rooms: () => readonly string[];
  /** Told when other people are in a room than before, with those who came; or when it is known for the first time. */
  readonly onMembers?: (room: string, came: readonly MatrixUserId[]) => void;
  /** Told each time that all rooms were looked at in turn. */
  readonly onLooked?: () => void;
  readonly homeserver: Homeserver;
  readonly bot: MatrixUserId;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export class WatchedRooms {
  readonly #parts: WatchedRoomsParts;
  readonly #members = new Map<string, ReadonlySet<MatrixUserId>>();
  readonly #ids = new Map<string, RoomId>();
  readonly #troubled = new Set<string>();

  constructor(parts: WatchedRoomsParts) {
    this.#parts = parts;
  }

  /** Who has joined the room; undefined while that is not known: then nobody counts as a member. */
  membersOf(room: string): ReadonlySet<MatrixUserId> | undefined {
    return this.#members.get(room);
  }

  /** Looks at all rooms, and again every few minutes, until the signal is aborted. */
  async run(): Promise<void> {
    const { rooms, onMembers, clock, signal } = this.#parts;
    while (!signal.aborted && (rooms().length > 0 || onMembers !== undefined)) {
      await this.look();
      this.#parts.onLooked?.();
      await pause(clock, REFRESH_EVERY_MS, signal);
    }
  }

  /** Looks at all rooms now. */
  async look(): Promise<void> {
    for (const room of this.#parts.rooms()) await this.#refresh(room);
  }

  /** Looks at those rooms that are not known yet: there may be new ones. */
  async lookAtNew(): Promise<void> {
    for (const room of this.#parts.rooms()) if (!this.#members.has(room)) await this.#refresh(room);
  }

  /** Somebody's membership changed in this room. */
  async heard(roomId: RoomId): Promise<void> {
    for (const [room, id] of this.#ids) if (id === roomId) await this.#refresh(room);
  }

  async #refresh(room: string): Promise<void> {
    const { homeserver, bot, logger } = this.#parts;
    try {
      const roomId = room.startsWith('!') ? (room as RoomId) : await roomOfAlias(homeserver, room);
      if (roomId === undefined) throw new Error('there is no such room');
      if (this.#ids.get(room) !== roomId) await joinRoom(homeserver, bot, roomId);
      const members = await joinedMembers(homeserver, bot, roomId);
      const before = this.#members.get(room);
      this.#members.set(room, members);
      this.#ids.set(room, roomId);
      this.#troubled.delete(room);
      if (before !== undefined && isSame(before, members)) return;
      const came = before === undefined ? [] : [...members].filter((id) => !before.has(id));
      this.#parts.onMembers?.(room, came);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const level = this.#troubled.has(room) ? 'debug' : 'warn';
      this.#troubled.add(room);
      logger[level](
        `the members of ${room} cannot be read: ${why}. Invite ${bot} into it; until then the last known ones count`,
      );
    }
  }
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id));
}
