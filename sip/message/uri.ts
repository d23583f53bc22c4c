import { SipParseError } from './error.ts';
import type { Param, Params } from './params.ts';
import { stringifyParams } from './params.ts';
import { readDigits } from './scan.ts';

/** A `sip:` or `sips:` URI (RFC 3261 §19.1). User, password and parameters are kept as written, escapes included. */
export interface SipUri {
  readonly kind: 'sip';
  readonly scheme: 'sip' | 'sips';
  /** The user part as written, `%` escapes included; `userText` decodes it. Undefined when there is no `@`. */
  readonly user?: string;
  readonly password?: string;
  /** A host name, an IPv4 address, or an IPv6 address in brackets; as written. */
  readonly host: string;
  readonly port?: number;
  readonly params: Params;
  /** What follows `?`, as written. */
  readonly headers?: string;
}

/** A `tel:` URI (RFC 3966). */
export interface TelUri {
  readonly kind: 'tel';
  readonly scheme: 'tel';
  /** As written: a global number begins with `+`; may hold visual separators. */
  readonly number: string;
  readonly params: Params;
}

/** Any other absolute URI: it is carried, not understood. */
export interface OtherUri {
  readonly kind: 'other';
  /** In lower case. */
  readonly scheme: string;
  readonly rest: string;
}

export type Uri = SipUri | TelUri | OtherUri;

/**
 * Reads a URI that stands alone (a Request-URI, or what is inside angle brackets).
 * @throws SipParseError (fault `uri`) when it is not a URI; an unknown scheme is no fault
 */
export function parseUri(text: string): Uri {
  const colon = text.indexOf(':');
  if (colon <= 0) throw new SipParseError('uri', 'a URI has no scheme');
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // RFC 3986 §2: none of these may stand in a URI unescaped. RFC 3261 has no room for bytes above 127 either, but
    // dialled names arrive with them; they are carried.
    if (code <= 0x20 || code === 0x7f || code === 0x22 || code === 0x3c || code === 0x3e)
      throw new SipParseError('uri', 'a URI has a character that must be escaped');
  }
  const scheme = text.slice(0, colon).toLowerCase();
  const rest = text.slice(colon + 1);
  if (scheme === 'sip' || scheme === 'sips') return parseSip(scheme, rest);
  if (scheme === 'tel') return parseTel(rest);
  if (!isScheme(scheme)) throw new SipParseError('uri', 'a URI has no valid scheme');
  return { kind: 'other', scheme, rest };
}

/** The inverse of `parseUri`. */
export function stringifyUri(uri: Uri): string {
  switch (uri.kind) {
    case 'sip': {
      const password = uri.password === undefined ? '' : `:${uri.password}`;
      const user = uri.user === undefined ? '' : `${uri.user}${password}@`;
      const query = uri.headers === undefined ? '' : `?${uri.headers}`;
      return `${uri.scheme}:${user}${hostPort(uri.host, uri.port)}${stringifyParams(uri.params)}${query}`;
    }
    case 'tel':
      return `tel:${uri.number}${stringifyParams(uri.params)}`;
    case 'other':
      return `${uri.scheme}:${uri.rest}`;
  }
}

/** Builds a SIP URI from plain text: the user part is escaped, an IPv6 address gets its brackets. */
export function sipUri(parts: {
  scheme?: 'sip' | 'sips';
  user?: string;
  host: string;
  port?: number;
  params?: Params;
}): SipUri {
  const { scheme = 'sip', user, host, port, params = [] } = parts;
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return {
    kind: 'sip',
    scheme,
    ...(user === undefined ? {} : { user: escapeUser(user) }),
    host: bracketed,
    ...(port === undefined ? {} : { port }),
    params,
  };
}

/** @returns `host:port`, or the host alone when there is no port */
export function hostPort(host: string, port: number | undefined): string {
  return port === undefined ? host : `${host}:${port}`;
}

/** @returns the user part with its escapes undone; escapes that are not UTF-8 stay as they are */
export function userText(uri: SipUri): string | undefined {
  return uri.user === undefined ? undefined : unescapeText(uri.user);
}

/** Undoes `%` escapes (RFC 3261 §19.1.2). A `%` that begins no escape, and escapes that are not UTF-8, stay. */
export function unescapeText(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}

const USER_SAFE = new Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()&=+$,;?/");

/** Escapes what may not stand in a user part (RFC 3261 §25.1 user-unreserved): `#` becomes `%23`, `*` and `+` stay. */
export function escapeUser(text: string): string {
  let escaped = '';
  for (const char of text.toWellFormed()) escaped += USER_SAFE.has(char) ? char : encodeURIComponent(char);
  return escaped;
}

