/** The way into one transport: so many parts at once, so many a second, in the order in which they asked. */
import type { Clock } from '../ports.ts';

export class Gate {
  readonly #window: number;
  readonly #intervalMs: number;
  readonly #clock: Clock;
  readonly #queue: ((mayGo: boolean) => void)[] = [];
  #underWay = 0;
  /** When the next part may go. */
  #nextAt = 0;
  #isWaiting = false;
  #isShut = false;

  /** @param perSecond undefined: no limit */
  constructor(window: number, perSecond: number | undefined, clock: Clock) {
    this.#window = Math.max(1, window);
    this.#intervalMs = perSecond === undefined ? 0 : 1000 / perSecond;
    this.#clock = clock;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** @returns whether the part may go: false when the gate was shut; who got true must `leave` */
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

  /** Sends all that wait away, and all that come. */
  shut(): void {
    this.#isShut = true;
    for (const resolve of this.#queue.splice(0)) resolve(false);
  }

  #admit(): void {
    while (!this.#isWaiting && this.#underWay < this.#window && this.#queue.length > 0) {
      const now = this.#clock.now();
      if (this.#intervalMs > 0 && now < this.#nextAt) {
        this.#isWaiting = true;
        this.#clock.after(this.#nextAt - now, () => {
          this.#isWaiting = false;
          this.#admit();
        });
        return;
      }
      this.#nextAt = Math.max(now, this.#nextAt) + this.#intervalMs;
      this.#underWay += 1;
      this.#queue.shift()?.(true);
    }
  }
}
