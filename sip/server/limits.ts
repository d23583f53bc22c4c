/** A bucket of tokens for each source, so that one sender of rubbish costs little and others nothing. */
export class SourceLimiter {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #maxSources: number;
  readonly #now: () => number;
  /** In the order of their last use, oldest first. */
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  /**
   * @param perSecond how fast a bucket fills
   * @param burst how much it holds
   * @param maxSources how many sources are remembered; the one seen longest ago is forgotten first
   * @param now milliseconds
   */
  constructor(perSecond: number, burst: number, maxSources: number, now: () => number = Date.now) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#maxSources = maxSources;
    this.#now = now;
  }

  /** @returns whether this source may have one more */
  take(source: string): boolean {
    const now = this.#now();
    const old = this.#buckets.get(source);
    const filled = old === undefined ? this.#burst : old.tokens + ((now - old.at) / 1000) * this.#perSecond;
    const tokens = Math.min(filled, this.#burst);
    const allowed = tokens >= 1;
    this.#buckets.delete(source);
    this.#buckets.set(source, { tokens: allowed ? tokens - 1 : tokens, at: now });
    if (this.#buckets.size > this.#maxSources) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return allowed;
  }
}
