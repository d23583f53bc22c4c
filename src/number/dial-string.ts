/**
 * What people type into a dial pad, made into what can be dialled. Decided in docs/decisions/dial-strings.md: generous with
 * punctuation, scripts and habits; a plain word is not a number. Nothing here knows a country.
 */
import { type DialledUri, parseDialledUri } from './dialled-uri.ts';

/** Why a text cannot be dialled. */
export type DialRefusal =
  | 'empty'
  | 'too-long'
  /** Words, or letters where a vanity number has none. */
  | 'letters'
  /** Signs that are on no dial pad. */
  | 'signs'
  /** A `+` anywhere but in front. */
  | 'misplaced-plus'
  /** Nothing that could ring a telephone: `*#`, `()`. */
  | 'no-digits'
  | 'bad-uri';

/** A dialled text that can be used. */
export type Dialled =
  | {
      readonly kind: 'digits';
      /** `+`, digits, `*` and `#`, nothing else; vanity letters are digits now. */
      readonly dial: string;
      /** Digits to be sent when the call is answered, `,` is a pause: an extension, or what stood behind a pause. */
      readonly afterAnswer?: string;
    }
  | ({ readonly kind: 'uri' } & DialledUri);

export type DialResult =
  | { readonly ok: true; readonly dialled: Dialled }
  | { readonly ok: false; readonly refusal: DialRefusal };

/** A user ID has 255 bytes; nobody dials more. */
const longestText = 255;
/** Access code, feature code and an international number fit with room to spare. */
const longestDial = 40;
const longestAfterAnswer = 32;

const refuse = (refusal: DialRefusal): DialResult => ({ ok: false, refusal });

/** Reads a dialled text. Never throws, whatever the text. */
export function parseDialString(raw: string): DialResult {
  if (raw.length > longestText) return refuse('too-long');
  const text = asciiDigits(raw.normalize('NFKC'))
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  // Normalised, one character can become eighteen.
  if (text.length > longestText) return refuse('too-long');
  if (text === '') return refuse('empty');
  if (/^[a-z][a-z0-9+.-]*:/i.test(text) || text.includes('@')) {
    const read = parseDialledUri(text);
    if (read.kind === 'refused') return refuse('bad-uri');
    if (read.kind === 'uri') return { ok: true, dialled: { ...read, kind: 'uri' } };
    return parseNumber(read.text);
  }
  return parseNumber(text);
}

/** Whether a text can be dialled at all: what a lookup answers by. */
export function isDialable(raw: string): boolean {
  return parseDialString(raw).ok;
}

function parseNumber(text: string): DialResult {
  const { main, afterAnswer } = splitAfterAnswer(text);
  if (afterAnswer !== undefined && afterAnswer.length > longestAfterAnswer) return refuse('too-long');
  // "+49 (0)30 …": the trunk prefix in brackets is not dialled from abroad.
  const bare = stripSeparators(main.replace(/^(\s*(?:\+|00)[^(]*)\(0\)/, '$1'));
  const dial = /\p{L}/u.test(bare) ? vanityDigits(bare) : bare;
  if (dial === undefined) return refuse('letters');
  if (!/^[0-9*#+]*$/.test(dial)) return refuse('signs');
  if (!/\d/.test(dial)) return refuse(dial === '' ? 'empty' : 'no-digits');
  // A plus may also follow a feature code: `*31#+49…` withholds the caller's number.
  if (!/^(?:[*#][0-9*#]*)?\+?[0-9*#]+$/.test(dial)) return refuse('misplaced-plus');
  if (dial.length > longestDial) return refuse('too-long');
  return { ok: true, dialled: { kind: 'digits', dial, ...(afterAnswer ? { afterAnswer } : {}) } };
}

/** Splits off an extension (`x123`, `;ext=123`) or what follows a pause (`,` or `;` as on mobile phones). */
function splitAfterAnswer(text: string): { readonly main: string; readonly afterAnswer?: string } {
  const extension = /^(.*\d.*?)\s*(?:;\s*ext=|ext(?:ension|n)?[.:]?|x)\s*(\d{1,10})$/i.exec(text);
  if (extension?.[1] && extension[2]) return { main: extension[1], afterAnswer: `,${extension[2]}` };
  const pause = /^([^,;]*\d[^,;]*)([,;][\s\d*#,;-]*)$/.exec(text);
  if (pause?.[1] && pause[2])
    return { main: pause[1], afterAnswer: pause[2].replace(/[\s-]/g, '').replaceAll(';', ',') };
  return { main: text };
}

/** White space, dashes, dots, slashes, brackets: how people group digits. */
function stripSeparators(text: string): string {
  return text.replace(/[\p{Zs}\p{Pd}\s()[\].·/\u2212]/gu, '');
}

const keypad = 'ABC2DEF3GHI4JKL5MNO6PQRS7TUV8WXYZ9';

/**
 * `1800FLOWERS` ⇒ `18003569377`. Two to six digits must lead, and six to sixteen keys be pressed in all (`13CABS`): a
 * whole number with a word behind it is not one.
 */
function vanityDigits(text: string): string | undefined {
  if (!/^\+?\d{2,6}[A-Z][0-9A-Z]*$/i.test(text) || text.length < 6 || text.length > 16) return undefined;
  return text.toUpperCase().replace(/[A-Z]/g, (letter) => /\d/.exec(keypad.slice(keypad.indexOf(letter)))?.[0] ?? '');
}

/** Digits of any script as ASCII. In every script that Unicode has them for, the ten stand in order from zero. */
function asciiDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    let zero = code;
    while (code - zero < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
    return String(code - zero);
  });
}
