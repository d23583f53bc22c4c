import { SMS_UNITS, smsAlphabet, smsUnits, type TextLimits } from '../../../sip/index.ts';
import type { Cut } from '../transport.ts';
import { endOfBytes, endOfCharacters, endOfUnits, goodPlace } from './boundary.ts';
import { smsParts } from './count.ts';

/** Parts of a long text have numbers of 8 bits (3GPP TS 23.040 §9.2.3.24.1). */
const MOST_PARTS = 255;

/**
 * Cuts a text for a transport; joined again, the parts are the text. An SMS with concatenation is cut where SMS are. Where every
 * message stands for itself, a part ends behind a word or a line if there is one near, and else where an SMS ends, so that the
 * network behind makes no more SMS of it than it must.
 * @param limits what one message holds; none: the text is one part
 * @param mostParts a text that needs more is too long
 */
export function cutText(text: string, limits: TextLimits, mostParts: number = MOST_PARTS): Cut {
  const parts = limits.isSms ? smsParts(text) : plainParts(text, limits, mostParts);
  if (parts.length <= mostParts) return { kind: 'parts', parts: parts.length === 0 ? [''] : parts };
  return { kind: 'too-long', mostCharacters: mostCharacters(text, limits, mostParts) };
}

function plainParts(text: string, limits: TextLimits, mostParts: number): string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length && parts.length <= mostParts; ) {
    const end = endOfPart(text, start, limits);
    parts.push(text.slice(start, end));
    start = end;
  }
  return parts;
}

/** At least one character, however small the limits are. */
function endOfPart(text: string, start: number, limits: TextLimits): number {
  const hard = hardEnd(text, start, limits);
  if (hard >= text.length) return text.length;
  const one = start + String.fromCodePoint(text.codePointAt(start) ?? 0).length;
  const end = Math.max(hard, one);
  return goodPlace(text, start, wholeSegments(text, start, end));
}

/** The furthest that the limits allow. */
function hardEnd(text: string, start: number, { maxBytes, maxCharacters }: TextLimits): number {
  const byBytes = maxBytes === undefined ? text.length : endOfBytes(text, start, maxBytes);
  const byCharacters = maxCharacters === undefined ? text.length : endOfCharacters(text, start, maxCharacters);
  return Math.min(byBytes, byCharacters);
}

/** The last place up to `end` where an SMS is full; `end` when not even one is. */
function wholeSegments(text: string, start: number, end: number): number {
  const most = text.slice(start, end);
  const alphabet = smsAlphabet(most);
  const { alone, part } = SMS_UNITS[alphabet];
  const units = smsUnits(most, alphabet);
  if (units < alone) return end;
  const whole = Math.floor(units / part);
  return whole < 2 ? endOfUnits(text, start, alone, alphabet) : endOfUnits(text, start, whole * part, alphabet);
}

/** What surely fits, in this text's characters. */
function mostCharacters(text: string, limits: TextLimits, mostParts: number): number {
  if (limits.isSms) return mostParts * SMS_UNITS[smsAlphabet(text)].part;
  return plainParts(text, limits, mostParts - 1).reduce((sum, part) => sum + part.length, 0);
}
