import { canonicalName, headerKey } from './names.ts';
import { splitList } from './scan.ts';
import type { HeaderKey, SipHeader, SipMessage } from './types.ts';

/** Builds one header line. @param name any spelling; it is kept */
export function makeHeader(name: string, value: string): SipHeader {
  return { key: headerKey(name), name, value: oneLine(value) };
}

/** @returns the value of the first line with this name, or undefined */
export function header(message: SipMessage, key: HeaderKey): string | undefined {
  for (const line of message.headers) if (line.key === key) return line.value;
  return undefined;
}

/** @returns the values of every line with this name, in order, comma-separated lists left whole */
export function headerLines(message: SipMessage, key: HeaderKey): string[] {
  const values: string[] = [];
  for (const line of message.headers) if (line.key === key) values.push(line.value);
  return values;
}

/**
 * The elements of a header that may be a comma-separated list, across all its lines (RFC 3261 §7.3.1).
 * Not for headers whose value is not a list: WWW-Authenticate, Authorization and their proxy forms, Date, Subject.
 */
export function headerList(message: SipMessage, key: HeaderKey): string[] {
  const values: string[] = [];
  for (const line of message.headers) if (line.key === key) values.push(...splitList(line.value));
  return values;
}

/** @returns whether a line with this name is present */
export function hasHeader(message: SipMessage, key: HeaderKey): boolean {
  return message.headers.some((line) => line.key === key);
}

/** @returns whether a list of tokens (Supported, Require, Allow) has this one; option tags compare without case */
export function headerHasToken(message: SipMessage, key: HeaderKey, token: string): boolean {
  const wanted = token.toLowerCase();
  return headerList(message, key).some((value) => value.toLowerCase() === wanted);
}

/** A copy in which this header has exactly this value; it takes the place of the first such line, or the end. */
export function withHeader<M extends SipMessage>(message: M, key: HeaderKey, value: string): M {
  const line: SipHeader = { key, name: canonicalName(key), value: oneLine(value) };
  const headers: SipHeader[] = [];
  let placed = false;
  for (const old of message.headers) {
    if (old.key !== key) headers.push(old);
    else if (!placed) {
      headers.push(line);
      placed = true;
    }
  }
  if (!placed) headers.push(line);
  return { ...message, headers };
}

/** A copy with one more line of this name, after those that are there (or at the end). */
export function appendHeader<M extends SipMessage>(message: M, key: HeaderKey, value: string): M {
  const headers = message.headers.slice();
  const last = headers.findLastIndex((line) => line.key === key);
  headers.splice(last < 0 ? headers.length : last + 1, 0, makeHeader(canonicalName(key), value));
  return { ...message, headers };
}

/** A copy with one more line of this name, before those that are there (or first of all): Via, Record-Route. */
export function prependHeader<M extends SipMessage>(message: M, key: HeaderKey, value: string): M {
  const headers = message.headers.slice();
  const first = headers.findIndex((line) => line.key === key);
  headers.splice(Math.max(first, 0), 0, makeHeader(canonicalName(key), value));
  return { ...message, headers };
}

/** A copy without any line of this name. */
export function withoutHeader<M extends SipMessage>(message: M, key: HeaderKey): M {
  return { ...message, headers: message.headers.filter((line) => line.key !== key) };
}

/**
 * A copy in which the first element of a list header is replaced, or taken out when `value` is undefined: the top Via
 * gets its `received` (RFC 3261 §18.2.1), a proxy's or server's own Via or Route goes.
 */
export function withFirstElement<M extends SipMessage>(message: M, key: HeaderKey, value: string | undefined): M {
  const at = message.headers.findIndex((line) => line.key === key);
  const line = message.headers[at];
  if (line === undefined) return message;
  const rest = splitList(line.value).slice(1);
  const elements = value === undefined ? rest : [oneLine(value), ...rest];
  const headers = message.headers.slice();
  if (elements.length === 0) headers.splice(at, 1);
  else headers[at] = { ...line, value: elements.join(', ') };
  return { ...message, headers };
}

/** A copy with another body and the Content-Type that goes with it; the serialiser writes Content-Length. */
export function withBody<M extends SipMessage>(message: M, body: Buffer | string, contentType?: string): M {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  const typed =
    contentType === undefined || bytes.length === 0
      ? withoutHeader(message, 'content-type')
      : withHeader(message, 'content-type', contentType);
  return { ...typed, body: bytes };
}

/** Line ends in a value would end the header on the wire: they become a space. */
function oneLine(value: string): string {
  return value.includes('\n') || value.includes('\r') ? value.replace(/[\r\n]+/g, ' ').trim() : value;
}
