/** The common form of challenges and credentials: `scheme name=value, name="value", …` (RFC 7235 §2.1). */

import { lenient } from '../message/error.ts';
import { isBlank, QUOTE, skipQuoted, skipToken, unquote } from '../message/scan.ts';

export interface AuthParam {
  /** As written, quotes included: what must be sent back unchanged is sent back so. */
  readonly raw: string;
  /** Without quotes and escapes. */
  readonly value: string;
}

/** One challenge or one set of credentials. */
export interface AuthItem {
  /** In lower case. */
  readonly scheme: string;
  /** By lower-case name; of a name that stands twice, the first. */
  readonly params: ReadonlyMap<string, AuthParam>;
}

/**
 * Reads one header line, which may hold several items. Liberal, because servers are: commas may be missing or doubled,
 * values that should be quoted may not be. Where nothing can be made of the rest, what was read so far is returned.
 * @returns items in the order of the line; a scheme with other than name=value data comes without it
 */
export function parseAuthItems(line: string): AuthItem[] {
  const items: AuthItem[] = [];
  let params: Map<string, AuthParam> | undefined;
  let i = skipSeparators(line, 0);
  while (i < line.length) {
    const nameEnd = skipToken(line, i);
    if (nameEnd === i) break;
    const name = line.slice(i, nameEnd).toLowerCase();
    const equals = skipBlank(line, nameEnd);
    if (line.charCodeAt(equals) !== EQUALS) {
      params = new Map();
      items.push({ scheme: name, params });
      i = skipSeparators(line, equals);
      continue;
    }
    const valueAt = skipBlank(line, equals + 1);
    const valueEnd = endOfValue(line, valueAt);
    if (valueEnd === undefined || params === undefined) break;
    const raw = line.slice(valueAt, valueEnd);
    if (!params.has(name)) params.set(name, { raw, value: unquote(raw) });
    i = skipSeparators(line, valueEnd);
  }
  return items;
}

const EQUALS = 0x3d;
const COMMA = 0x2c;

function endOfValue(line: string, at: number): number | undefined {
  if (line.charCodeAt(at) === QUOTE) return lenient(() => skipQuoted(line, at));
  let i = at;
  while (i < line.length && line.charCodeAt(i) !== COMMA && !isBlank(line.charCodeAt(i))) i++;
  return i;
}

function skipBlank(line: string, from: number): number {
  let i = from;
  while (i < line.length && isBlank(line.charCodeAt(i))) i++;
  return i;
}

function skipSeparators(line: string, from: number): number {
  let i = from;
  while (i < line.length && (isBlank(line.charCodeAt(i)) || line.charCodeAt(i) === COMMA)) i++;
  return i;
}
