/** Which of the last 64 packet indices have been seen (RFC 3711 §3.3.2). */

const SIZE = 64;

export class ReplayWindow {
  #highest = -1;
  /** Bit n of the pair of words: index `highest − n` was seen. */
  #recent = 0;
  #older = 0;

  get highest(): number {
    return this.#highest;
  }

  /** Whether an index is neither seen nor too old to tell. */
  isFresh(index: number): boolean {
    const age = this.#highest - index;
    if (age < 0) return true;
    if (age >= SIZE) return false;
    return age < 32 ? ((this.#recent >>> age) & 1) === 0 : ((this.#older >>> (age - 32)) & 1) === 0;
  }

  /** Marks a fresh index as seen. */
  accept(index: number): void {
    const ahead = index - this.#highest;
    if (ahead > 0) {
      this.#shift(this.#highest < 0 ? SIZE : ahead);
      this.#highest = index;
      this.#recent |= 1;
    } else {
      const age = -ahead;
      if (age < 32) this.#recent |= 1 << age;
      else if (age < SIZE) this.#older |= 1 << (age - 32);
    }
  }

  #shift(by: number): void {
    if (by >= SIZE) {
      this.#recent = 0;
      this.#older = 0;
    } else if (by >= 32) {
      this.#older = by === 32 ? this.#recent : this.#recent << (by - 32);
      this.#recent = 0;
    } else {
      this.#older = (this.#older << by) | (this.#recent >>> (32 - by));
      this.#recent <<= by;
    }
  }
}
