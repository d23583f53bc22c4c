/** The numbers of the answering machine. */

export type Line = 'echo' | 'tune' | 'busy' | 'no-answer' | 'digits' | 'call-back';

/** Number, what it does, and how that is told to someone who wants to try it. */
export const NUMBERS: readonly { readonly number: string; readonly line: Line; readonly says: string }[] = [
  { number: '600', line: 'echo', says: 'says back what you say' },
  { number: '601', line: 'tune', says: 'plays a tune, then hangs up' },
  { number: '602', line: 'busy', says: 'is busy' },
  { number: '603', line: 'no-answer', says: 'never answers' },
  { number: '604', line: 'digits', says: 'asks for digits and says them back as tones' },
  { number: '605', line: 'call-back', says: 'hangs up and calls you back; then it is an echo' },
];

/** The line of a number; undefined when there is none. */
export function lineOf(number: string): Line | undefined {
  return NUMBERS.find((entry) => entry.number === number)?.line;
}
