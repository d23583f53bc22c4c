// Line feed and tabulator are the only controls that mean something in a text.
const CONTROLS = /(?![\n\t])[\p{Cc}\ufeff\ufff9-\ufffb]/gu;
const LINE_ENDS = /\r\n|\r|\u0085|\u2028|\u2029/gu;
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A text without control characters, its line ends as line feeds, without halves of characters. All else stays as it is: "<b>" is
 * what somebody wrote.
 */
export function cleanPlain(text: string): string {
  return text.replace(LINE_ENDS, '\n').replace(CONTROLS, '').toWellFormed();
}

/**
 * Somebody's name for the beginning of a line: one line, without what would turn the direction of the text behind it.
 * @param most characters that are left of it
 */
export function cleanName(name: string, most = 40): string {
  const line = cleanPlain(name).replace(DIRECTIONS, '').replace(/\s+/gu, ' ').trim();
  return shortened(line, most);
}

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** The beginning of a text, "..." behind it where it is longer than `most`. Three dots are of the GSM alphabet, "…" is not. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  let end = 0;
  for (const { index, segment } of graphemes.segment(text.slice(0, most + 1))) {
    if (index + segment.length > most - 3) break;
    end = index + segment.length;
  }
  return `${text.slice(0, end).trimEnd()}...`;
}
