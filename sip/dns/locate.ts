import { isIP } from 'node:net';
import { param } from '../message/params.ts';
import { askedTransport, bareHost, defaultPort, type TransportName, uriTransport } from '../message/transport.ts';
import type { SipUri } from '../message/uri.ts';
import { orderSrv } from './srv-order.ts';
import type { DnsAnswer, DnsResolver, NaptrRecord } from './types.ts';

/** Whom to find: the parts of a URI (or of a trunk's settings) that say so. */
export interface LocateTarget {
  /** A name or an address; IPv6 with brackets or without. */
  readonly host: string;
  readonly port?: number;
  /** Asked for by name; undefined: to be chosen. */
  readonly transport?: string;
  /** A `sips:` URI: TLS or nothing. */
  readonly secure: boolean;
}

/** One place to send a request to. */
export interface Destination {
  readonly transport: TransportName;
  /** Without brackets. */
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
  /** The name that was asked for: a TLS certificate must be valid for it, not for the SRV target (RFC 5922 §4). */
  readonly domain: string;
}

export interface LocateOptions {
  /** What can be used, the preferred first: it decides when the domain itself does not (RFC 3263 §4.1). */
  readonly transports: readonly TransportName[];
  /** Which addresses can be used, the preferred first. */
  readonly families: readonly (4 | 6)[];
  readonly random: () => number;
  /** Ends the search: what was found until then is the result. */
  readonly signal: AbortSignal;
  /**
   * Ends one step, the look-up of NAPTR or that of SRV: home routers are known to drop such questions without an answer,
   * and the addresses must have their turn. Called as the step begins.
   */
  readonly stepSignal: () => AbortSignal;
}

export type LocateReason = 'unsupported-transport' | 'no-address' | 'dns-failed' | 'timeout';

/** Nobody to send to. */
export class LocateError extends Error {
  readonly reason: LocateReason;

  constructor(reason: LocateReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LocateError';
    this.reason = reason;
  }
}

/** More would only be a way to keep us busy. */
const MAX_SRV_TARGETS = 24;
const MAX_DESTINATIONS = 64;

/** @returns what is to be located for a request to this URI (RFC 3263 §4: maddr stands in for the host) */
export function targetOfUri(uri: SipUri): LocateTarget {
  const maddr = param(uri.params, 'maddr');
  const transport = uriTransport(uri);
  return {
    host: maddr === undefined || maddr === '' ? uri.host : maddr,
    ...(uri.port === undefined ? {} : { port: uri.port }),
    ...(transport === undefined || transport === '' ? {} : { transport }),
    secure: uri.scheme === 'sips',
  };
}

/**
 * Finds where to send a request (RFC 3263 §4): NAPTR, then SRV, then addresses.
 * @returns every destination, in the order in which they are to be tried; never empty
 * @throws LocateError
 */
export async function locate(
  target: LocateTarget,
  resolver: DnsResolver,
  options: LocateOptions,
): Promise<readonly Destination[]> {
  const search = new Search(target, resolver, options);
  const found = await search.run();
  if (found.length === 0) throw search.failure();
  return found.slice(0, MAX_DESTINATIONS);
}

/** A service whose SRV records are to be looked up. */
interface Service {
  readonly transport: TransportName;
  readonly name: string;
}

class Search {
  readonly #host: string;
  readonly #port: number | undefined;
  readonly #secure: boolean;
  readonly #wanted: TransportName | undefined;
  readonly #resolver: DnsResolver;
  readonly #options: LocateOptions;
  readonly #cause: { first: unknown } = { first: undefined };

  constructor(target: LocateTarget, resolver: DnsResolver, options: LocateOptions) {
    this.#host = bareHost(target.host).replace(/\.$/, '');
    this.#port = target.port;
    this.#secure = target.secure;
    this.#resolver = resolver;
    this.#options = options;
    this.#wanted = chooseTransport(target, options.transports);
  }

