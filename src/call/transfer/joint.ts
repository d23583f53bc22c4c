/** Two calls whose clients leave so that their telephones hear each other: each hands over its half when its turn comes. */
import type { PairMember } from './pair.ts';

export class Joint<T> {
  readonly #members = new Map<T, PairMember>();
  readonly #onBoth: (a: PairMember, b: PairMember) => void;
  readonly #onBroken: (rest: readonly PairMember[]) => void;
  #isBroken = false;

  constructor(onBoth: (a: PairMember, b: PairMember) => void, onBroken: (rest: readonly PairMember[]) => void) {
    this.#onBoth = onBoth;
    this.#onBroken = onBroken;
  }

  bring(call: T, member: PairMember): void {
    if (this.#isBroken) {
      this.#onBroken([member]);
      return;
    }
    this.#members.set(call, member);
    const [a, b] = [...this.#members.values()];
    if (a && b) this.#onBoth(a, b);
  }

  /** One of them ended before it could bring its half. */
  break(): void {
    if (this.#isBroken || this.#members.size === 2) return;
    this.#isBroken = true;
    this.#onBroken([...this.#members.values()]);
  }
}
