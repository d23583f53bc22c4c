/** How far back it is remembered. */
export const SEEN_WINDOW = 64;

/** Which of the newest 64 numbers of a sequence were seen. An age counts back from the newest, which has 0. */
export class SeenWindow {
  /** Bit n of the pair of words is for age n; two, since bitwise operators know 32 bits. */
  #recent = 0;
  #older = 0;

  /** The newest is now so many further on, 1 or more; of it and those in between none was seen. */
  advance(by: number): void {
    if (by >= SEEN_WINDOW) {
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

  /** @param age below SEEN_WINDOW */
  has(age: number): boolean {
    return age < 32 ? ((this.#recent >>> age) & 1) === 1 : ((this.#older >>> (age - 32)) & 1) === 1;
  }

  /** @param age below SEEN_WINDOW */
  mark(age: number): void {
    if (age < 32) this.#recent |= 1 << age;
    else this.#older |= 1 << (age - 32);
  }
}