  async run(): Promise<Destination[]> {
    const family = isIP(this.#host);
    if (family === 4 || family === 6) {
      const transport = this.#wanted ?? this.#default();
      return [this.#at(transport, this.#host, family, this.#port ?? defaultPort(transport))];
    }
    if (isLocalhost(this.#host)) return this.#loopback();
    // RFC 3263 §4.2: an explicit port means addresses, no SRV.
    if (this.#port !== undefined) return this.#addresses(this.#wanted ?? this.#default(), this.#host, this.#port);

    const services = this.#wanted === undefined ? await this.#services() : [this.#service(this.#wanted)];
    const limit = this.#options.stepSignal();
    const answers = await Promise.all(
      services.map(async (service) => ({ service, records: await this.#ask(this.#resolver.srv(service.name), limit) })),
    );
    if (answers.every(({ records }) => records.length === 0)) {
      const transport = this.#wanted ?? this.#default();
      return this.#addresses(transport, this.#host, defaultPort(transport));
    }
    const targets = answers.flatMap(({ service, records }) =>
      orderSrv(records, this.#options.random).map((record) => ({ service, record })),
    );
    const usable = targets.filter(({ record }) => record.target !== '.' && record.target !== '');
    const found = await Promise.all(
      usable
        .slice(0, MAX_SRV_TARGETS)
        .map(({ service, record }) => this.#addresses(service.transport, record.target, record.port)),
    );
    return found.flat();
  }

  failure(): LocateError {
    const host = this.#host;
    if (this.#options.signal.aborted)
      return new LocateError('timeout', `DNS gave no address for ${host} in time: check this machine's name servers`);
    if (this.#cause.first !== undefined)
      return new LocateError('dns-failed', `DNS could not be asked for ${host}`, { cause: this.#cause.first });
    return new LocateError('no-address', `${host} has no address in DNS: check the trunk's host for a misspelling`);
  }

  /** RFC 3263 §4.1, when nothing says the transport: NAPTR; without it, SRV of every transport that we have. */
  async #services(): Promise<Service[]> {
    const records = await this.#ask<NaptrRecord>(this.#resolver.naptr(this.#host), this.#options.stepSignal());
    const services = [...records]
      .sort((a, b) => a.order - b.order || a.preference - b.preference)
      .flatMap((record): Service[] => {
        const transport = transportOfService(record.service);
        if (transport === undefined || record.flags.toLowerCase() !== 's' || !this.#allows(transport)) return [];
        return [{ transport, name: record.replacement }];
      });
    if (services.length > 0) return services;
    return this.#options.transports.filter((transport) => this.#allows(transport)).map((t) => this.#service(t));
  }

  #service(transport: TransportName): Service {
    const prefix = transport === 'tls' ? '_sips._tcp' : `_sip._${transport}`;
    return { transport, name: `${prefix}.${this.#host}` };
  }

  #allows(transport: TransportName): boolean {
    return this.#options.transports.includes(transport) && (!this.#secure || transport === 'tls');
  }

  /** RFC 3263 §4.1: UDP for sip, TLS for sips; where UDP is turned off, what is preferred instead. */
  #default(): TransportName {
    if (this.#secure) return 'tls';
    return this.#options.transports.includes('udp') ? 'udp' : (this.#options.transports[0] ?? 'udp');
  }

  async #addresses(transport: TransportName, name: string, port: number): Promise<Destination[]> {
    const literal = isIP(name);
    // RFC 2782 forbids an address as the target of SRV; it is seen, and its meaning is plain.
    if (literal === 4 || literal === 6) return [this.#at(transport, name, literal, port)];
    const perFamily = await Promise.all(
      this.#options.families.map(async (family) => {
        const query = family === 4 ? this.#resolver.a(name) : this.#resolver.aaaa(name);
        return (await this.#ask(query)).map((address) => this.#at(transport, address, family, port));
      }),
    );
    return perFamily.flat();
  }

  #at(transport: TransportName, address: string, family: 4 | 6, port: number): Destination {
    return { transport, address, family, port, domain: this.#host };
  }

  /** RFC 6761 §6.3: localhost is this machine, and DNS is not asked about it. */
  #loopback(): Destination[] {
    const transport = this.#wanted ?? this.#default();
    const port = this.#port ?? defaultPort(transport);
    return this.#options.families.map((family) =>
      this.#at(transport, family === 4 ? '127.0.0.1' : '::1', family, port),
    );
  }

  /** A lookup that fails or takes too long is as good as none: what the others gave must not be lost. */
  async #ask<T>(query: Promise<DnsAnswer<T>>, limit?: AbortSignal): Promise<readonly T[]> {
    const { signal } = this.#options;
    try {
      const either = limit === undefined ? signal : AbortSignal.any([signal, limit]);
      return (await untilAborted(query, either)).records;
    } catch (error) {
      this.#cause.first ??= error;
      return [];
    }
  }
}

function isLocalhost(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === 'localhost' || lower.endsWith('.localhost');
}

/** @throws LocateError when the target asks for a transport that is not there */
function chooseTransport(target: LocateTarget, available: readonly TransportName[]): TransportName | undefined {
  const asked = target.transport?.toLowerCase();
  if (asked === undefined) {
    if (target.secure && !available.includes('tls')) throw unsupported('tls');
    return undefined;
  }
  const transport = askedTransport(asked, target.secure);
  if (transport === undefined || !available.includes(transport)) throw unsupported(asked);
  return transport;
}

function unsupported(transport: string): LocateError {
  const shown = transport.slice(0, 20);
  return new LocateError(
    'unsupported-transport',
    `transport ${shown} cannot be used: it is unknown, turned off, or not allowed for a sips URI`,
  );
}

function transportOfService(service: string): TransportName | undefined {
  switch (service.toUpperCase()) {
    case 'SIP+D2U':
      return 'udp';
    case 'SIP+D2T':
      return 'tcp';
    case 'SIPS+D2T':
      return 'tls';
    default:
      return undefined;
  }
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // The loser of the race must not become an unhandled rejection.
  promise.catch(() => undefined);
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
