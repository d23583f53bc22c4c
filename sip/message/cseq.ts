import { SipParseError } from './error.ts';
import { isToken, readDigits, skipBlanks, trimBlanks } from './scan.ts';

/** CSeq (RFC 3261 §20.16). */
export interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** RFC 3261 §8.1.1.5: less than 2**31. */
export const MAX_CSEQ = 2 ** 31 - 1;

/** @throws SipParseError unless it is a number below 2**31 and a method */
export function parseCSeq(text: string): CSeq {
  const trimmed = trimBlanks(text);
  let end = 0;
  while (end < trimmed.length && isDigit(trimmed.charCodeAt(end))) end++;
  const number = readDigits(trimmed.slice(0, end));
  const methodAt = skipBlanks(trimmed, end);
  const method = trimmed.slice(methodAt);
  if (number === undefined || methodAt === end || !isToken(method))
    throw new SipParseError('header-value', 'CSeq is not a number and a method');
  if (number > MAX_CSEQ) throw new SipParseError('header-value', 'the CSeq number is not below 2**31');
  return { number, method };
}

/** The inverse of `parseCSeq`. */
export function stringifyCSeq(cseq: CSeq): string {
  return `${cseq.number} ${cseq.method}`;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
