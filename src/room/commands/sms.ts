/** `sms`: writes to a telephone, in its chat. */
import type { Command } from './command.ts';

export const sms: Command = {
  name: 'sms',
  help: [{ usage: 'sms +44… hello', does: 'writes to a number, or to a name that you gave it, and shows where' }],
  run(_words, { said = '' }) {
    return recipientsOf(said).length === 0 ? undefined : { reply: '', act: { kind: 'sms', said } };
  },
};

export interface Addressed {
  readonly to: string;
  readonly text: string;
}

/** Names of telephones have at most so many words. */
const LONGEST_NAME = 5;

/**
 * How a line can be read as somebody and a text for them, the likeliest first: `Bob Smith: hello`, a number that may be written in
 * groups, then names of ever fewer words.
 */
export function recipientsOf(said: string): readonly Addressed[] {
  const colon = /^([^:\n]{1,60}):\s+(\S[\s\S]*)$/.exec(said);
  const all = [
    ...(colon?.[1] && colon[2] ? [{ to: colon[1].trim(), text: colon[2] }] : []),
    ...numberFirst(said),
    ...nameFirst(said),
  ];
  return all
    .map(({ to, text }) => ({ to: to.trim(), text: text.trim() }))
    .filter(({ to, text }) => to !== '' && text !== '');
}

/**
 * `+44 7700 900123 hello`, `07700 900123 hello`: groups of digits belong to the number as long as it is none without them. Of
 * others nobody knows where the number ends: nothing is guessed.
 */
function numberFirst(said: string): readonly Addressed[] {
  const [first = '', ...rest] = said.trim().split(/(?<=\s)(?=\S)/);
  if (!/^[+(]?[\d*#]/.test(first)) return [];
  if (!/^\(?[+0]/.test(first)) return /^\d{3,}\s*$/.test(rest[0] ?? '') ? [] : [{ to: first, text: rest.join('') }];
  let number = first;
  let at = 0;
  while (digitsOf(number) < FEWEST_DIGITS && /^[\d()./-]+\s*$/.test(rest[at] ?? '')) {
    number += rest[at] ?? '';
    at += 1;
  }
  return [{ to: number, text: rest.slice(at).join('') }];
}

/** Of a number with its country code or area code. */
const FEWEST_DIGITS = 8;

function digitsOf(text: string): number {
  return text.replace(/\D/g, '').length;
}

function nameFirst(said: string): readonly Addressed[] {
  if (/^[+(]?[\d*#]/.test(said.trim())) return [];
  const words = said.trim().split(/(?<=\s)(?=\S)/);
  const most = Math.min(LONGEST_NAME, words.length - 1);
  return Array.from({ length: Math.max(0, most) }, (_, index) => most - index).map((count) => ({
    to: words.slice(0, count).join('').trim().replace(/\s+/g, ' '),
    text: words.slice(count).join(''),
  }));
}
