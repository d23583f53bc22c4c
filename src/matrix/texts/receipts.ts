/**
 * Read receipts of ghosts: at most one under way for each ghost and room, the newest wins, and none goes backwards. They are
 * worth nothing on the disk: one that a crash loses is made up for by the next.
 */
import type { Logger } from 'pino';
import { Lru } from '../../lru.ts';
import type { Homeserver } from '../client/homeserver.ts';
import type { Liveness } from '../client/liveness.ts';
import { retrying } from '../client/retry.ts';
import { sendReceipt } from '../client/rooms.ts';
import type { Clock } from '../clock.ts';
import type { EventId, MatrixUserId, RoomId } from '../ids.ts';

const REMEMBERED = 20_000;
const GIVE_UP_AFTER_MS = 30 * 60_000;

export interface ReceiptsParts {
  readonly homeserver: Homeserver;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly liveness: Liveness;
  readonly signal: AbortSignal;
}

export class Receipts {
  readonly #parts: ReceiptsParts;
  readonly #places = new Lru<EventId, number>(REMEMBERED);
  readonly #reached = new Lru<string, number>(REMEMBERED);
  readonly #wanted = new Map<string, EventId>();
  readonly #running = new Set<Promise<void>>();
  #last = 0;

  constructor({ homeserver, clock, logger, liveness, signal }: ReceiptsParts) {
    this.#parts = { homeserver, clock, logger, liveness, signal };
  }

  /** An event came: those that come later stand later in the room. */
  seen(eventId: EventId): void {
    if (this.#places.get(eventId) === undefined) this.#places.set(eventId, ++this.#last);
  }

  /** The ghost has read as far as this event. Not waited for. */
  read(roomId: RoomId, ghost: MatrixUserId, eventId: EventId): void {
    const who = `${roomId} ${ghost}`;
    const place = this.#places.get(eventId);
    if (place !== undefined) {
      if (place <= (this.#reached.get(who) ?? 0)) return;
      this.#reached.set(who, place);
    } else if (this.#reached.get(who) !== undefined) {
      // From before the restart, and something later was read since.
      return;
    }
    const isUnderWay = this.#wanted.has(who);
    this.#wanted.set(who, eventId);
    if (isUnderWay) return;
    const running = this.#run(who, roomId, ghost).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #run(who: string, roomId: RoomId, ghost: MatrixUserId): Promise<void> {
    const { homeserver, ...retry } = this.#parts;
    let done: EventId | undefined;
    for (let next = this.#wanted.get(who); next !== undefined && next !== done; next = this.#wanted.get(who)) {
      try {
        const send = () => {
          // While the homeserver is away others come: the newest is enough.
          done = this.#wanted.get(who) ?? done;
          return done === undefined ? Promise.resolve() : sendReceipt(homeserver, ghost, roomId, done);
        };
        await retrying(send, { ...retry, giveUpAfterMs: GIVE_UP_AFTER_MS });
      } catch (error) {
        retry.logger.debug({ roomId }, error instanceof Error ? error.message : String(error));
      }
    }
    this.#wanted.delete(who);
  }
}
