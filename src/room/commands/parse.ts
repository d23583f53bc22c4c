/** A message read as a command. */

/** Longer messages are no commands. */
const LONGEST = 300;

/**
 * The words of a command; undefined when the text is none.
 * @param prefixed whether a command has to begin with `!`: where people write to each other
 */
export function commandWords(text: string, prefixed: boolean): readonly string[] | undefined {
  const line = text.trim();
  // What is written to a telephone may be long.
  const isShort = line.length <= LONGEST && !line.includes('\n');
  if (line === '' || !(isShort || /^!?\s*sms\s/i.test(line))) return undefined;
  if (prefixed && !line.startsWith('!')) return undefined;
  const words = line.replace(/^!\s*/, '').split(/\s+/).filter(Boolean);
  return words.length === 0 ? undefined : words;
}

/** What was written after the first word. */
export function restOfLine(text: string): string {
  return text
    .trim()
    .replace(/^!\s*/, '')
    .replace(/^\S+\s*/, '');
}
