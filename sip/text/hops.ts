/** Which of a trunk's hosts a text goes to first: the first one, or one that stands in while that is silent. */
import type { Clock } from '../call/clock.ts';

/** Then the first is tried again. */
const STAND_IN_MS = 300_000;

export class Hops {
  readonly #clock: Clock;
  readonly #standIns = new Map<string, { readonly index: number; readonly since: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param count hosts of the trunk */
  first(trunk: string, count: number): number {
    const standIn = this.#standIns.get(trunk);
    if (standIn === undefined || this.#clock.now() - standIn.since > STAND_IN_MS) return 0;
    return standIn.index % count;
  }

  /** From now on texts go to the next one. */
  failed(trunk: string, index: number, count: number): void {
    if (count > 1) this.#standIns.set(trunk, { index: (index + 1) % count, since: this.#clock.now() });
  }
}
