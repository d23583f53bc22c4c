/** Settings of the embedded media engine, with their defaults. */

/** An inclusive range of UDP ports. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

export interface EmbeddedMediaSettings {
  /** Worker threads that carry the media. Default: one less than the cores of the machine, at least one. */
  readonly workers?: number;
  readonly rtp?: {
    /** Local address of the sockets towards the telephone network. Default `0.0.0.0`. */
    readonly bindAddress?: string;
    /** The address that our SDP tells the telephone network. Default: `bindAddress`, else the machine's first address. */
    readonly publicAddress?: string;
    /** RTP takes the even port of a pair, RTCP the odd one. Default 30000–39999. */
    readonly ports?: PortRange;
  };
  readonly webrtc?: {
    /** Local addresses of the sockets towards the clients. Default: every address of the machine but loopback and link-local. */
    readonly bindAddresses?: readonly string[];
    /** Addresses the clients are told instead of the local ones of the same family (NAT 1:1, cloud machines). */
    readonly publicAddresses?: readonly string[];
    /** Default 40000–49999. */
    readonly ports?: PortRange;
    /**
     * When to ask the homeserver's TURN server for a relay of our own. Rarely needed, because the client has one:
     * `auto` (default) asks only when every address told to the client is private.
     */
    readonly turn?: 'auto' | 'always' | 'never';
    /** How long ICE and DTLS may take after our answer, and how long they may stay broken. Default 30 000. */
    readonly connectTimeoutMs?: number;
  };
  /** Whether comfort noise (RFC 3389, payload type 13) is agreed on. Off by default: it is dropped, silence is sent as audio. */
  readonly comfortNoise?: boolean;
  /** Silence of one side for so long, not on hold, is a `media-timeout`. 0: never. Default 30 000. */
  readonly mediaTimeoutMs?: number;
  /** How long a port rests before it serves another call, so that stale RTP is not heard. Default 5 000. */
  readonly portQuarantineMs?: number;
}

/** The settings of a session, complete; they travel to the worker thread as they are. */
export interface SessionSettings {
  readonly rtpBindAddress: string;
  readonly rtpPublicAddress: string;
  readonly webrtcBindAddresses: readonly string[];
  readonly webrtcPublicAddresses: readonly string[];
  readonly turn: 'auto' | 'always' | 'never';
  readonly connectTimeoutMs: number;
  readonly mediaTimeoutMs: number;
  readonly comfortNoise: boolean;
}

export const DEFAULT_RTP_PORTS: PortRange = { min: 30_000, max: 39_999 };
export const DEFAULT_WEBRTC_PORTS: PortRange = { min: 40_000, max: 49_999 };
export const DEFAULT_PORT_QUARANTINE_MS = 5_000;

/** What `os.networkInterfaces()` gives, as far as it matters here. */
export interface InterfaceAddress {
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6';
  readonly internal: boolean;
}

/**
 * Fills in the defaults from the machine's addresses. Loopback serves only when there is nothing else: a client
 * elsewhere cannot use it, and a second way to the same machine makes ICE slower.
 */
export function sessionSettings(
  settings: EmbeddedMediaSettings,
  interfaces: readonly InterfaceAddress[],
): SessionSettings {
  const usable = interfaces.filter((entry) => !entry.internal && !isLinkLocal(entry.address));
  const local = usable.length > 0 ? usable.map((entry) => entry.address) : ['127.0.0.1'];
  const bindAddress = settings.rtp?.bindAddress ?? '0.0.0.0';
  const isWildcard = bindAddress === '0.0.0.0' || bindAddress === '::';
  const firstOfFamily = local.find((address) => address.includes(':') === bindAddress.includes(':'));
  return {
    rtpBindAddress: bindAddress,
    rtpPublicAddress: settings.rtp?.publicAddress ?? (isWildcard ? (firstOfFamily ?? '127.0.0.1') : bindAddress),
    webrtcBindAddresses: [...new Set(settings.webrtc?.bindAddresses ?? local)],
    webrtcPublicAddresses: [...new Set(settings.webrtc?.publicAddresses ?? [])],
    turn: settings.webrtc?.turn ?? 'auto',
    connectTimeoutMs: settings.webrtc?.connectTimeoutMs ?? 30_000,
    mediaTimeoutMs: settings.mediaTimeoutMs ?? 30_000,
    comfortNoise: settings.comfortNoise ?? false,
  };
}

function isLinkLocal(address: string): boolean {
  return address.startsWith('169.254.') || /^fe[89ab]/i.test(address);
}

/** Whether an address is reachable only inside its own network (RFC 1918, RFC 6598, RFC 4193, loopback, link-local). */
export function isPrivateAddress(address: string): boolean {
  if (address.includes(':')) return /^(::1$|f[cd]|fe[89ab])/i.test(address);
  const [a = 0, b = 0] = address.split('.').map(Number);
  return (
    a === 10 ||
    a === 127 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128)
  );
}
