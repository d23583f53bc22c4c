import { SipParseError } from './error.ts';
import { isBlank, isToken, QUOTE, skipBlanks, skipQuoted, tokenOrQuoted, trimBlanks, unquote } from './scan.ts';

/** One `;name` or `;name=value`. */
export interface Param {
  /** As written; names compare without case. */
  readonly name: string;
  /** As written, quotes included; undefined when there is no `=`. */
  readonly value?: string;
}

export type Params = readonly Param[];

/** @returns the value without quotes and escapes, '' for a parameter without value, undefined when it is absent */
export function param(params: Params, name: string): string | undefined {
  const found = findParam(params, name);
  if (found === undefined) return undefined;
  return found.value === undefined ? '' : unquote(found.value);
}

/** @returns whether the parameter is present, with a value or without */
export function hasParam(params: Params, name: string): boolean {
  return findParam(params, name) !== undefined;
}

/** A copy with this parameter set, in its old place or at the end; the value is quoted when it is not a token. */
export function withParam(params: Params, name: string, value?: string): Params {
  const fresh: Param = value === undefined ? { name } : { name, value: tokenOrQuoted(value) };
  const old = findParam(params, name);
  return old === undefined ? [...params, fresh] : params.map((p) => (p === old ? fresh : p));
}

/** A copy without this parameter. */
export function withoutParam(params: Params, name: string): Params {
  const wanted = name.toLowerCase();
  return params.filter((p) => p.name.toLowerCase() !== wanted);
}

/** @returns `;a;b=c`, or '' for none */
export function stringifyParams(params: Params): string {
  let text = '';
  for (const p of params) text += p.value === undefined ? `;${p.name}` : `;${p.name}=${p.value}`;
  return text;
}

/**
 * Reads header parameters: `*( SEMI generic-param )` (RFC 3261 §25.1).
 * @param text the whole header value
 * @param from where the first `;` is expected, blanks before it are skipped
 * @throws SipParseError when something other than parameters follows
 */
export function parseParams(text: string, from: number): Params {
  const params: Param[] = [];
  let i = skipBlanks(text, from);
  while (i < text.length) {
    if (text.charCodeAt(i) !== SEMICOLON) throw new SipParseError('header-value', 'a parameter must begin with ";"');
    const nameAt = skipBlanks(text, i + 1);
    let nameEnd = nameAt;
    while (nameEnd < text.length && !endsName(text.charCodeAt(nameEnd))) nameEnd++;
    const name = text.slice(nameAt, nameEnd);
    if (!isToken(name)) throw new SipParseError('header-value', 'a parameter has no valid name');
    i = skipBlanks(text, nameEnd);
    if (text.charCodeAt(i) !== EQUALS) {
      params.push({ name });
      continue;
    }
    const valueAt = skipBlanks(text, i + 1);
    const valueEnd = text.charCodeAt(valueAt) === QUOTE ? skipQuoted(text, valueAt) : skipValue(text, valueAt);
    const value = text.slice(valueAt, valueEnd);
    if (value.length === 0) throw new SipParseError('header-value', 'a parameter has "=" but no value');
    params.push({ name, value });
    i = skipBlanks(text, valueEnd);
  }
  return params;
}

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;

function findParam(params: Params, name: string): Param | undefined {
  for (const p of params) if (p.name === name) return p;
  const wanted = name.toLowerCase();
  return params.find((p) => p.name.toLowerCase() === wanted);
}

function endsName(code: number): boolean {
  return code === SEMICOLON || code === EQUALS || isBlank(code);
}

/** A value is a token or a host; carriers put more into it (`+sip.instance`, URIs): all but blanks, `;`, `,`, `"`, `<>`. */
function skipValue(text: string, from: number): number {
  let i = from;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === SEMICOLON || isBlank(code) || code === 0x2c || code === QUOTE || code === 0x3c || code === 0x3e) break;
    i++;
  }
  return i;
}

/** @returns a media type or disposition value before its parameters, in lower case (`Application/SDP;x` → `application/sdp`) */
export function bareValue(text: string): string {
  const semicolon = text.indexOf(';');
  return trimBlanks(semicolon < 0 ? text : text.slice(0, semicolon)).toLowerCase();
}
