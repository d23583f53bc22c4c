import { isAscii, isUtf8 } from 'node:buffer';
import { checkMessage } from './check.ts';
import { SipParseError } from './error.ts';
import { headerKey } from './names.ts';
import { isBlank, isToken, readDigits, trimBlanks, withoutControls } from './scan.ts';
import type { HeaderKey, SipHeader, SipMessage } from './types.ts';

/** Bounds on what is read at all; generous against the field (INVITEs of 8 KB exist), tight against floods. */
export interface ParseLimits {
  /** Start line and headers, bytes. */
  readonly headBytes: number;
  readonly headerLines: number;
  readonly bodyBytes: number;
}

export const DEFAULT_LIMITS: ParseLimits = { headBytes: 65_536, headerLines: 512, bodyBytes: 1_048_576 };

/**
 * Reads one datagram (RFC 3261 §18.3): without Content-Length the body is all the rest, with one it may be shorter than
 * the rest but not longer. Keep-alives (RFC 5626 §4.4.1: CR LF only) are not messages; see `isKeepAlive`.
 * @param datagram is not kept, except that the body is a view on it
 * @throws SipParseError and nothing else; its `request` is there when it must be answered
 */
export function parseMessage(datagram: Buffer, limits: ParseLimits = DEFAULT_LIMITS): SipMessage {
  const start = skipLineEnds(datagram, 0);
  if (start === datagram.length) throw new SipParseError('empty', 'the message is empty');
  const end = findHeadEnd(datagram, start);
  const head = readHead(datagram.subarray(start, end ?? datagram.length), limits);
  if (end === undefined)
    return finish(head, new SipParseError('incomplete', 'the headers are not ended by an empty line'));
  return finish(head, datagramBody(head, datagram.subarray(end), limits));
}

/** @returns whether a datagram or a pause on a stream holds nothing but CR and LF (RFC 5626 §3.5.1, §4.4.1) */
export function isKeepAlive(bytes: Buffer): boolean {
  return bytes.length <= 4 && skipLineEnds(bytes, 0) === bytes.length;
}

/** A start line and headers as they were read, before what follows them is known. */
export interface Head {
  readonly line: StartLine;
  readonly headers: readonly SipHeader[];
  /** The first thing that is wrong with it, when the rest could be read all the same. */
  readonly fault: SipParseError | undefined;
}

/**
 * Reads a start line with its headers.
 * @param bytes from the start line to the empty line inclusive
 * @throws SipParseError when it cannot even be told what it is
 */
export function readHead(bytes: Buffer, limits: ParseLimits): Head {
  if (bytes.length > limits.headBytes)
    throw new SipParseError('too-large', 'the headers are too large', { status: 513 });
  const text = decode(bytes);
  const first = lineEnd(text, 0);
  const start = parseStartLine(text.slice(0, first.end));
  const lines = parseHeaderLines(text, first.next, limits, start.line.kind);
  return { line: start.line, headers: lines.headers, fault: start.fault ?? lines.fault };
}

/**
 * Makes the message of a head and its body.
 * @throws SipParseError for the first fault of the head, of the body, or of what a message must have
 */
export function finish(head: Head, body: Buffer | SipParseError): SipMessage {
  const isBody = !(body instanceof SipParseError);
  const message: SipMessage = { ...head.line, headers: head.headers, body: isBody ? body : NO_BODY };
  checkMessage(message, head.fault ?? (isBody ? undefined : body));
  return message;
}

const NO_BODY = Buffer.alloc(0);
const CR = 0x0d;
const LF = 0x0a;

/** What the first line says. */
export type StartLine =
  | { readonly kind: 'request'; readonly method: string; readonly uri: string }
  | { readonly kind: 'response'; readonly status: number; readonly phrase: string };

interface ReadStartLine {
  readonly line: StartLine;
  /** What is wrong with it, when its kind can be told all the same. */
  readonly fault?: SipParseError;
}

/** Text is UTF-8 (RFC 3261 §7); old equipment sends Latin-1 names, which are read as such instead of being refused. */
function decode(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1');
}

