/** The way into a network: so many at once, so many a second, in the order in which they asked. */
import type { Clock } from '../ports.ts';

export class Gate {
  readonly #window: number;
  readonly #clock: Clock;
  readonly #queue: ((mayGo: boolean) => void)[] = [];
  #perSecond: number | undefined;
  #underWay = 0;
  /** When the next one may go. */
  #nextAt = 0;
  /** Of the timer that waits for that time. */
  #cancel: (() => void) | undefined;
  #isShut = false;

  /** @param perSecond undefined: no limit */
  constructor(window: number, perSecond: number | undefined, clock: Clock) {
    this.#window = Math.max(1, window);
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  /** At present; undefined: no limit. */
  get perSecond(): number | undefined {
    return this.#perSecond;
  }

  /** Another pace from the next one on. */
  protected pace(perSecond: number | undefined): void {
    this.#perSecond = perSecond;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** @returns whether it may go: false when the gate was shut; who got true must `leave` */
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
    this.#cancel?.();
    for (const resolve of this.#queue.splice(0)) resolve(false);
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
