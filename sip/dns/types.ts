/** What is asked of DNS, and what comes back (RFC 3263). */

export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  /** `SIP+D2U`, `SIP+D2T`, `SIPS+D2T` … */
  readonly service: string;
  readonly replacement: string;
}

export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** `.` says that the service is decidedly not there (RFC 2782). */
  readonly target: string;
}

export interface DnsAnswer<T> {
  /** Empty when the name or the type does not exist: that is an answer, not a failure. */
  readonly records: readonly T[];
  /** How long it may be kept, in seconds; 0: not at all. */
  readonly ttlS: number;
}

/** DNS as it is needed here. Each rejects with DnsFailure when no answer could be had. */
export interface DnsResolver {
  naptr(name: string): Promise<DnsAnswer<NaptrRecord>>;
  srv(name: string): Promise<DnsAnswer<SrvRecord>>;
  /** IPv4 addresses. */
  a(name: string): Promise<DnsAnswer<string>>;
  /** IPv6 addresses, without brackets. */
  aaaa(name: string): Promise<DnsAnswer<string>>;
}

/** The name servers could not be reached, or could not answer. Says nothing about whether the name exists. */
export class DnsFailure extends Error {
  /** The resolver's code: ETIMEOUT, ESERVFAIL, ECONNREFUSED … */
  readonly code: string;

  constructor(name: string, code: string, options?: ErrorOptions) {
    super(`DNS could not be asked for ${name} (${code}): check the name servers of this machine`, options);
    this.name = 'DnsFailure';
    this.code = code;
  }
}
