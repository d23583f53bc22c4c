/** Longest prefix wins: a lookup that costs the same for ten prefixes and for a million. */

/** Values by the beginning of a number. Built once, then only read. */
export class PrefixTable<Value> {
  readonly #byPrefix: ReadonlyMap<string, Value>;
  /** Lengths that occur, the longest first. */
  readonly #lengths: readonly number[];

  constructor(entries: ReadonlyMap<string, Value>) {
    this.#byPrefix = entries;
    this.#lengths = [...new Set([...entries.keys()].map(({ length }) => length))].sort((a, b) => b - a);
  }

  get size(): number {
    return this.#byPrefix.size;
  }

  /** What `pick` finds in the value of the longest prefix; where it finds nothing, of the next longest, and so on. */
  find<Found>(digits: string, pick: (value: Value, prefix: string) => Found | undefined): Found | undefined {
    for (const length of this.#lengths) {
      if (length > digits.length) continue;
      const prefix = digits.slice(0, length);
      const value = this.#byPrefix.get(prefix);
      const found = value === undefined ? undefined : pick(value, prefix);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
