/** Text from strangers (display names, notices, reasons) made safe to show and to log. */

// Control characters, format characters (they turn the direction of text or hide in it: Unicode UAX #9, LRE to PDI, marks,
// zero-width space, tags) and the two separators. Zero-width joiner and non-joiner stay: emoji and Persian need them. So do the tags
// that make a flag (England's, Scotland's).
const HIDDEN = /(\p{RGI_Emoji_Tag_Sequence})|[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]--[\t\n\u200c\u200d]]/gv;
const ALSO_BREAKS = /[\t\n]+/g;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** One line: a display name, a reason. Runs of white space become one space; at most `max` characters. */
export function oneLine(text: string, max = 255): string {
  return cut(
    strip(text.slice(0, max * 8))
      .replace(ALSO_BREAKS, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
    max,
  );
}

/** A body of several lines; at most `max` characters. */
export function bodyText(text: string, max = 32_000): string {
  return cut(strip(text.replace(/\r\n?/g, '\n')), max);
}

function strip(text: string): string {
  return text.replace(LONE_SURROGATE, '').replace(HIDDEN, '$1');
}

/** Cuts between characters, never inside a surrogate pair. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = /[\ud800-\udbff]/.test(text[max - 1] ?? '') ? max - 1 : max;
  // Of a flag that was cut, the tags are hidden characters.
  return strip(text.slice(0, end)).trimEnd();
}
