/** Messages from what the application gave and what it left out, as drachtio fills it in. Pure. */
import {
  type HeaderKey,
  header,
  makeHeader,
  makeResponse,
  parseNameAddr,
  type SipHeader,
  type SipRequest,
  type SipResponse,
  stringifyNameAddr,
  tagOf,
  UNSENT,
  withTag,
} from '../../message/index.ts';
import type { LocalPoint } from '../transport/types.ts';

/** What the application wrote makes no valid message; the text says what to change. */
export class DraftError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DraftError';
  }
}

/** What an endpoint of ours understands; the answer to OPTIONS and to a method that is not. */
export const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, MESSAGE, NOTIFY, REFER';

/** Methods whose requests carry our Contact. */
export const WITH_CONTACT: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'REFER', 'NOTIFY']);

/** Headers that the server alone writes (drachtio drops them too, Route in a new request excepted). */
const SERVER_ONLY: ReadonlySet<HeaderKey> = new Set<HeaderKey>(['via', 'record-route', 'rseq', 'content-length']);
/** Headers that make a request's identity; they are written first. */
const IDENTITY: ReadonlySet<HeaderKey> = new Set<HeaderKey>([
  'from',
  'to',
  'call-id',
  'cseq',
  'contact',
  'max-forwards',
  'route',
]);
/** Headers of a response that are the request's, whatever the application wrote. */
const ECHOED: ReadonlySet<HeaderKey> = new Set<HeaderKey>(['from', 'to', 'call-id', 'cseq', 'route', 'timestamp']);

/** Our Contact as a header value (RFC 3261 §8.1.1.8): `sips` for a secure dialog, the transport when it is not UDP. */
export function contactFor(local: LocalPoint, secure: boolean, user?: string): string {
  const transport = local.transport === 'udp' ? '' : `;transport=${local.transport}`;
  const scheme = secure ? 'sips' : 'sip';
  const at = user === undefined ? '' : `${user}@`;
  return `<${scheme}:${at}${local.advertisedHost}:${local.advertisedPort}${transport}>`;
}

/** The host `localhost` in From, To, Contact and P-Asserted-Identity stands for our own address, as with drachtio. */
export function replaceLocalhost(value: string, local: LocalPoint, withTransport: boolean): string {
  if (!value.includes('localhost')) return value;
  const host = `${local.advertisedHost}:${local.advertisedPort}`;
  const isSaid = !withTransport || local.transport === 'udp' || /;transport=/i.test(value);
  const transport = isSaid ? '' : `;transport=${local.transport}`;
  return value.replace(/(sips?:(?:[^@\s<>]*@)?)localhost(?::\d+)?(?![\w.@-])/, `$1${host}${transport}`);
}

/** What identifies a request; the application's other headers follow it. */
export interface Identity {
  readonly uri: string;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: number;
  readonly contact: string | undefined;
  readonly routes: readonly string[];
}

/** @returns the request without Via, which each attempt to send it gets anew */
export function draftRequest(
  method: string,
  identity: Identity,
  given: { readonly headers: readonly SipHeader[]; readonly body: Buffer },
  local: LocalPoint,
  userAgent: string,
): SipRequest {
  const headers: SipHeader[] = [
    line('max-forwards', 'Max-Forwards', find(given.headers, 'max-forwards') ?? '70'),
    ...identity.routes.map((route) => line('route', 'Route', route)),
    line('from', 'From', identity.from),
    line('to', 'To', identity.to),
    line('call-id', 'Call-ID', identity.callId),
    line('cseq', 'CSeq', `${identity.cseq} ${method}`),
  ];
  if (identity.contact !== undefined) headers.push(line('contact', 'Contact', identity.contact));
  let named = false;
  for (const one of given.headers) {
    if (SERVER_ONLY.has(one.key) || IDENTITY.has(one.key)) continue;
    if (one.key === 'user-agent') named = true;
    headers.push(
      one.key === 'p-asserted-identity' ? { ...one, value: replaceLocalhost(one.value, local, false) } : one,
    );
  }
  if (!named) headers.push(line('user-agent', 'User-Agent', userAgent));
  const type = contentType(given);
  if (type !== undefined) headers.push(type);
  return { kind: 'request', method, uri: identity.uri, headers, body: given.body };
}

