import { performance } from 'node:perf_hooks';
import { CachingResolver } from './cache.ts';
import { type Destination, type LocateTarget, locate } from './locate.ts';
import { SystemResolver } from './system-resolver.ts';
import type { DnsResolver, SipTransport } from './types.ts';

export interface LocatorSettings {
  /** Preferred first; default `udp`, `tcp`, `tls`. */
  readonly transports?: readonly SipTransport[];
  /** Preferred first; default IPv4, then IPv6. */
  readonly families?: readonly (4 | 6)[];
  /** For one whole search; default 4,000. A user is waiting. */
  readonly timeoutMs?: number;
  /** Default: the machine's name servers, behind a cache. */
  readonly resolver?: DnsResolver;
  readonly random?: () => number;
}

/** Finds where to send requests; holds the cache. One for the process. */
export class Locator {
  readonly #settings: Required<LocatorSettings>;

  constructor(settings: LocatorSettings = {}) {
    this.#settings = {
      transports: settings.transports ?? ['udp', 'tcp', 'tls'],
      families: settings.families ?? [4, 6],
      timeoutMs: settings.timeoutMs ?? 4_000,
      resolver: settings.resolver ?? new CachingResolver(new SystemResolver(), () => performance.now()),
      random: settings.random ?? Math.random,
    };
  }

  /**
   * @returns every destination in the order in which they are to be tried; never empty
   * @throws LocateError
   */
  locate(target: LocateTarget): Promise<readonly Destination[]> {
    const { transports, families, random, resolver, timeoutMs } = this.#settings;
    return locate(target, resolver, { transports, families, random, signal: AbortSignal.timeout(timeoutMs) });
  }
}
