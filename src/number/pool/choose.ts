/**
 * Numbers of a pool are lent so that each {number, telephone} pair has one holder: a text from the telephone to the number then
 * means exactly that user, and the same number serves others who write to other telephones.
 */

/** Who holds a number for the telephone in question. */
export interface Lease {
  readonly number: string;
  readonly user: string;
  /** ms since 1970 */
  readonly lastUsedAt: number;
}

export interface PoolRules {
  /** In the order of the configuration, at least one. */
  readonly numbers: readonly string[];
  /** How long a number rests after its last use before another user gets it for the same telephone, ms. */
  readonly restMs: number;
}

export type Choice =
  /** The user has it already. */
  | { readonly kind: 'keep'; readonly number: string }
  /** `from`: whose it was; its time of rest is over. */
  | { readonly kind: 'lend'; readonly number: string; readonly from?: Lease }
  | { readonly kind: 'exhausted'; readonly freeAt: number };

/**
 * Which number a user gets for a telephone: the one that they have; else one that this telephone has never seen, for such a one
 * it cannot mistake for somebody else's; else the least recently used of those that have rested.
 * @param leases all of this telephone, of any pool
 * @param now ms since 1970
 */
export function chooseNumber(pool: PoolRules, leases: readonly Lease[], user: string, now: number): Choice {
  const ofPool = new Set(pool.numbers);
  const held = leases.filter(({ number }) => ofPool.has(number)).sort((a, b) => a.lastUsedAt - b.lastUsedAt);
  const own = held.findLast((lease) => lease.user === user);
  if (own !== undefined) return { kind: 'keep', number: own.number };

  const taken = new Set(held.map(({ number }) => number));
  const unseen = startingAt(pool.numbers, user).find((number) => !taken.has(number));
  if (unseen !== undefined) return { kind: 'lend', number: unseen };

  const oldest = held[0];
  // A pool without numbers never has one.
  if (oldest === undefined) return { kind: 'exhausted', freeAt: Number.POSITIVE_INFINITY };
  const freeAt = oldest.lastUsedAt + pool.restMs;
  return freeAt <= now ? { kind: 'lend', number: oldest.number, from: oldest } : { kind: 'exhausted', freeAt };
}

/**
 * The numbers beginning at a place that depends on the user: most users then have the same number for all telephones, and the
 * texts of all spread over the pool.
 */
function startingAt(numbers: readonly string[], user: string): readonly string[] {
  let hash = 0;
  for (const char of user) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) >>> 0;
  const start = numbers.length === 0 ? 0 : hash % numbers.length;
  return [...numbers.slice(start), ...numbers.slice(0, start)];
}
