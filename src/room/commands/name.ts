/** `name`: what telephones are called. */
import type { Command } from './command.ts';

const LONGEST = 60;

export const name: Command = {
  name: 'name',
  help: [
    { usage: 'name', does: 'shows the names that you gave to numbers' },
    { usage: 'name +44… Bob', does: 'calls a number Bob; in its chat “!name Bob” is enough' },
    { usage: 'name remove Bob', does: 'forgets the name of a number' },
  ],
  run(words, { said = '', inChat = false }) {
    const [first, ...rest] = words;
    if (first === undefined) return { reply: '', act: { kind: 'names' } };
    if (first === 'remove') {
      const of = said.replace(/^\s*\S+\s*/, '').trim();
      if (of === '' && !inChat) return undefined;
      return { reply: '', act: { kind: 'unname', ...(of === '' ? {} : { of }) } };
    }
    const numbered = /^([+(]?[\d*#][\d*#()./ -]*)(?:\s+|$)(.*)$/s.exec(said.trim());
    if (numbered?.[1] !== undefined) {
      const given = nameOf(numbered[2] ?? '');
      if (given === undefined) return undefined;
      return { reply: '', act: { kind: 'name', of: numbered[1].trim(), name: given } };
    }
    const given = nameOf([first, ...rest].length === 0 ? '' : said);
    return inChat && given !== undefined ? { reply: '', act: { kind: 'name', name: given } } : undefined;
  },
};

/** One that can be told from a number; undefined for nothing. */
function nameOf(said: string): string | undefined {
  const plain = said.replace(/\s+/g, ' ').trim();
  return plain === '' || plain.length > LONGEST || !/\p{L}/u.test(plain) ? undefined : plain;
}
