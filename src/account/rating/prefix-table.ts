/** Longest prefix wins: a walk along the digits, which costs the same for ten prefixes and for a million. */

const DIGITS = 10;
/** E.164 §6 */
const MOST_DIGITS = 15;
const ZERO = 48;

/** Values by the beginning of a number: a tree with a branch for each digit, in one array. Built once, then only read. */
export class PrefixTable<Value> {
  /** Of node `n` the next node by digit `d` is at `10 n + d`; 0: there is none. Node 0 is the root. */
  #next: Int32Array;
  /** Of each node: 1 + where its value is; 0: it has none. */
  #valueAt: Int32Array;
  readonly #values: Value[] = [];
  #nodes = 1;
  /** Where the values on the way to a number are; of one look-up at a time. */
  readonly #onTheWay = new Int32Array(MOST_DIGITS + 1);

  /** @param entries prefixes of digits alone; others are never found */
  constructor(entries: Iterable<readonly [prefix: string, value: Value]>) {
    this.#next = new Int32Array(1024 * DIGITS);
    this.#valueAt = new Int32Array(1024);
    for (const [prefix, value] of entries) this.#add(prefix, value);
  }

  get size(): number {
    return this.#values.length;
  }

  /** What `pick` finds in the value of the longest prefix; where it finds nothing, of the next longest, and so on. */
  find<Found>(digits: string, pick: (value: Value) => Found | undefined): Found | undefined {
    const next = this.#next;
    const onTheWay = this.#onTheWay;
    let count = 0;
    let node = 0;
    const most = Math.min(digits.length, MOST_DIGITS);
    for (let at = 0; at < most; at += 1) {
      const digit = digits.charCodeAt(at) - ZERO;
      if (digit < 0 || digit >= DIGITS) break;
      node = next[node * DIGITS + digit] ?? 0;
      if (node === 0) break;
      const value = this.#valueAt[node] ?? 0;
      if (value !== 0) onTheWay[count++] = value - 1;
    }
    while (count > 0) {
      const found = pick(this.#values[onTheWay[--count] ?? 0] as Value);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #add(prefix: string, value: Value): void {
    if (!/^\d{1,15}$/.test(prefix)) return;
    let node = 0;
    for (let at = 0; at < prefix.length; at += 1) {
      const branch = node * DIGITS + prefix.charCodeAt(at) - ZERO;
      if (this.#next[branch] === 0) {
        if ((this.#nodes + 1) * DIGITS > this.#next.length) this.#grow();
        this.#next[branch] = this.#nodes++;
      }
      node = this.#next[branch] ?? 0;
    }
    this.#valueAt[node] = this.#values.push(value);
  }

  #grow(): void {
    const next = new Int32Array(this.#next.length * 2);
    next.set(this.#next);
    this.#next = next;
    const valueAt = new Int32Array(this.#valueAt.length * 2);
    valueAt.set(this.#valueAt);
    this.#valueAt = valueAt;
  }
}
