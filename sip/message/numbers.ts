/** Headers that are a number. Out of range is "as if absent", not a fault (RFC 4475 §3.1.2.4). */

import { lenient } from './error.ts';
import { header } from './headers.ts';
import { bareValue } from './params.ts';
import { readDigits, skipQuoted } from './scan.ts';
import type { HeaderKey, SipMessage } from './types.ts';

/** RFC 3261 §20.22. */
export const DEFAULT_MAX_FORWARDS = 70;

const MAX_DELTA = 2 ** 32 - 1;

/** @returns the hops left, 0–255; 70 when the header is absent or not such a number */
export function maxForwards(message: SipMessage): number {
  const value = readDigits(header(message, 'max-forwards') ?? '');
  return value === undefined || value > 255 ? DEFAULT_MAX_FORWARDS : value;
}

/** @returns delta-seconds below 2**32 (RFC 3261 §25.1), or undefined for anything else */
export function readDeltaSeconds(text: string): number | undefined {
  const value = readDigits(text);
  return value === undefined || value > MAX_DELTA ? undefined : value;
}

/**
 * A header of seconds: Expires, Min-Expires, Min-SE (its parameters do not count).
 * @returns undefined when it is absent or out of range: the header's default is then meant
 */
export function deltaSeconds(message: SipMessage, key: HeaderKey): number | undefined {
  const value = header(message, key);
  return value === undefined ? undefined : readDeltaSeconds(bareValue(value));
}

/**
 * Retry-After (RFC 3261 §20.33), whose seconds may be followed by a comment in parentheses and parameters.
 * @returns seconds, or undefined when it is absent or not a number
 */
export function retryAfter(message: SipMessage): number | undefined {
  const value = header(message, 'retry-after');
  if (value === undefined) return undefined;
  const digits = /^[0-9]+/.exec(value);
  return digits === null ? undefined : readDeltaSeconds(digits[0]);
}

/** RSeq (RFC 3262 §7.1). @returns 1 to 2**32-1, or undefined */
export function rseq(message: SipMessage): number | undefined {
  const value = readDeltaSeconds(header(message, 'rseq') ?? '');
  return value === 0 ? undefined : value;
}

/** RAck (RFC 3262 §7.2). */
export interface RAck {
  readonly rseq: number;
  readonly cseq: number;
  readonly method: string;
}

/** @returns what a PRACK acknowledges, or undefined when the header is absent or not valid */
export function rack(message: SipMessage): RAck | undefined {
  const [first = '', second = '', method, ...more] = (header(message, 'rack') ?? '').split(/[ \t]+/);
  const responseNumber = readDeltaSeconds(first);
  const cseq = readDeltaSeconds(second);
  if (responseNumber === undefined || cseq === undefined || method === undefined || more.length > 0) return undefined;
  return { rseq: responseNumber, cseq, method };
}

/** One Warning (RFC 3261 §20.43). */
export interface Warning {
  readonly code: number;
  readonly agent: string;
  readonly text: string;
}

/** @param text one element. @returns undefined when it is not a warning: it is for people, never a reason to refuse */
export function parseWarning(text: string): Warning | undefined {
  const match = /^([0-9]{3}) +([^ "]+) +"/.exec(text);
  if (match === null) return undefined;
  const quoteAt = match[0].length - 1;
  const end = lenient(() => skipQuoted(text, quoteAt));
  if (end === undefined || end !== text.length) return undefined;
  return { code: Number(match[1]), agent: match[2] ?? '', text: text.slice(quoteAt + 1, -1).replace(/\\(.)/gs, '$1') };
}