function parseStartLine(line: string): ReadStartLine {
  if (/^sip\//i.test(line)) return { line: parseStatusLine(line) };
  const whole = trimBlanks(line);
  const methodEnd = whole.indexOf(' ');
  const versionAt = whole.lastIndexOf(' ') + 1;
  const method = whole.slice(0, Math.max(methodEnd, 0));
  const version = whole.slice(versionAt).toUpperCase();
  if (!isToken(method) || versionAt <= methodEnd + 1 || !/^SIP\/[0-9]+\.[0-9]+$/.test(version))
    throw new SipParseError('start-line', 'the first line is neither a request line nor a status line');
  const uri = whole.slice(methodEnd + 1, versionAt - 1);
  const request: StartLine = { kind: 'request', method, uri };
  if (version !== 'SIP/2.0')
    return { line: request, fault: new SipParseError('version', 'only SIP/2.0 is spoken here', { status: 505 }) };
  if (whole.length !== line.length || uri.includes(' ') || uri.includes('\t'))
    return {
      line: request,
      fault: new SipParseError('start-line', 'the request line must be three parts with one space between them'),
    };
  return { line: request };
}

function parseStatusLine(line: string): StartLine {
  const status = readDigits(line.slice(8, 11));
  // The space after the code is required, but a line that ends with the code is clear enough (RFC 4475 §3.1.1.13).
  const isStatusLine = /^sip\/2\.0 $/i.test(line.slice(0, 8)) && (line.length === 11 || line.charAt(11) === ' ');
  if (!isStatusLine || status === undefined || status < 100 || status > 699)
    throw new SipParseError('start-line', 'the status line is not valid');
  return { kind: 'response', status, phrase: withoutControls(line.slice(12)) };
}

interface ReadHeaderLines {
  readonly headers: readonly SipHeader[];
  readonly fault?: SipParseError;
}

/**
 * Reads all lines even when one is bad: the refusal of a request needs the others, and a response, which nobody can refuse,
 * is good without it. It would be missed for ever: the call that it ends would ring on.
 */
function parseHeaderLines(text: string, from: number, limits: ParseLimits, kind: StartLine['kind']): ReadHeaderLines {
  const headers: SipHeader[] = [];
  let fault: SipParseError | undefined;
  let count = 0;
  let at = from;
  while (at < text.length) {
    const first = lineEnd(text, at);
    if (first.end === at) break;
    if (++count > limits.headerLines)
      throw new SipParseError('too-large', 'there are too many headers', { status: 513 });
    // Sliced before it is searched: a search must not run on into the lines that follow.
    const line = text.slice(at, first.end);
    at = first.next;
    const colon = line.indexOf(':');
    const name = trimBlanksAtEnd(line.slice(0, Math.max(colon, 0)));
    let value = trimBlanks(line.slice(colon + 1));
    // RFC 3261 §7.3.1: a line that begins with a blank continues the one before; the fold is one space.
    if (isFold(text, at)) {
      const pieces = value === '' ? [] : [value];
      while (isFold(text, at)) {
        const more = lineEnd(text, at);
        const piece = trimBlanks(text.slice(at, more.end));
        if (piece !== '') pieces.push(piece);
        at = more.next;
      }
      value = pieces.join(' ');
    }
    if (!isToken(name)) fault ??= new SipParseError('header-line', 'a header line has no valid name');
    else if (hasStrayControl(value))
      fault ??= new SipParseError('header-line', 'a header value has a control character');
    else headers.push({ key: headerKey(name), name, value });
  }
  return fault === undefined || kind === 'response' ? { headers } : { headers, fault };
}

/** Lines end with CR LF; a bare LF is taken for one too, so that no reader behind us sees more lines than we did. */
function lineEnd(text: string, from: number): { end: number; next: number } {
  const lf = text.indexOf('\n', from);
  if (lf < 0) return { end: text.length, next: text.length };
  return { end: lf > from && text.charCodeAt(lf - 1) === CR ? lf - 1 : lf, next: lf + 1 };
}

function isFold(text: string, at: number): boolean {
  return isBlank(text.charCodeAt(at));
}

/** Blanks before the colon are allowed (RFC 3261 §7.3.1); before the name they would be a fold. */
function trimBlanksAtEnd(name: string): string {
  let end = name.length;
  while (end > 0 && isBlank(name.charCodeAt(end - 1))) end--;
  return end === name.length ? name : name.slice(0, end);
}

/** Control characters may stand in a header only as quoted-pairs (RFC 3261 §25.1); CR and LF not even so. */
function hasStrayControl(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code >= 0x20 ? code !== 0x7f : code === 0x09) {
      if (code === 0x5c && value.charCodeAt(i + 1) !== CR) i++;
    } else return true;
  }
  return false;
}

function datagramBody(head: Head, rest: Buffer, limits: ParseLimits): Buffer | SipParseError {
  const length = contentLength(head.headers);
  if (length instanceof SipParseError) return length;
  const size = length ?? rest.length;
  if (size > limits.bodyBytes) return new SipParseError('too-large', 'the body is too large', { status: 513 });
  if (size > rest.length) return new SipParseError('content-length', 'Content-Length is larger than the body');
  return rest.subarray(0, size);
}

/** @returns the number of bytes, undefined without the header, or the fault */
export function contentLength(headers: readonly SipHeader[]): number | undefined | SipParseError {
  let found: number | undefined;
  const key: HeaderKey = 'content-length';
  for (const line of headers) {
    if (line.key !== key) continue;
    const length = readDigits(line.value);
    if (length === undefined) return new SipParseError('content-length', 'Content-Length is not a number');
    if (found !== undefined && found !== length)
      return new SipParseError('content-length', 'there are two different Content-Lengths');
    found = length;
  }
  return found;
}

/** @returns the first index that is not CR or LF: blank lines before a message are ignored (RFC 3261 §7.5) */
export function skipLineEnds(bytes: Buffer, from: number): number {
  let i = from;
  while (i < bytes.length && (bytes[i] === CR || bytes[i] === LF)) i++;
  return i;
}

/** @returns the index after the empty line, or undefined when there is none yet */
export function findHeadEnd(bytes: Buffer, from: number): number | undefined {
  for (let lf = bytes.indexOf(LF, from); lf >= 0; lf = bytes.indexOf(LF, lf + 1)) {
    if (bytes[lf + 1] === LF) return lf + 2;
    if (bytes[lf + 1] === CR && bytes[lf + 2] === LF) return lf + 3;
  }
  return undefined;
}
