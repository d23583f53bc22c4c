/** Numbers as people write them in commands: read as somebody with their line's country would dial them. */
import { type Meaning, meaningOf, type NumberRules, parseDialString, parseE164 } from '../number/index.ts';
import { OperationError } from './errors.ts';
import type { OperationParts } from './parts.ts';

export interface ReadNumber {
  /** In E.164 where it is a number of the public network, else as it is dialled. */
  readonly target: string;
  readonly meaning: Meaning;
}

/**
 * What a number means for a user. Their line's country counts, or else their own.
 * @param room in which they may have chosen another line
 * @throws OperationError
 */
export async function readNumber(
  parts: OperationParts,
  text: string,
  user?: string,
  room?: string,
): Promise<ReadNumber> {
  return readBy(await rulesFor(parts, user, room), text);
}

/** @throws OperationError */
export function readBy(rules: NumberRules, text: string): ReadNumber {
  const read = parseDialString(text);
  if (!read.ok) throw new OperationError('invalid', `“${text.slice(0, 40)}” is no telephone number.`);
  const meaning = meaningOf(read.dialled, rules);
  return { target: meaning.target, meaning };
}

/** The rules of a user, in the country of the line that they call from. */
export async function rulesFor(
  { numbersOf, lineBook, choices }: Pick<OperationParts, 'numbersOf' | 'lineBook' | 'choices'>,
  user?: string,
  room?: string,
): Promise<NumberRules> {
  const rules = numbersOf(user);
  if (user === undefined) return rules;
  const chosen =
    (room === undefined ? undefined : await choices.get(user, 'line', room)) ?? (await choices.get(user, 'line'));
  const own = (await lineBook()).linesOf(user).map(({ number }) => number);
  const line = chosen !== undefined && own.includes(chosen) ? chosen : own[0];
  const country = line === undefined ? undefined : parseE164(line, rules.region)?.country;
  return country === undefined ? rules : { ...rules, region: country };
}

/** The beginning of what was written is a number, perhaps in groups; what is behind it comes back as it was. */
export function splitNumber(rest: string): { readonly number: string; readonly rest: string } | undefined {
  const found = /^(\+?[\d*#(][\d*#()./\- ]*?)(?=\s+[^\d*#()./\- ]|\s*$)/u.exec(rest.trim());
  if (found?.[1] === undefined) return undefined;
  return { number: found[1].trim(), rest: rest.trim().slice(found[1].length).trim() };
}
