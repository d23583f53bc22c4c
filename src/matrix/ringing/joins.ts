/** Waiting until a user has joined a room: told by the homeserver's events, and asked for now and then in case one is late. */
import type { Logger } from 'pino';
import type { Homeserver } from '../client/homeserver.ts';
import { membershipOf } from '../client/rooms.ts';
import { type Clock, pause } from '../clock.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';

const FIRST_LOOK_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export type Joined = 'joined' | 'declined' | 'not-yet';

export class Joins {
  readonly #homeserver: Homeserver;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(homeserver: Homeserver, clock: Clock, logger: Logger) {
    this.#homeserver = homeserver;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Something happened to this user's membership: whoever waits for it looks at once. */
  heard(roomId: RoomId, user: string): void {
    for (const look of this.#waiting.get(`${roomId} ${user}`) ?? []) look();
  }

  /**
   * Settles with `joined`, with `declined` when the invitation was turned down, or with `not-yet` when the signal is aborted.
   * @param as who is in the room and asks
   */
  async wait(roomId: RoomId, user: MatrixUserId, as: MatrixUserId, signal: AbortSignal): Promise<Joined> {
    let pauseMs = FIRST_LOOK_MS;
    while (!signal.aborted) {
      // Listened for before it is asked, so that nothing falls in between.
      const heard = this.#next(roomId, user);
      try {
        const membership = await membershipOf(this.#homeserver, as, roomId, user);
        if (membership === 'join') return 'joined';
        if (membership === 'leave' || membership === 'ban') return 'declined';
      } catch (error) {
        this.#logger.debug({ roomId }, error instanceof Error ? error.message : String(error));
      }
      await pause(this.#clock, pauseMs, AbortSignal.any([signal, heard.signal]));
      heard.stop();
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
    return 'not-yet';
  }

  #next(roomId: RoomId, user: MatrixUserId): { readonly signal: AbortSignal; stop(): void } {
    const key = `${roomId} ${user}`;
    const heard = new AbortController();
    const look = () => heard.abort();
    const all = this.#waiting.get(key) ?? new Set();
    all.add(look);
    this.#waiting.set(key, all);
    return {
      signal: heard.signal,
      stop: () => {
        all.delete(look);
        if (all.size === 0 && this.#waiting.get(key) === all) this.#waiting.delete(key);
      },
    };
  }
}
