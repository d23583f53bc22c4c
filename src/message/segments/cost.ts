import { countSegments } from './count.ts';

/**
 * One sentence on what a text will cost, for the user who wrote it.
 * @param telephones how many get it
 */
export function costSentence(text: string, { telephones = 1 }: { readonly telephones?: number } = {}): string {
  const { alphabet, segments } = countSegments(text);
  const each = segments === 1 ? 'one SMS' : `${segments} SMS`;
  const why =
    segments > 1 && alphabet === 'ucs2'
      ? `, because it has characters such as “${unusual(text)}” that leave room for fewer in each`
      : '';
  if (telephones <= 1) return `This text is sent as ${each}${why}.`;
  return `This text is sent as ${each} to each of ${telephones} telephones, ${segments * telephones} in all${why}.`;
}

function unusual(text: string): string {
  for (const character of text) if (countSegments(character).alphabet === 'ucs2') return character;
  return '';
}