/** The response that the application gives, with what drachtio adds. */
export function draftResponse(
  request: SipRequest,
  given: {
    readonly status: number;
    readonly phrase: string;
    readonly headers: readonly SipHeader[];
    readonly body: Buffer;
  },
  parts: {
    readonly toTag: string;
    readonly local: LocalPoint;
    readonly server: string;
    readonly extra: readonly SipHeader[];
  },
): SipResponse {
  const headers: SipHeader[] = [...parts.extra];
  let named = false;
  for (const one of given.headers) {
    if (SERVER_ONLY.has(one.key) || ECHOED.has(one.key)) continue;
    if (parts.extra.some((extra) => extra.key === one.key)) continue;
    if (one.key === 'server' || one.key === 'user-agent') named = true;
    headers.push(one);
  }
  if (!named && given.status !== 100) headers.push(line('server', 'Server', parts.server));
  const type = contentType(given);
  if (type !== undefined) headers.push(type);
  const phrase = given.phrase === '' ? {} : { phrase: given.phrase };
  return makeResponse(request, given.status, { ...phrase, toTag: parts.toTag, headers, body: given.body });
}

/**
 * A response that is made here because none will come: to the application it looks like one of the network.
 * @param isUnsent the request certainly reached nobody; a header says so, which drachtio does not have
 */
export function localResponse(request: SipRequest, status: number, why: string, isUnsent = false): SipResponse {
  const warning = makeHeader('Warning', `399 trunkline "${why.replace(/["\\\r\n]/g, "'")}"`);
  return makeResponse(request, status, { headers: isUnsent ? [warning, UNSENT] : [warning] });
}

/** @returns the Contact that the application gave, with `localhost` replaced, or ours */
export function chosenContact(
  given: readonly SipHeader[],
  local: LocalPoint,
  fallback: string | undefined,
): string | undefined {
  const value = find(given, 'contact');
  return value === undefined ? fallback : replaceLocalhost(value, local, true);
}

/** From with a tag; a request of the application without From is from us. */
export function taggedFrom(given: readonly SipHeader[], local: LocalPoint, tag: string): string {
  const value = find(given, 'from');
  if (value === undefined) return `<sip:${local.advertisedHost}:${local.advertisedPort}>;tag=${tag}`;
  const replaced = replaceLocalhost(value, local, false);
  const address = parseNameAddr(replaced);
  return tagOf(address) === undefined ? stringifyNameAddr(withTag(address, tag)) : replaced;
}

/** @returns the value of a header that the application gave */
export function find(given: readonly SipHeader[], key: HeaderKey): string | undefined {
  for (const one of given) if (one.key === key) return one.value;
  return undefined;
}

/** An application that leaves out Content-Type means SDP, if it looks like it. */
function contentType(given: { readonly headers: readonly SipHeader[]; readonly body: Buffer }): SipHeader | undefined {
  if (given.body.length === 0 || find(given.headers, 'content-type') !== undefined) return undefined;
  if (given.body.toString('latin1', 0, 3) === 'v=0') return line('content-type', 'Content-Type', 'application/sdp');
  throw new DraftError('missing content-type');
}

function line(key: HeaderKey, name: string, value: string): SipHeader {
  return { key, name, value };
}

/** @returns what a session refresh may repeat */
export function describedBody(message: SipRequest | SipResponse): { contentType: string; body: Buffer } | undefined {
  if (message.body.length === 0) return undefined;
  return { contentType: header(message, 'content-type') ?? 'application/sdp', body: message.body };
}
