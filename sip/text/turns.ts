/** When a text of a trunk may leave: texts a second, in the order in which they came. */
import type { Clock } from '../call/clock.ts';
import type { TrunkSettings } from '../trunk/index.ts';
import { Pace } from '../trunks/index.ts';

export class Turns {
  readonly #clock: Clock;
  readonly #paces = new Map<string, Pace>();
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Settles when it is the turn of one that asks now, or nobody waits any more. */
  next({ name, texts: { perSecond } }: TrunkSettings): Promise<void> {
    if (perSecond === undefined) return Promise.resolve();
    const pace = this.#paces.get(name) ?? new Pace(perSecond, Number.POSITIVE_INFINITY);
    this.#paces.set(name, pace);
    const waitMs = pace.take(this.#clock.now()) ?? 0;
    if (waitMs === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        stop();
        this.#waiting.delete(done);
        resolve();
      };
      const stop = this.#clock.after(waitMs, done);
      this.#waiting.add(done);
    });
  }

  close(): void {
    for (const done of [...this.#waiting]) done();
  }
}
