import type { DnsAnswer, DnsResolver, NaptrRecord, SrvRecord } from './types.ts';

interface Kept {
  readonly answer: DnsAnswer<unknown>;
  readonly expiresMs: number;
}

/**
 * Keeps answers for their time to live, and asks once when several ask at the same time. When DNS fails, an answer that
 * has expired is better than none (RFC 8767), for `staleMs` more.
 */
export class CachingResolver implements DnsResolver {
  readonly #inner: DnsResolver;
  readonly #now: () => number;
  readonly #maxTtlS: number;
  readonly #staleMs: number;
  readonly #maxEntries: number;
  readonly #kept = new Map<string, Kept>();
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
    return this.#get(`naptr ${name}`, () => this.#inner.naptr(name));
  }

  srv(name: string): Promise<DnsAnswer<SrvRecord>> {
    return this.#get(`srv ${name}`, () => this.#inner.srv(name));
  }

  a(name: string): Promise<DnsAnswer<string>> {
    return this.#get(`a ${name}`, () => this.#inner.a(name));
  }

  aaaa(name: string): Promise<DnsAnswer<string>> {
    return this.#get(`aaaa ${name}`, () => this.#inner.aaaa(name));
  }

  /** The key says the type of the records, so what is found under it has that type. */
  #get<T>(question: string, ask: () => Promise<DnsAnswer<T>>): Promise<DnsAnswer<T>> {
    const key = question.toLowerCase();
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.expiresMs > this.#now()) return Promise.resolve(kept.answer as DnsAnswer<T>);
    const running = this.#asking.get(key);
    if (running !== undefined) return running as Promise<DnsAnswer<T>>;
    const asking = this.#ask(key, ask).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #ask<T>(key: string, ask: () => Promise<DnsAnswer<T>>): Promise<DnsAnswer<T>> {
    try {
      const answer = await ask();
      this.#keep(key, answer);
      return answer;
    } catch (error) {
      const old = this.#kept.get(key);
      if (old !== undefined && old.expiresMs + this.#staleMs > this.#now()) return old.answer as DnsAnswer<T>;
      throw error;
    }
  }

  #keep(key: string, answer: DnsAnswer<unknown>): void {
    this.#kept.delete(key);
    if (answer.ttlS <= 0) return;
    const oldest = this.#kept.size >= this.#maxEntries ? this.#kept.keys().next().value : undefined;
    if (oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(key, { answer, expiresMs: this.#now() + Math.min(answer.ttlS, this.#maxTtlS) * 1000 });
  }
}
