/** How often an address came with wrong tokens: whoever guesses is sent away, whoever has a right one never is. */

/** So many wrong ones in a window are answered one by one. */
const MOST = 10;
const WINDOW_MS = 60_000;
/** Addresses that are remembered; of more the oldest is forgotten. */
const ADDRESSES = 10_000;

export class WrongTokens {
  readonly #now: () => number;
  readonly #seen = new Map<string, { since: number; count: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Seconds until this address may try again; undefined: it may. */
  waitS(address: string): number | undefined {
    const seen = this.#seen.get(address);
    if (seen === undefined || seen.count < MOST) return undefined;
    const leftMs = seen.since + WINDOW_MS - this.#now();
    return leftMs > 0 ? Math.ceil(leftMs / 1000) : undefined;
  }

  count(address: string): void {
    const seen = this.#seen.get(address);
    if (seen !== undefined && this.#now() < seen.since + WINDOW_MS) {
      seen.count += 1;
      return;
    }
    this.#seen.delete(address);
    this.#seen.set(address, { since: this.#now(), count: 1 });
    if (this.#seen.size > ADDRESSES) {
      const [oldest = ''] = this.#seen.keys();
      this.#seen.delete(oldest);
    }
  }
}
