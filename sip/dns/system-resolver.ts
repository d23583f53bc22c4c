import { lookup, Resolver } from 'node:dns/promises';
import { type DnsAnswer, DnsFailure, type DnsResolver, type NaptrRecord, type SrvRecord } from './types.ts';

/**
 * Node tells no time to live of SRV and NAPTR records. Providers that steer by DNS use a minute or less, so this is
 * short; it also bounds how long a name is remembered not to exist.
 */
const UNKNOWN_TTL_S = 30;

/** The name is there but not this type; the name cannot be in DNS; the name is not there. */
const NO_ANSWER: ReadonlySet<string> = new Set(['ENODATA', 'EBADNAME', 'ENOTFOUND']);

export interface SystemResolverOptions {
  /** `address` or `address:port`; default: the machine's. */
  readonly servers?: readonly string[];
  /** For one try. */
  readonly timeoutMs?: number;
  readonly tries?: number;
}

/**
 * DNS by the machine's name servers (c-ares, which asks again over TCP when an answer over UDP was truncated). Addresses
 * of names that DNS does not know are looked up as any program on this machine would, so that the hosts file counts.
 */
export class SystemResolver implements DnsResolver {
  readonly #resolver: Resolver;
  readonly #useHosts: boolean;

  constructor(options: SystemResolverOptions = {}) {
    this.#resolver = new Resolver({ timeout: options.timeoutMs ?? 1_500, tries: options.tries ?? 2 });
    this.#useHosts = options.servers === undefined;
    if (options.servers !== undefined) this.#resolver.setServers([...options.servers]);
  }

  async naptr(name: string): Promise<DnsAnswer<NaptrRecord>> {
    return { records: await orNone(name, this.#resolver.resolveNaptr(name)), ttlS: UNKNOWN_TTL_S };
  }

  async srv(name: string): Promise<DnsAnswer<SrvRecord>> {
    const found = await orNone(name, this.#resolver.resolveSrv(name));
    const records = found.map((record) => ({
      priority: record.priority,
      weight: record.weight,
      port: record.port,
      target: record.name === '' ? '.' : record.name,
    }));
    return { records, ttlS: UNKNOWN_TTL_S };
  }

  a(name: string): Promise<DnsAnswer<string>> {
    return this.#addresses(name, 4, this.#resolver.resolve4(name, { ttl: true }));
  }

  aaaa(name: string): Promise<DnsAnswer<string>> {
    return this.#addresses(name, 6, this.#resolver.resolve6(name, { ttl: true }));
  }

  async #addresses(
    name: string,
    family: 4 | 6,
    query: Promise<{ address: string; ttl: number }[]>,
  ): Promise<DnsAnswer<string>> {
    try {
      const found = await query;
      return { records: found.map((one) => one.address), ttlS: Math.min(...found.map((one) => one.ttl)) };
    } catch (error) {
      const code = codeOf(error);
      // A name without this kind of address needs no second look: most have no IPv6 address.
      const known = this.#useHosts && code !== 'ENODATA' ? await fromHosts(name, family) : [];
      if (known.length > 0 || NO_ANSWER.has(code)) return { records: known, ttlS: UNKNOWN_TTL_S };
      throw new DnsFailure(name, code, { cause: error });
    }
  }
}

async function fromHosts(name: string, family: 4 | 6): Promise<string[]> {
  try {
    return (await lookup(name, { family, all: true })).map((one) => one.address);
  } catch {
    return [];
  }
}

async function orNone<T>(name: string, query: Promise<T[]>): Promise<T[]> {
  try {
    return await query;
  } catch (error) {
    const code = codeOf(error);
    if (NO_ANSWER.has(code)) return [];
    throw new DnsFailure(name, code, { cause: error });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
