import { gsm7Septets, isGsm7 } from './gsm7.ts';

/** What the characters of an SMS are written in. */
export type SmsAlphabet = 'gsm7' | 'ucs2';

/** The 7-bit alphabet where it has every character, as all parts of a text must be written in the same. */
export function smsAlphabet(text: string): SmsAlphabet {
  return isGsm7(text) ? 'gsm7' : 'ucs2';
}

/** How long a text is in its alphabet's units: septets, or units of UTF-16. */
export function smsUnits(text: string, alphabet: SmsAlphabet = smsAlphabet(text)): number {
  if (alphabet === 'ucs2') return text.length;
  let septets = 0;
  for (const character of text) septets += gsm7Septets(character);
  return septets;
}

/** Units that one SMS holds (TS 23.040 §9.2.3.24.1): alone, and with the header of a part, whose reference has 8 bits. */
export const SMS_UNITS: Readonly<Record<SmsAlphabet, { readonly alone: number; readonly part: number }>> = {
  gsm7: { alone: 160, part: 153 },
  ucs2: { alone: 70, part: 67 },
};
