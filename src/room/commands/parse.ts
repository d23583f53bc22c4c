/** A message read as a command. */

/** Longer messages are no commands. */
const LONGEST = 300;

/**
 * The words of a command; undefined when the text is none.
 * @param prefixed whether a command has to begin with `!`: where people write to each other
 */
export function commandWords(text: string, prefixed: boolean): readonly string[] | undefined {
  const line = text.trim();
  if (line === '' || line.length > LONGEST || line.includes('\n')) return undefined;
  if (prefixed && !line.startsWith('!')) return undefined;
  const words = line.replace(/^!\s*/, '').split(/\s+/).filter(Boolean);
  return words.length === 0 ? undefined : words;
}
