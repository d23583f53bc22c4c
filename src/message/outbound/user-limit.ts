/** How many texts a user may write: so many at once, and so many a minute after that. */
import type { MatrixUserId } from '../../matrix/index.ts';
import type { Clock } from '../ports.ts';

const MINUTE_MS = 60_000;

export class UserLimit {
  readonly #limit: { readonly perMinute: number; readonly atOnce: number } | undefined;
  readonly #clock: Pick<Clock, 'now'>;
  /** Of users who have used some: what they may still send, at which time. */
  readonly #left = new Map<MatrixUserId, { tokens: number; at: number }>();

  constructor(limit: { readonly perMinute: number; readonly atOnce: number } | undefined, clock: Pick<Clock, 'now'>) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Counts `texts` of this user, all or none. @returns whether they may be sent */
  take(user: MatrixUserId, texts: number): boolean {
    if (this.#limit === undefined) return true;
    const { perMinute, atOnce } = this.#limit;
    const now = this.#clock.now();
    const known = this.#left.get(user);
    const tokens = known ? Math.min(atOnce, known.tokens + ((now - known.at) * perMinute) / MINUTE_MS) : atOnce;
    // Who writes to more telephones than that may do it when they were silent before.
    if (tokens < Math.min(texts, atOnce)) return false;
    this.#left.set(user, { tokens: tokens - texts, at: now });
    this.#forgetIdle(now, perMinute, atOnce);
    return true;
  }

  #forgetIdle(now: number, perMinute: number, atOnce: number): void {
    if (this.#left.size < 10_000) return;
    for (const [user, { tokens, at }] of this.#left) {
      if (tokens + ((now - at) * perMinute) / MINUTE_MS >= atOnce) this.#left.delete(user);
    }
  }
}
