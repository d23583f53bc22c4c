import { SipParseError } from './error.ts';
import type { Params } from './params.ts';
import { param, parseParams, stringifyParams, withParam } from './params.ts';
import { isBlank, isTokenCode, QUOTE, quote, skipBlanks, skipQuoted, trimBlanks, unquote } from './scan.ts';
import { parseUri } from './uri.ts';

/** From, To, Contact, Route, Record-Route, P-Asserted-Identity, Refer-To … (RFC 3261 §20.10). */
export interface NameAddr {
  /** The display name in plain text, without quotes and escapes; undefined when there is none. */
  readonly displayName?: string;
  /** The URI as written; `parseUri` reads it. */
  readonly uri: string;
  /** The header's parameters (`tag`, `expires`, `q` …), not the URI's. */
  readonly params: Params;
}

/**
 * Reads one element, in angle brackets or without. In the second form, everything after the first `;` is the header's
 * (RFC 3261 §20), and a URI with a comma or a question mark is not allowed.
 * @throws SipParseError
 */
export function parseNameAddr(text: string): NameAddr {
  let i = skipBlanks(text, 0);
  let displayName: string | undefined;
  if (text.charCodeAt(i) === QUOTE) {
    const end = skipQuoted(text, i);
    displayName = unquote(text.slice(i, end));
    i = skipBlanks(text, end);
    if (text.charCodeAt(i) !== LT) throw new SipParseError('header-value', 'an address has a name but no "<"');
  } else {
    const open = text.indexOf('<', i);
    if (open < 0) return parseBareAddr(text, i);
    if (open > i) displayName = readDisplayTokens(text.slice(i, open));
    i = open;
  }
  const close = text.indexOf('>', i);
  if (close < 0) throw new SipParseError('header-value', 'an address has no ">"');
  const uri = text.slice(i + 1, close);
  checkUri(uri);
  const params = parseParams(text, close + 1);
  return { ...(displayName === undefined ? {} : { displayName }), uri, params };
}

/** The inverse of `parseNameAddr`; always with angle brackets, the name always quoted. */
export function stringifyNameAddr(address: NameAddr): string {
  const name = address.displayName === undefined ? '' : `${quote(address.displayName)} `;
  return `${name}<${address.uri}>${stringifyParams(address.params)}`;
}

/** @returns the tag of a From or To, or undefined when it has none */
export function tagOf(address: NameAddr): string | undefined {
  const tag = param(address.params, 'tag');
  return tag === '' ? undefined : tag;
}

/** A copy with this tag. */
export function withTag(address: NameAddr, tag: string): NameAddr {
  return { ...address, params: withParam(address.params, 'tag', tag) };
}

const LT = 0x3c;

/** Names without quotes are tokens with blanks between (RFC 3261 §25.1); UTF-8 in them is common and harmless. */
function readDisplayTokens(text: string): string | undefined {
  const name = trimBlanks(text);
  if (name === '') return undefined;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code < 128 && !isTokenCode(code) && !isBlank(code) && !HARMLESS.has(code))
      throw new SipParseError('header-value', 'a display name must be quoted');
  }
  return name;
}

// Not tokens, but phones send "Smith (Bob)" and "O/N:3" without quotes, and nothing can be mistaken.
const HARMLESS = new Set(
  ['(', ')', '/', ':', '@', '&', '#', '$', '?', '=', '[', ']', '{', '}', '|', '^'].map((c) => c.charCodeAt(0)),
);

function parseBareAddr(text: string, from: number): NameAddr {
  const semicolon = text.indexOf(';', from);
  const end = semicolon < 0 ? text.length : semicolon;
  const uri = trimBlanks(text.slice(from, end));
  if (uri.includes(',') || uri.includes('?'))
    throw new SipParseError('header-value', 'a URI with a comma or a question mark must stand in "<" and ">"');
  checkUri(uri);
  return { uri, params: parseParams(text, end) };
}

function checkUri(uri: string): void {
  if (uri === '') throw new SipParseError('header-value', 'an address has no URI');
  parseUri(uri);
}
