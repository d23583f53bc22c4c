/** Peers behind NAT: what they say of themselves leads nowhere, and where their messages come from does. Pure. */
import {
  bareHost,
  hasParam,
  headerList,
  lenient,
  param,
  parseNameAddr,
  parseUri,
  parseVia,
  type SipRequest,
} from '../../message/index.ts';

/**
 * Whether a Contact cannot be reached: a private address (RFC 1918, RFC 6598, RFC 3927) of a peer whose messages come
 * from elsewhere.
 */
export function behindNat(uri: string, source: string): boolean {
  const host = hostOf(uri);
  return host !== undefined && host !== source && isPrivate(host) && !isPrivate(source);
}

/**
 * Whether its sender itself is behind NAT: nobody passed the request on (one Via), and it came from another address than the
 * private one that both Via and Contact name. That also tells NAT between two private networks.
 */
export function cameThroughNat(request: SipRequest): boolean {
  const vias = lenient(() => headerList(request, 'via').map(parseVia)) ?? [];
  const [contact] = lenient(() => headerList(request, 'contact')) ?? [];
  const [via] = vias;
  if (via === undefined || vias.length !== 1 || contact === undefined || !hasParam(via.params, 'received'))
    return false;
  const sentBy = bareHost(via.host);
  const uri = lenient(() => parseNameAddr(contact))?.uri;
  return isPrivate(sentBy) && param(via.params, 'received') !== sentBy && uri !== undefined && hostOf(uri) === sentBy;
}

function hostOf(uri: string): string | undefined {
  const parsed = lenient(() => parseUri(uri));
  return parsed?.kind === 'sip' ? bareHost(parsed.host) : undefined;
}

function isPrivate(address: string): boolean {
  return /^(?:0\.|10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
    address,
  );
}
