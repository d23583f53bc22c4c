/** Who may send next: so many at once, so many a second, and slower when the service centre says that it is too much. */
import type { Clock } from '../message/index.ts';

const SLOWEST = 0.2;
/** From here on it is as fast as the window allows. */
const UNLIMITED = 500;
/** Throttled texts of one burst count once. */
const BURST_MS = 1_000;
const CALM_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

export class Turns {
  readonly #window: number;
  readonly #most: number | undefined;
  readonly #clock: Clock;
  readonly #queue: ((mayGo: boolean) => void)[] = [];
  #perSecond: number | undefined;
  #underWay = 0;
  #nextAt = 0;
  #cancel: (() => void) | undefined;
  #isShut = false;
  /** Of the current second, and the one before: what the service centre took lately. */
  #counted = { second: 0, now: 0, before: 0 };
  #throttledAt = -Infinity;
  #changedAt = 0;
  #pauseMs = FIRST_PAUSE_MS;

  /** @param perSecond what was agreed upon; undefined: as fast as it goes */
  constructor(window: number, perSecond: number | undefined, clock: Clock) {
    this.#window = Math.max(1, window);
    this.#most = perSecond;
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  /** Texts a second at present; undefined: no limit. */
  get perSecond(): number | undefined {
    return this.#perSecond;
  }

  /** @returns false when it was shut; who got true must `leave` */
  enter(): Promise<boolean> {
    if (this.#isShut) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#queue.push(resolve);
    this.#admit();
    return promise;
  }

  leave(): void {
    this.#underWay -= 1;
    this.#admit();
  }

  /** All that wait are sent away, and all that come. */
  shut(): void {
    this.#isShut = true;
    this.#cancel?.();
    for (const resolve of this.#queue.splice(0)) resolve(false);
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
    this.#perSecond = Math.max(SLOWEST, Math.min(this.#perSecond ?? lately, lately) / 2);
    return this.#pauseMs;
  }

  /** A fifth faster for each while without complaint, up to what was agreed upon. */
  accepted(): void {
    const now = this.#clock.now();
    this.#count(Math.floor(now / 1000));
    if (this.#perSecond === this.#most || this.#perSecond === undefined || now - this.#changedAt < CALM_MS) return;
    this.#changedAt = now;
    const faster = this.#perSecond * 1.2;
    if (this.#most !== undefined) this.#perSecond = Math.min(faster, this.#most);
    else this.#perSecond = faster >= UNLIMITED ? undefined : faster;
  }

  #count(second: number): void {
    const { second: last, now } = this.#counted;
    if (second === last) this.#counted.now += 1;
    else this.#counted = { second, now: 1, before: second === last + 1 ? now : 0 };
  }

  #admit(): void {
    while (this.#cancel === undefined && this.#underWay < this.#window && this.#queue.length > 0) {
      const now = this.#clock.now();
      if (this.#perSecond !== undefined && now < this.#nextAt) {
        this.#cancel = this.#clock.after(this.#nextAt - now, () => {
          this.#cancel = undefined;
          this.#admit();
        });
        return;
      }
      if (this.#perSecond !== undefined) this.#nextAt = Math.max(now, this.#nextAt) + 1000 / this.#perSecond;
      this.#underWay += 1;
      this.#queue.shift()?.(true);
    }
  }
}
