import { isIPv6 } from 'node:net';
import { param } from './params.ts';
import type { SipUri } from './uri.ts';

/** What SIP is spoken over here. */
export type TransportName = 'udp' | 'tcp' | 'tls';

/** The port that a URI or Via without one means (RFC 3261 §19.1.2). */
export function defaultPort(transport: TransportName): number {
  return transport === 'tls' ? 5061 : 5060;
}

/** An address as it stands in a URI or a Via: IPv6 in brackets. */
export function bracketed(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}

/** The inverse of `bracketed`. */
export function bareHost(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/** @returns the `transport` parameter in lower case, or undefined */
export function uriTransport(uri: SipUri): string | undefined {
  return param(uri.params, 'transport')?.toLowerCase();
}

/**
 * The transport that is meant by a `transport` parameter.
 * @param asked in lower case
 * @param secure of a `sips:` URI
 * @returns undefined when it is not spoken here, or not allowed for a `sips:` URI
 */
export function askedTransport(asked: string, secure: boolean): TransportName | undefined {
  // RFC 3261 §26.2.2: transport=tcp in a sips URI is TLS over TCP; `transport=tls` is deprecated and everywhere.
  if (secure) return asked === 'tcp' || asked === 'tls' ? 'tls' : undefined;
  return asked === 'udp' || asked === 'tcp' || asked === 'tls' ? asked : undefined;
}
