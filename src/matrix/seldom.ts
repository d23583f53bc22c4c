/** Log lines that strangers can cause: one in a while, with the number of those left out, so that none floods the log. */
import type { Clock } from './clock.ts';

const INTERVAL_MS = 60_000;

export class Seldom {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #next = Number.NEGATIVE_INFINITY;
  #leftOut = 0;

  constructor(clock: Clock, intervalMs = INTERVAL_MS) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /** Calls `log` if it is time, with how many were left out since the last one. */
  run(log: (leftOut: number) => void): void {
    const now = this.#clock.now();
    if (now < this.#next) {
      this.#leftOut += 1;
      return;
    }
    this.#next = now + this.#intervalMs;
    log(this.#leftOut);
    this.#leftOut = 0;
  }
}
