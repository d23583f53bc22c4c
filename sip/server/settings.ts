import type { TransportName } from '../message/index.ts';
import { RFC3261_TIMERS, type TimerBase } from './transaction/timers.ts';

/** What TLS needs (RFC 3261 §26.3.1). PEM texts, not file names. */
export interface TlsSettings {
  /** Our certificate chain. Without it nothing listens: TLS is then for outgoing connections only. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** Whom to trust; the system's authorities when absent. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[];
  /** Whether a server that we connect to must show a valid certificate for its name. Default true. */
  readonly verifyServer?: boolean;
  /** Whether a client that connects to us must show a certificate that `ca` vouches for. Default false. */
  readonly verifyClient?: boolean;
}

/** One place to listen. */
export interface ListenerSettings {
  readonly transport: TransportName;
  /** The address to bind, IPv4 or IPv6. */
  readonly host: string;
  /** The port to bind; 0 lets the system choose. */
  readonly port: number;
  /** What Via and Contact say instead of the bound address: behind NAT, or when bound to all addresses. */
  readonly advertisedHost?: string;
  readonly advertisedPort?: number;
  readonly tls?: TlsSettings;
}

export interface EmbeddedSipSettings {
  readonly listeners: readonly ListenerSettings[];
  /**
   * A request longer than this many bytes goes by TCP instead of UDP (RFC 3261 §18.1.1), each request by itself;
   * `off` keeps every request on UDP, for trunks that know nothing else. Default 1300.
   */
  readonly udpMtu?: number | 'off';
  /** The largest message that is read, in bytes, head and body each. Default 65535. */
  readonly maxMessageBytes?: number;
  /** T1, T2 and T4, for tests. */
  readonly timers?: Partial<TimerBase>;
  /** Transactions at a time, both ways; a request beyond gets 503 with Retry-After. Default 50 000. */
  readonly maxTransactions?: number;
  /** Incoming connections at a time. Default 1 000, at most 100 from one address. */
  readonly maxConnections?: number;
  /** An idle connection is closed after this long. Default 10 minutes. */
  readonly idleConnectionMs?: number;
  /** How long a TCP or TLS connection may take to be made. Default 4 s. */
  readonly connectTimeoutMs?: number;
  /** How long the application may take over a request before it is answered 500 in its name. Default 28 s. */
  readonly applicationTimeoutMs?: number;
  /** User-Agent and Server when the application gives none. Default `Trunkline`. */
  readonly userAgent?: string;
}

/** The settings with their defaults. */
export interface ResolvedSettings {
  readonly listeners: readonly ListenerSettings[];
  readonly udpMtu: number;
  readonly maxMessageBytes: number;
  readonly timers: TimerBase;
  readonly maxTransactions: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerSource: number;
  readonly idleConnectionMs: number;
  readonly connectTimeoutMs: number;
  readonly applicationTimeoutMs: number;
  readonly userAgent: string;
}

/** RFC 3261 §18.1.1: 1300 bytes when the path MTU is not known. */
const DEFAULT_UDP_MTU = 1300;

/** @throws RangeError when a value makes no sense */
export function resolveSettings(settings: EmbeddedSipSettings): ResolvedSettings {
  if (settings.listeners.length === 0) throw new RangeError('the SIP server needs at least one listener');
  const maxConnections = positive('maxConnections', settings.maxConnections ?? 1000);
  return {
    listeners: settings.listeners,
    udpMtu:
      settings.udpMtu === 'off' ? Number.POSITIVE_INFINITY : positive('udpMtu', settings.udpMtu ?? DEFAULT_UDP_MTU),
    maxMessageBytes: positive('maxMessageBytes', settings.maxMessageBytes ?? 65_535),
    timers: { ...RFC3261_TIMERS, ...settings.timers },
    maxTransactions: positive('maxTransactions', settings.maxTransactions ?? 50_000),
    maxConnections,
    maxConnectionsPerSource: Math.min(100, maxConnections),
    idleConnectionMs: positive('idleConnectionMs', settings.idleConnectionMs ?? 600_000),
    connectTimeoutMs: positive('connectTimeoutMs', settings.connectTimeoutMs ?? 4_000),
    applicationTimeoutMs: positive('applicationTimeoutMs', settings.applicationTimeoutMs ?? 28_000),
    userAgent: settings.userAgent ?? 'Trunkline',
  };
}

function positive(name: string, value: number): number {
  if (!Number.isFinite(value) || value <= 0) throw new RangeError(`${name} must be a positive number, not ${value}`);
  return value;
}
