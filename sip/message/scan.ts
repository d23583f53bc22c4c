/** The lexical pieces that SIP's headers are made of (RFC 3261 §25.1). Every function is linear in its input. */

import { SipParseError } from './error.ts';

const TOKEN = new Uint8Array(128);
for (const c of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~") TOKEN[c.charCodeAt(0)] = 1;

export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const LT = 0x3c;
const GT = 0x3e;
const SPACE = 0x20;
const TAB = 0x09;

/** @returns whether the code unit is SP or HTAB */
export function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** @returns whether the code unit may stand in a `token` */
export function isTokenCode(code: number): boolean {
  return code < 128 && TOKEN[code] === 1;
}

/** @returns whether the text is a `token`: one or more of its characters and nothing else */
export function isToken(text: string): boolean {
  if (text.length === 0) return false;
  for (let i = 0; i < text.length; i++) if (!isTokenCode(text.charCodeAt(i))) return false;
  return true;
}

/** @returns the first index at or after `from` that is not SP or HTAB */
export function skipBlanks(text: string, from: number): number {
  let i = from;
  while (i < text.length && isBlank(text.charCodeAt(i))) i++;
  return i;
}

/** @returns the first index at or after `from` that cannot stand in a token */
export function skipToken(text: string, from: number): number {
  let i = from;
  while (i < text.length && isTokenCode(text.charCodeAt(i))) i++;
  return i;
}

/** @returns the text without SP and HTAB at its ends (`trim` would take other white space too) */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/** @returns the text with each control character replaced by a space: text that is only for people */
export function withoutControls(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is what this is for
    if (code < SPACE || code === 0x7f) return text.replace(/[\x00-\x1f\x7f]/g, ' ');
  }
  return text;
}

/**
 * @param at where the opening quote stands
 * @returns the index after the closing quote
 * @throws SipParseError when the string does not end
 */
export function skipQuoted(text: string, at: number): number {
  let i = at + 1;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i += 2;
    else if (code === QUOTE) return i + 1;
    else i++;
  }
  throw new SipParseError('header-value', 'a quoted string does not end');
}

/**
 * Takes the quotes and the quoted-pairs of a quoted-string away; text that is not quoted comes back as it is.
 * @param text a token or a quoted-string, complete
 */
export function unquote(text: string): string {
  if (text.length < 2 || text.charCodeAt(0) !== QUOTE || text.charCodeAt(text.length - 1) !== QUOTE) return text;
  const inner = text.slice(1, -1);
  if (!inner.includes('\\')) return inner;
  let plain = '';
  let from = 0;
  for (let i = inner.indexOf('\\'); i >= 0 && i + 1 < inner.length; i = inner.indexOf('\\', i + 2)) {
    plain += inner.slice(from, i);
    from = i + 1;
  }
  return plain + inner.slice(from);
}

/** @returns the text as a quoted-string; line ends, which cannot stand in one, become spaces */
export function quote(text: string): string {
  return `"${text.replace(/[\r\n]+/g, ' ').replace(/["\\]/g, '\\$&')}"`;
}

/** @returns the text as it is when it is a token, as a quoted-string otherwise */
export function tokenOrQuoted(text: string): string {
  return isToken(text) ? text : quote(text);
}

/**
 * Splits at a separator that stands outside quoted strings and angle brackets. Elements are trimmed, empty ones kept.
 * @throws SipParseError when a quoted string or an angle bracket does not end
 */
export function splitOutside(text: string, separator: number): string[] {
  const parts: string[] = [];
  let from = 0;
  let i = 0;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === separator) {
      parts.push(trimBlanks(text.slice(from, i)));
      from = ++i;
    } else if (code === QUOTE) {
      i = skipQuoted(text, i);
    } else if (code === LT) {
      const end = text.indexOf('>', i + 1);
      if (end < 0) throw new SipParseError('header-value', 'an angle bracket is not closed');
      i = end + 1;
    } else if (code === GT) {
      throw new SipParseError('header-value', 'an angle bracket is closed that was not opened');
    } else i++;
  }
  parts.push(trimBlanks(text.slice(from)));
  return parts;
}

/**
 * The elements of a comma-separated list (RFC 3261 §7.3.1).
 * @returns trimmed elements; none for an empty value
 * @throws SipParseError for an empty element between commas, or an unfinished string or bracket
 */
export function splitList(value: string): string[] {
  if (value.length === 0) return [];
  if (!value.includes(',')) return [value];
  const parts = splitOutside(value, COMMA);
  if (parts.includes('')) throw new SipParseError('header-value', 'a list has an empty element');
  return parts;
}

/**
 * Reads a number written in decimal digits only.
 * @returns the number; Number.MAX_SAFE_INTEGER for one that is larger; undefined when the text is not all digits
 */
export function readDigits(text: string): number | undefined {
  if (text.length === 0) return undefined;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = Math.min(value * 10 + digit, Number.MAX_SAFE_INTEGER);
  }
  return value;
}
