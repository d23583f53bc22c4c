/** What failed a short while ago and is not tried again just yet. */
export class RecentFailures {
  readonly #forMs: number;
  readonly #max: number;
  readonly #now: () => number;
  /** When each may be tried again, oldest first. */
  readonly #until = new Map<string, number>();

  /**
   * @param forMs how long a failure counts
   * @param max how many are remembered; the oldest is forgotten first
   * @param now milliseconds
   */
  constructor(forMs: number, max: number, now: () => number = Date.now) {
    this.#forMs = forMs;
    this.#max = max;
    this.#now = now;
  }

  add(key: string): void {
    this.#until.delete(key);
    this.#until.set(key, this.#now() + this.#forMs);
    const [oldest] = this.#until.keys();
    if (this.#until.size > this.#max && oldest !== undefined) this.#until.delete(oldest);
  }

  has(key: string): boolean {
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (until > this.#now()) return true;
    this.#until.delete(key);
    return false;
  }
}
