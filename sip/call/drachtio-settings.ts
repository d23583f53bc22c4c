/** Where drachtio servers are, how they are reached, and what can be wrong there. */
import type { ConnectionOptions } from 'node:tls';

/** Where a SIP server's control port is. */
export interface DrachtioAddress {
  readonly host: string;
  readonly port: number;
  /** The `secret` of the server's `<admin>` element. */
  readonly secret: string;
}

/** TLS to the control port (`tls-port` of the `<admin>` element). */
export interface ControlTls {
  /** Whom to trust, PEM; the system's authorities when absent. */
  readonly ca?: string | Buffer;
  /** Whether the server must show a valid certificate for its name. Default true: the secret is said to whoever answers. */
  readonly verifyServer?: boolean;
}

/** A server that we connect to. */
export interface DrachtioServerSettings extends DrachtioAddress {
  /** For the log and health. Default: `host:port`. */
  readonly name?: string;
  readonly tls?: ControlTls;
}

/** Where servers connect to us (their outbound connections, one for each request that starts something). */
export interface DrachtioListenSettings {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** What we prove to the servers: they take nothing before. */
  readonly secret: string;
  /**
   * Addresses and networks (`192.0.2.0/24`) of the servers. We say the secret to whoever connects, so nobody else may.
   * Default: this machine alone.
   */
  readonly allowFrom?: readonly string[];
}

export interface DrachtioSettings {
  readonly servers: readonly DrachtioServerSettings[];
  readonly listen?: DrachtioListenSettings;
}

export type LinkStyle = /** We connect to the server. */ 'connect' | /** It connects to us. */ 'listen';

/** Why there is no connection to a server. */
export type LinkFault =
  /** No connection came about: refused, no such name, too slow. */
  | { readonly kind: 'unreachable'; readonly error: unknown }
  /** Its certificate is not to be trusted, or TLS failed otherwise. */
  | { readonly kind: 'tls'; readonly error: unknown }
  | { readonly kind: 'secret' }
  /** What answers there does not speak the control protocol. */
  | { readonly kind: 'nonsense'; readonly error: unknown }
  | { readonly kind: 'lost'; readonly error: unknown }
  /** It is connected and answers nothing. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'closed' };

/** What is wrong and what to do, as the end of a sentence that begins with the server's name. */
export function faultWords(fault: LinkFault): string {
  switch (fault.kind) {
    case 'unreachable':
      return `cannot be reached${because(fault.error)}: is it running, and is its admin port open to this machine?`;
    case 'tls':
      return `cannot be reached by TLS${because(fault.error)}: check its certificate, ca and tls-port`;
    case 'secret':
      return 'refused the connection: check its secret';
    case 'nonsense':
      return 'does not speak the control protocol: is the port that of its <admin> element?';
    case 'lost':
      return `broke the connection off${because(fault.error)}`;
    case 'silent':
      return 'is connected, but answers nothing: it hangs, or was sent a message that is too long for it';
    case 'closed':
      return 'is not connected any more';
    default:
      return fault satisfies never;
  }
}

function because(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { code } = error as NodeJS.ErrnoException;
  return ` (${code ?? error.message})`;
}

/** Why a connection did not come about. */
export function connectFault(error: unknown, byTls: boolean): LinkFault {
  const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? '') : '';
  const ofNetwork = /^(?:ECONN|EHOST|ENET|ETIMEDOUT|ENOTFOUND|EAI_|EPIPE)/.test(code);
  return byTls && !ofNetwork ? { kind: 'tls', error } : { kind: 'unreachable', error };
}

/** An address is no server name (RFC 6066 §3): Node.js then checks the certificate for the address itself. */
export function tlsOptions(host: string, { ca, verifyServer = true }: ControlTls): ConnectionOptions {
  const servername = /^[\d.]+$|:/.test(host) ? '' : host;
  return { ...(ca === undefined ? {} : { ca }), rejectUnauthorized: verifyServer, servername };
}
