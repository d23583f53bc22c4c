/** Who may send next: so many at once, so many a second, and slower when the service centre says that it is too much. */
import { type Clock, Gate } from '../message/index.ts';

const SLOWEST = 0.2;
/** From here on it is as fast as the window allows. */
const UNLIMITED = 500;
/** Throttled texts of one burst count once. */
const BURST_MS = 1_000;
const CALM_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

export class Turns extends Gate {
  readonly #most: number | undefined;
  readonly #clock: Clock;
  /** Of the current second, and the one before: what the service centre took lately. */
  #counted = { second: 0, now: 0, before: 0 };
  #throttledAt = -Infinity;
  #changedAt = 0;
  #pauseMs = FIRST_PAUSE_MS;

  /** @param perSecond what was agreed upon; undefined: as fast as it goes */
  constructor(window: number, perSecond: number | undefined, clock: Clock) {
    super(window, perSecond, clock);
    this.#most = perSecond;
    this.#clock = clock;
  }

  /** Half of what was taken lately from now on. @returns ms after which it may be tried again */
  throttled(): number {
    const now = this.#clock.now();
    if (now - this.#throttledAt < BURST_MS) return this.#pauseMs;
    const isAgain = now - this.#throttledAt < CALM_MS + this.#pauseMs;
    this.#pauseMs = isAgain ? Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS;
    this.#throttledAt = now;
    this.#changedAt = now;
    const lately = Math.max(this.#counted.now, this.#counted.before, 1);
    this.pace(Math.max(SLOWEST, Math.min(this.perSecond ?? lately, lately) / 2));
    return this.#pauseMs;
  }

  /** A fifth faster for each while without complaint, up to what was agreed upon. */
  accepted(): void {
    const now = this.#clock.now();
    this.#count(Math.floor(now / 1000));
    if (this.perSecond === this.#most || this.perSecond === undefined || now - this.#changedAt < CALM_MS) return;
    this.#changedAt = now;
    const faster = this.perSecond * 1.2;
    if (this.#most !== undefined) this.pace(Math.min(faster, this.#most));
    else this.pace(faster >= UNLIMITED ? undefined : faster);
  }

  #count(second: number): void {
    const { second: last, now } = this.#counted;
    if (second === last) this.#counted.now += 1;
    else this.#counted = { second, now: 1, before: second === last + 1 ? now : 0 };
  }
}
