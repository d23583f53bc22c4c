/** Adds up the audio that a call attempt brings before its answer; told in steps, not for each packet. */

const STEP_MS = 100;

export class EarlyAudio {
  #totalMs = 0;
  #toldMs = 0;

  /** Returns the total in milliseconds whenever another step is full. */
  add(ms: number): number | undefined {
    this.#totalMs += ms;
    if (this.#totalMs - this.#toldMs < STEP_MS) return undefined;
    this.#toldMs = this.#totalMs;
    return Math.round(this.#totalMs);
  }
}
