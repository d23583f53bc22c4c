/** Telephone events (RFC 4733 §3.2): digits and their codes, and the limits we keep to. */

const DIGITS = '0123456789*#ABCD';

/** The event code of a digit; undefined when it is none. */
export function eventOfDigit(digit: string): number | undefined {
  const code = digit.length === 1 ? DIGITS.indexOf(digit.toUpperCase()) : -1;
  return code < 0 ? undefined : code;
}

/** The digit of an event code; undefined for other events (flash, tones), which are not relayed. */
export function digitOfEvent(event: number): string | undefined {
  return DIGITS[event];
}

/** Shorter tones are missed by menus (Q.24 asks for 40 ms, many need more); longer ones count as stuck keys. */
export const MIN_DIGIT_MS = 80;
export const MAX_DIGIT_MS = 2000;

export function clampDigitMs(durationMs: number): number {
  return Number.isFinite(durationMs) ? Math.min(MAX_DIGIT_MS, Math.max(MIN_DIGIT_MS, durationMs)) : MIN_DIGIT_MS;
}
