/** When a text of a trunk may leave: texts a second, in the order in which they came. */
import type { Clock } from '../call/clock.ts';
import type { TrunkSettings } from '../trunk/index.ts';
import { Pace } from '../trunks/index.ts';

export class Turns {
  readonly #clock: Clock;
  readonly #paces = new Map<string, Pace>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Settles when it is the turn of one that asks now. */
  next({ name, texts: { perSecond } }: TrunkSettings): Promise<void> {
    if (perSecond === undefined) return Promise.resolve();
    const pace = this.#paces.get(name) ?? new Pace(perSecond, Number.POSITIVE_INFINITY);
    this.#paces.set(name, pace);
    const waitMs = pace.take(this.#clock.now()) ?? 0;
    return waitMs === 0 ? Promise.resolve() : new Promise((resolve) => this.#clock.after(waitMs, resolve));
  }
}
