/** Repeats of a request, known by their Idempotency-Key: they get the answer of the first one, and nothing is done twice. */
import { createHash } from 'node:crypto';
import { Problem } from './problem.ts';

const KEEP_MS = 24 * 3_600_000;
const MOST = 10_000;
const KEY = /^[\x21-\x7e]{1,128}$/;

interface Remembered {
  readonly fingerprint: string;
  readonly until: number;
  /** Absent while it is being done. */
  answer?: string;
}

/**
 * Answers are in memory: they save work. That nothing is done twice after a restart either is up to the operations, which have the
 * same key each time.
 */
export class Repeats {
  readonly #now: () => number;
  readonly #byKey = new Map<string, Remembered>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Does it, unless it was done under this key. What fails may be tried again.
   * @param of what is asked for: another thing under the same key is refused
   * @throws Problem
   */
  async once(key: string, of: unknown, run: () => Promise<string>): Promise<string> {
    const fingerprint = createHash('sha256').update(JSON.stringify(of)).digest('base64');
    const known = this.#byKey.get(key);
    if (known !== undefined && this.#now() < known.until) {
      if (known.fingerprint !== fingerprint) throw new Problem('key-reused', 'Make a new key for a new request.');
      if (known.answer === undefined) throw new Problem('key-in-use', 'It is being done.', { retryAfterS: 1 });
      return known.answer;
    }
    this.#byKey.delete(key);
    const entry: Remembered = { fingerprint, until: this.#now() + KEEP_MS };
    this.#byKey.set(key, entry);
    this.#forgetOldest();
    try {
      entry.answer = await run();
      return entry.answer;
    } catch (error) {
      if (this.#byKey.get(key) === entry) this.#byKey.delete(key);
      throw error;
    }
  }

  #forgetOldest(): void {
    if (this.#byKey.size <= MOST) return;
    const [oldest = ''] = this.#byKey.keys();
    this.#byKey.delete(oldest);
  }
}

/**
 * The key that a client gave, or undefined.
 * @throws Problem when it is none
 */
export function keyOf(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !KEY.test(header)) {
    throw new Problem('invalid', 'Idempotency-Key must be up to 128 characters without spaces.');
  }
  return header;
}
