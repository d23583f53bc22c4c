/** Calls or texts a second that a trunk takes: each gets the moment when it may leave. Pure but for what it counts. */

/** Somebody waits: after so long another trunk, or the truth, is better. */
const LONGEST_WAIT_MS = 10_000;

export class Pace {
  readonly #gapMs: number;
  readonly #longestWaitMs: number;
  /** When the next one may leave. */
  #next = Number.NEGATIVE_INFINITY;

  /**
   * @param perSecond undefined: no limit
   * @param longestWaitMs default: what somebody who calls waits
   */
  constructor(perSecond: number | undefined, longestWaitMs = LONGEST_WAIT_MS) {
    this.#gapMs = perSecond === undefined ? 0 : 1000 / perSecond;
    this.#longestWaitMs = longestWaitMs;
  }

  /** @returns how many ms one that begins now has to wait; undefined when that is too long, and nothing is counted */
  take(now: number): number | undefined {
    const at = Math.max(this.#next, now);
    if (at - now > this.#longestWaitMs) return undefined;
    this.#next = at + this.#gapMs;
    return at - now;
  }
}
