import {
  type DnsAnswer,
  DnsFailure,
  type DnsResolver,
  type NaptrRecord,
  type SrvRecord,
} from '../../../sip/dns/index.ts';

/** A zone in memory: names to records; a name with `fails` cannot be asked for, one that `hangs` is never answered. */
export interface Zone {
  readonly naptr?: Readonly<Record<string, readonly NaptrRecord[]>>;
  readonly srv?: Readonly<Record<string, readonly SrvRecord[]>>;
  readonly a?: Readonly<Record<string, readonly string[]>>;
  readonly aaaa?: Readonly<Record<string, readonly string[]>>;
  readonly fails?: readonly string[];
  readonly hangs?: readonly string[];
  readonly ttlS?: number;
}

/** Answers from a zone and notes what was asked. */
export class ZoneResolver implements DnsResolver {
  readonly asked: string[] = [];
  zone: Zone;

  constructor(zone: Zone) {
    this.zone = zone;
  }

  naptr(name: string): Promise<DnsAnswer<NaptrRecord>> {
    return this.#answer('naptr', name, this.zone.naptr);
  }
  srv(name: string): Promise<DnsAnswer<SrvRecord>> {
    return this.#answer('srv', name, this.zone.srv);
  }
  a(name: string): Promise<DnsAnswer<string>> {
    return this.#answer('a', name, this.zone.a);
  }
  aaaa(name: string): Promise<DnsAnswer<string>> {
    return this.#answer('aaaa', name, this.zone.aaaa);
  }

  #answer<T>(
    type: string,
    name: string,
    records: Readonly<Record<string, readonly T[]>> | undefined,
  ): Promise<DnsAnswer<T>> {
    this.asked.push(`${type} ${name}`);
    const { fails = [], hangs = [], ttlS = 60 } = this.zone;
    if (hangs.includes(name)) return new Promise(() => undefined);
    if (fails.includes(name)) return Promise.reject(new DnsFailure(name, 'ESERVFAIL'));
    return Promise.resolve({ records: records?.[name] ?? [], ttlS });
  }
}

export function srv(priority: number, weight: number, target: string, port = 5060): SrvRecord {
  return { priority, weight, port, target };
}

export function naptr(order: number, preference: number, service: string, replacement: string): NaptrRecord {
  return { order, preference, flags: 's', service, replacement };
}
