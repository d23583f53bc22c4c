/** Numbers that rise always: over a restart, and when the clock is set back. */

/** Give it out inside of a transaction only: one after the other. */
export class Sequence {
  #last: number | undefined;

  /**
   * @param now ms
   * @param stored reads the highest that was given so far, 0 when there is none; asked once
   * @returns µs of `now`, or one more than the last
   */
  async next(now: number, stored: () => Promise<number>): Promise<number> {
    this.#last ??= await stored();
    this.#last = Math.max(this.#last + 1, Math.floor(now * 1_000));
    return this.#last;
  }
}
