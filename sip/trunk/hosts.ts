/** Where requests of a trunk are sent. Pure. */
import { isIP } from 'node:net';
import type { TrunkSettings } from './settings.ts';

/** A host with its port, as an administrator writes it. */
export interface HostPort {
  /** Without brackets. */
  readonly host: string;
  readonly port?: number;
}

/** Reads `host`, `host:port`, `[2001:db8::1]:5060` or an IPv6 address alone. */
export function parseHostPort(text: string): HostPort {
  const [, bracketed, portOfBracketed] = /^\[(.*)\](?::(\d+))?$/.exec(text) ?? [];
  if (bracketed !== undefined) return { host: bracketed, ...portOf(portOfBracketed) };
  if (isIP(text) === 6) return { host: text };
  const [host = '', port] = text.split(':', 2);
  return { host, ...portOf(port) };
}

function portOf(text: string | undefined): { port?: number } {
  return text === undefined ? {} : { port: Number(text) };
}

/**
 * The places that requests are sent to, in the order to try: the outbound proxy alone, or the host and those that stand in for
 * it. As `sip:` URIs.
 */
export function nextHops(trunk: TrunkSettings): readonly [string, ...string[]] {
  if (trunk.outboundProxy !== undefined) return [hopUri(trunk, parseHostPort(trunk.outboundProxy))];
  const { host, port } = trunk;
  return [
    hopUri(trunk, { host: withoutBrackets(host), ...(port === undefined ? {} : { port }) }),
    ...trunk.backupHosts.map((backup) => hopUri(trunk, parseHostPort(backup))),
  ];
}

/** The places that registrations are sent to, in the order to try. */
export function registrarHops(trunk: TrunkSettings): readonly [string, ...string[]] {
  const { registration, outboundProxy } = trunk;
  if (outboundProxy !== undefined || registration === undefined) return nextHops(trunk);
  const { registrar, port } = registration;
  if (registrar === undefined && port === undefined) return nextHops(trunk);
  return [hopUri(trunk, { host: withoutBrackets(registrar ?? trunk.host), ...(port === undefined ? {} : { port }) })];
}

/** Every host that is named, without ports: what requests of the trunk may come from. */
export function hostsOf(trunk: TrunkSettings): string[] {
  const { host, backupHosts, outboundProxy, registration } = trunk;
  const all = [host, ...backupHosts, outboundProxy, registration?.registrar].filter((one) => one !== undefined);
  return [...new Set(all.map((one) => parseHostPort(one).host))];
}

/** A place as a URI that says the transport. */
export function hopUri(trunk: Pick<TrunkSettings, 'transport' | 'udpOnly'>, { host, port }: HostPort): string {
  const bracketed = isIP(host) === 6 ? `[${host}]` : host;
  return `sip:${bracketed}${port === undefined ? '' : `:${port}`}${transportParam(trunk)}`;
}

/** With an explicit transport=udp the server does not move a large request to TCP (RFC 3261 §18.1.1). */
export function transportParam({ transport, udpOnly }: Pick<TrunkSettings, 'transport' | 'udpOnly'>): string {
  if (transport === 'udp') return udpOnly ? ';transport=udp' : '';
  return `;transport=${transport}`;
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
