import { SMS_UNITS, type SmsAlphabet, smsAlphabet, smsUnits } from '../../../sip/index.ts';
import { endOfUnits } from './boundary.ts';

/** What a text is as SMS. */
export interface SegmentCount {
  /** One character that GSM 03.38 lacks makes the whole text UCS-2. */
  readonly alphabet: SmsAlphabet;
  /** Septets, or units of UTF-16. */
  readonly units: number;
  /** SMS that it is sent, and paid, as; 0 for an empty text. */
  readonly segments: number;
}

/**
 * Counts a text as networks do (3GPP TS 23.040 §9.2.3.24.1): 160 septets or 70 units alone, 153 or 67 in each part. Where the next
 * character is an escape with its code, or a surrogate pair, a part stays one short, since neither is cut in two.
 */
export function countSegments(text: string): SegmentCount {
  const alphabet = smsAlphabet(text);
  const units = smsUnits(text, alphabet);
  return { alphabet, units, segments: smsParts(text, alphabet, units).length };
}

/** The parts that a text has as SMS: filled up, since the telephone joins them. */
export function smsParts(
  text: string,
  alphabet: SmsAlphabet = smsAlphabet(text),
  units: number = smsUnits(text, alphabet),
): string[] {
  if (text === '') return [];
  if (units <= SMS_UNITS[alphabet].alone) return [text];
  const parts: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = endOfUnits(text, start, SMS_UNITS[alphabet].part, alphabet);
    parts.push(text.slice(start, end));
    start = end;
  }
  return parts;
}
