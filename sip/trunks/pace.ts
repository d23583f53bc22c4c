/** Calls a second that a trunk takes: each new call gets the moment when it may leave. Pure but for what it counts. */

/** Somebody waits: after so long another trunk, or the truth, is better. */
const LONGEST_WAIT_MS = 10_000;

export class Pace {
  readonly #gapMs: number;
  /** When the next call may leave. */
  #next = Number.NEGATIVE_INFINITY;

  /** @param callsPerSecond undefined: no limit */
  constructor(callsPerSecond: number | undefined) {
    this.#gapMs = callsPerSecond === undefined ? 0 : 1000 / callsPerSecond;
  }

  /** @returns how many ms a call that begins now has to wait; undefined when that is too long, and nothing is counted */
  take(now: number): number | undefined {
    const at = Math.max(this.#next, now);
    if (at - now > LONGEST_WAIT_MS) return undefined;
    this.#next = at + this.#gapMs;
    return at - now;
  }
}
