/** When a text is tried again. */

export interface Retry {
  /** The first pause; each is twice the one before. */
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * Growing pauses, a fifth more or less, so that what failed together does not come back together.
 * @param tries how many have failed, from 1
 * @param jitter 0 ≤ jitter < 1
 */
export function backOffMs(tries: number, jitter: number, { firstMs, longestMs }: Retry): number {
  const plain = Math.min(firstMs * 2 ** Math.max(0, tries - 1), longestMs);
  return Math.round(plain * (0.8 + 0.4 * jitter));
}

/** A delay that the network asked for: never less, at least a second, up to a tenth more. */
export function spread(delayMs: number, jitter: number): number {
  return Math.ceil(Math.max(delayMs, 1000) * (1 + 0.1 * jitter));
}
