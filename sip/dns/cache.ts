import type { DnsAnswer, DnsResolver, NaptrRecord, SrvRecord } from './types.ts';

interface Kept {
  readonly answer: DnsAnswer<unknown>;
  readonly expiresMs: number;
}

/** How long it is remembered that NAPTR or SRV could not be asked for (RFC 2308 §7 allows five minutes). */
const FAILURE_MS = 20_000;

/**
 * Keeps answers for their time to live, and asks once when several ask at the same time. When DNS fails, an answer that
 * has expired is better than none (RFC 8767), for `staleMs` more. A name server that does not answer for NAPTR or SRV is
 * left in peace for a while, so that not every call waits for it; for addresses it is asked each time.
 */
export class CachingResolver implements DnsResolver {
  readonly #inner: DnsResolver;
  readonly #now: () => number;
  readonly #maxTtlS: number;
  readonly #staleMs: number;
  readonly #maxEntries: number;
  readonly #kept = new Map<string, Kept>();
  readonly #failed = new Map<string, { readonly error: unknown; readonly untilMs: number }>();
  readonly #asking = new Map<string, Promise<DnsAnswer<unknown>>>();

  /** @param now the time in milliseconds, of any epoch */
  constructor(
    inner: DnsResolver,
    now: () => number,
    limits: { maxTtlS?: number; staleMs?: number; maxEntries?: number } = {},
  ) {
    this.#inner = inner;
    this.#now = now;
    this.#maxTtlS = limits.maxTtlS ?? 3_600;
    this.#staleMs = limits.staleMs ?? 3_600_000;
    this.#maxEntries = limits.maxEntries ?? 2_000;
  }

  naptr(name: string): Promise<DnsAnswer<NaptrRecord>> {
    return this.#get(`naptr ${name}`, () => this.#inner.naptr(name), FAILURE_MS);
  }

  srv(name: string): Promise<DnsAnswer<SrvRecord>> {
    return this.#get(`srv ${name}`, () => this.#inner.srv(name), FAILURE_MS);
  }

  a(name: string): Promise<DnsAnswer<string>> {
    return this.#get(`a ${name}`, () => this.#inner.a(name));
  }

  aaaa(name: string): Promise<DnsAnswer<string>> {
    return this.#get(`aaaa ${name}`, () => this.#inner.aaaa(name));
  }

  /** The key says the type of the records, so what is found under it has that type. */
  #get<T>(question: string, ask: () => Promise<DnsAnswer<T>>, failureMs = 0): Promise<DnsAnswer<T>> {
    const key = question.toLowerCase();
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.expiresMs > this.#now()) return Promise.resolve(kept.answer as DnsAnswer<T>);
    const failed = this.#failed.get(key);
    if (failed !== undefined && failed.untilMs > this.#now()) return Promise.reject(failed.error);
    const running = this.#asking.get(key);
    if (running !== undefined) return running as Promise<DnsAnswer<T>>;
    const asking = this.#ask(key, ask, failureMs).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #ask<T>(key: string, ask: () => Promise<DnsAnswer<T>>, failureMs: number): Promise<DnsAnswer<T>> {
    this.#failed.delete(key);
    try {
      const answer = await ask();
      this.#keep(key, answer);
      return answer;
    } catch (error) {
      const old = this.#kept.get(key);
      if (old !== undefined && old.expiresMs + this.#staleMs > this.#now()) return old.answer as DnsAnswer<T>;
      if (failureMs > 0) {
        makeRoom(this.#failed, this.#maxEntries);
        this.#failed.set(key, { error, untilMs: this.#now() + failureMs });
      }
      throw error;
    }
  }

  #keep(key: string, answer: DnsAnswer<unknown>): void {
    this.#kept.delete(key);
    if (answer.ttlS <= 0) return;
    makeRoom(this.#kept, this.#maxEntries);
    this.#kept.set(key, { answer, expiresMs: this.#now() + Math.min(answer.ttlS, this.#maxTtlS) * 1000 });
  }
}

/** Drops the oldest entry of a full map. */
function makeRoom(map: Map<string, unknown>, maxEntries: number): void {
  const oldest = map.size >= maxEntries ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
}