function parseSip(scheme: 'sip' | 'sips', rest: string): SipUri {
  // The user part may hold `;` and `?` (RFC 3261 §25.1 user-unreserved), so it ends at the first `@`: one that belongs
  // to it must be escaped, while unescaped ones are seen in the parameters behind it.
  const at = rest.indexOf('@');
  let user = at < 0 ? undefined : rest.slice(0, at);
  let password: string | undefined;
  const colon = user?.indexOf(':') ?? -1;
  if (user !== undefined && colon >= 0) {
    password = user.slice(colon + 1);
    user = user.slice(0, colon);
  }
  if (user === '') throw new SipParseError('uri', 'a SIP URI has no user before its "@"');
  const from = at + 1;
  const hostEnd = endOfHost(rest, from);
  const host = rest.slice(from, hostEnd);
  if (!isHost(host)) throw new SipParseError('uri', 'a SIP URI has no valid host');
  let i = hostEnd;
  let port: number | undefined;
  if (rest.charCodeAt(i) === COLON) {
    let portEnd = i + 1;
    while (portEnd < rest.length && rest.charCodeAt(portEnd) !== SEMICOLON && rest.charCodeAt(portEnd) !== QUERY)
      portEnd++;
    port = readPort(rest.slice(i + 1, portEnd));
    i = portEnd;
  }
  const query = rest.indexOf('?', i);
  const params = parseUriParams(rest.slice(i, query < 0 ? rest.length : query));
  return {
    kind: 'sip',
    scheme,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    host,
    ...(port === undefined ? {} : { port }),
    params,
    ...(query < 0 ? {} : { headers: rest.slice(query + 1) }),
  };
}

function parseTel(rest: string): TelUri {
  const semicolon = rest.indexOf(';');
  const number = semicolon < 0 ? rest : rest.slice(0, semicolon);
  if (!/^\+?[0-9A-Fa-f*#().-]+$/.test(number)) throw new SipParseError('uri', 'a tel URI has no valid number');
  return { kind: 'tel', scheme: 'tel', number, params: semicolon < 0 ? [] : parseUriParams(rest.slice(semicolon)) };
}

/** @param text empty, or begins with `;` */
function parseUriParams(text: string): Params {
  if (text.length === 0) return [];
  if (text.charCodeAt(0) !== SEMICOLON) throw new SipParseError('uri', 'a URI has something odd after its host');
  const params: Param[] = [];
  for (const part of text.slice(1).split(';')) {
    // RFC 3261 has no empty parameter, but `;;` and a `;` at the end are seen in the field and mean nothing.
    if (part === '') continue;
    const equals = part.indexOf('=');
    if (equals === 0) throw new SipParseError('uri', 'a URI parameter has no name');
    params.push(equals < 0 ? { name: part } : { name: part.slice(0, equals), value: part.slice(equals + 1) });
  }
  return params;
}

const COLON = 0x3a;
const SEMICOLON = 0x3b;
const QUERY = 0x3f;

/** @returns the index after the host that begins at `from`: an IPv6 reference ends with its bracket */
export function endOfHost(text: string, from: number): number {
  if (text.charCodeAt(from) === 0x5b) {
    const end = text.indexOf(']', from);
    return end < 0 ? text.length : end + 1;
  }
  let i = from;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    const inHost = (code >= 0x61 && code <= 0x7a) || (code >= 0x2d && code <= 0x39 && code !== 0x2f);
    if (!inHost && !(code >= 0x41 && code <= 0x5a) && code !== 0x5f) break;
    i++;
  }
  return i;
}

/** @returns whether this is a host name, an IPv4 address or a bracketed IPv6 address, by its characters */
export function isHost(text: string): boolean {
  // `_` is not a host name's, but internal DNS names have it.
  if (text.charCodeAt(0) === 0x5b) return /^\[[0-9A-Fa-f:.]{2,45}\]$/.test(text);
  return text.length > 0 && text.length <= 255 && /^[A-Za-z0-9_.-]+$/.test(text);
}

/** @throws SipParseError unless the text is a port number, 0–65535 */
export function readPort(text: string): number {
  const port = readDigits(text);
  if (port === undefined || port > 65_535) throw new SipParseError('uri', 'a port is not a number from 0 to 65535');
  return port;
}

function isScheme(scheme: string): boolean {
  return /^[a-z][a-z0-9+.-]*$/.test(scheme);
}
