/** Where a text may be cut. Places are counted in units of UTF-16, as strings are. */
import { gsm7Septets, type SmsAlphabet } from '../../../sip/index.ts';

/** The furthest place to which `most` units of an alphabet reach, never in the midst of a surrogate pair or an escape. */
export function endOfUnits(text: string, start: number, most: number, alphabet: SmsAlphabet): number {
  return furthest(text, start, most, (character) => (alphabet === 'gsm7' ? gsm7Septets(character) : character.length));
}

/** The furthest place to which `most` bytes of UTF-8 reach, never in the midst of a character. */
export function endOfBytes(text: string, start: number, most: number): number {
  return furthest(text, start, most, (character) => utf8Bytes(character.codePointAt(0) ?? 0));
}

/** The furthest place to which `most` units of UTF-16 reach, never in the midst of a surrogate pair. */
export function endOfCharacters(text: string, start: number, most: number): number {
  return furthest(text, start, most, (character) => character.length);
}

function furthest(text: string, start: number, most: number, cost: (character: string) => number): number {
  let end = start;
  let left = most;
  while (end < text.length) {
    const character = String.fromCodePoint(text.codePointAt(end) ?? 0);
    left -= cost(character);
    if (left < 0) break;
    end += character.length;
  }
  return end;
}

function utf8Bytes(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  // A lone surrogate is written as U+FFFD, which takes three too.
  return codePoint < 0x10000 ? 3 : 4;
}

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/**
 * The last place up to `end` that is good to read on from: behind a line break, else behind a space, within the last third; else
 * between two characters as people see them (an emoji with its skin colour is one); else `end`.
 */
export function goodPlace(text: string, start: number, end: number): number {
  if (end >= text.length) return text.length;
  const earliest = start + Math.floor(((end - start) * 2) / 3);
  const window = text.slice(earliest, end);
  const line = window.lastIndexOf('\n');
  if (line >= 0) return earliest + line + 1;
  const space = /^.*\s/su.exec(window);
  if (space !== null) return earliest + space[0].length;
  return wholeGrapheme(text, start, end);
}

/** Graphemes are looked for in this many units before the place: longer ones are cut, or a hostile text would never be. */
const LONGEST_GRAPHEME = 64;

function wholeGrapheme(text: string, start: number, end: number): number {
  const from = Math.max(start, end - LONGEST_GRAPHEME);
  const place = graphemes.segment(text.slice(from, end + LONGEST_GRAPHEME)).containing(end - from);
  const cut = place === undefined ? end : from + place.index;
  return cut > from ? cut : end;
}
