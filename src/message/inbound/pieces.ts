/** A text as bodies of events: homeservers take events of up to 64 KiB. Pure. */

/** UTF-16 units: at most 36,000 bytes of UTF-8, twice that with every character escaped, and as much as is shown of one. */
const MOST = 12_000;

/** @returns one body for almost every text; none for one without anything to see */
export function piecesOf(text: string, most = MOST): readonly string[] {
  if (text.trim() === '') return [];
  const pieces: string[] = [];
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + most, text.length);
    if (end < text.length) {
      const lineEnd = text.lastIndexOf('\n', end - 1) + 1;
      if (lineEnd > start + most / 2) end = lineEnd;
      // Not inside of a surrogate pair.
      else if (/[\ud800-\udbff]/.test(text[end - 1] ?? '')) end -= 1;
    }
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}
