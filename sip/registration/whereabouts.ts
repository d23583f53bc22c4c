/** Where the far side reaches us, as the Via of its answers tells (RFC 3261 §18.2.1, RFC 3581 §4). Pure. */
import { isIP } from 'node:net';
import { Networks } from '../inbound/index.ts';
import { lenient, param, parseUri, type SipMessage, topVia, uriTransport } from '../message/index.ts';

/** What one answer says. Addresses are `host:port`, IPv6 in brackets. */
export interface Whereabouts {
  /** What our Via says. */
  readonly said: string;
  /** Where the request came from for the far side; undefined when it does not tell. */
  readonly seen?: string;
  /**
   * Where calls reach us, when that is not where we say that we are: the outer side of a NAT, or the address that this machine has
   * towards this peer alone.
   */
  readonly outside?: string;
  /** We say a public address and are seen at another: what was configured may be out of date. */
  readonly isDoubtful: boolean;
}

/** RFC 1918, RFC 6598, RFC 3927, RFC 4193 and loopback: addresses that mean nothing elsewhere. */
const PRIVATE = new Networks([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1',
  'fc00::/7',
  'fe80::/10',
]);

/** @returns undefined when the answer has no Via that can be read */
export function whereaboutsOf(answer: SipMessage): Whereabouts | undefined {
  const via = lenient(() => topVia(answer));
  if (via === undefined) return undefined;
  const port = via.port ?? (via.transport === 'TLS' ? 5061 : 5060);
  const said = `${via.host}:${port}`;
  const [received, rport] = [param(via.params, 'received') ?? '', param(via.params, 'rport') ?? ''];
  const host = bare(received === '' ? via.host : received);
  const seenPort = /^\d{1,5}$/.test(rport) ? Number(rport) : 0;
  if (isIP(host) === 0 || (received === '' && seenPort === 0)) return { said, isDoubtful: false };
  const seen = `${isIP(host) === 6 ? `[${host}]` : host}:${seenPort === 0 ? port : seenPort}`;
  const own = bare(via.host);
  const isElsewhere = isIP(own) !== 0 && own.toLowerCase() !== host.toLowerCase();
  // Who forwards a port to us says so by the public address; a private one is only good where it is seen itself.
  const isBehindNat = isElsewhere && PRIVATE.has(own) && seenPort > 0 && seenPort < 65_536;
  return {
    said,
    seen,
    ...(isBehindNat ? { outside: seen } : {}),
    isDoubtful: isElsewhere && !PRIVATE.has(own) && !PRIVATE.has(host),
  };
}

/** Where calls are sent, as it is best known. */
export function reachedAt({ said, outside }: Whereabouts): string {
  return (outside ?? said).toLowerCase();
}

/** Whether two answers tell of one place. */
export function isSamePlace(one: Whereabouts, other: Whereabouts): boolean {
  return one.said === other.said && (one.seen === other.seen || one.seen === undefined || other.seen === undefined);
}

/** Host and port of a Contact's URI, `host:port`; undefined for what is no SIP URI. */
export function placeOf(uri: string): string | undefined {
  const parsed = lenient(() => parseUri(uri));
  if (parsed?.kind !== 'sip') return undefined;
  const isTls = parsed.scheme === 'sips' || uriTransport(parsed) === 'tls';
  return `${parsed.host.toLowerCase()}:${parsed.port ?? (isTls ? 5061 : 5060)}`;
}

/** @returns whole sentences */
export function moveWords(before: Whereabouts, now: Whereabouts): string {
  const isSeen = now.outside !== undefined || now.said === before.said;
  const who = isSeen ? 'The trunk sees this gateway' : 'This gateway is';
  const [to, from] = isSeen ? [now.seen, before.outside ?? before.seen] : [now.said, reachedAt(before)];
  const was = from === undefined || from === to ? '' : `, before at ${from}`;
  return `${who} at ${to ?? reachedAt(now)} now${was}. The registration is renewed, so that calls come there.`;
}

function bare(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}
