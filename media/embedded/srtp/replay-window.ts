import { SEEN_WINDOW, SeenWindow } from '../rtp/seen-window.ts';

/** Which of the last 64 packet indices have been seen (RFC 3711 §3.3.2). */
export class ReplayWindow {
  #highest = -1;
  /** Back from `#highest`. */
  readonly #seen = new SeenWindow();

  get highest(): number {
    return this.#highest;
  }

  /** Whether an index is neither seen nor too old to tell. */
  isFresh(index: number): boolean {
    const age = this.#highest - index;
    return age < 0 || (age < SEEN_WINDOW && !this.#seen.has(age));
  }

  /** Marks a fresh index as seen. */
  accept(index: number): void {
    const age = this.#highest - index;
    if (age < 0) {
      this.#seen.advance(-age);
      this.#highest = index;
    }
    if (age < SEEN_WINDOW) this.#seen.mark(Math.max(age, 0));
  }
}
