import { performance } from 'node:perf_hooks';
import type { TransportName } from '../message/transport.ts';
import { CachingResolver } from './cache.ts';
import { type Destination, type LocateTarget, locate } from './locate.ts';
import { SystemResolver } from './system-resolver.ts';
import type { DnsResolver } from './types.ts';

export interface LocatorSettings {
  /** Preferred first; default `udp`, `tcp`, `tls`. */
  readonly transports?: readonly TransportName[];
  /** Preferred first; default IPv4, then IPv6. */
  readonly families?: readonly (4 | 6)[];
  /** For one whole search; default 4,000. A user is waiting. */
  readonly timeoutMs?: number;
  /** For the look-up of NAPTR, and for that of SRV; default 1,200. */
  readonly stepTimeoutMs?: number;
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
      stepTimeoutMs: settings.stepTimeoutMs ?? 1_200,
      resolver: settings.resolver ?? new CachingResolver(new SystemResolver(), () => performance.now()),
      random: settings.random ?? Math.random,
    };
  }

  /**
   * @returns every destination in the order in which they are to be tried; never empty
   * @throws LocateError
   */
  locate(target: LocateTarget): Promise<readonly Destination[]> {
    const { transports, families, random, resolver, timeoutMs, stepTimeoutMs } = this.#settings;
    const signal = AbortSignal.timeout(timeoutMs);
    const stepSignal = (): AbortSignal => AbortSignal.timeout(stepTimeoutMs);
    return locate(target, resolver, { transports, families, random, signal, stepSignal });
  }
}
