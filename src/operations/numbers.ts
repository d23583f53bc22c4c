/** Numbers as people write them in commands: read as somebody with their line's country would dial them. */
import { type Meaning, meaningOf, type NumberRules, parseDialString, parseE164 } from '../number/index.ts';
import { choiceOf } from './choice.ts';
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

/** The rules of a user, in the country of the line that they call from. In a control room that is a line of the room. */
export async function rulesFor(
  parts: Pick<OperationParts, 'numbersOf' | 'lineBook' | 'choices'>,
  user?: string,
  room?: string,
): Promise<NumberRules> {
  const rules = parts.numbersOf(user);
  if (user === undefined) return rules;
  const line = (await sharedLine(parts, room)) ?? (await ownLine(parts, user, room));
  const country = line === undefined ? undefined : parseE164(line, rules.region)?.country;
  return country === undefined ? rules : { ...rules, region: country };
}

/** The line of a control room that is used there; undefined where the room has none. */
export async function sharedLine(
  { lineBook, choices }: Pick<OperationParts, 'lineBook' | 'choices'>,
  room: string | undefined,
): Promise<string | undefined> {
  if (room === undefined) return undefined;
  const shared = (await lineBook()).lines.filter(({ controlRoom }) => controlRoom === room);
  return chosenOf(shared, shared.length === 0 ? undefined : await choices.get(room, 'line', room));
}

async function ownLine(
  { lineBook, choices }: Pick<OperationParts, 'lineBook' | 'choices'>,
  user: string,
  room: string | undefined,
): Promise<string | undefined> {
  const chosen = await choiceOf(choices, user, 'line', room);
  return chosenOf((await lineBook()).linesOf(user), chosen);
}

function chosenOf(lines: readonly { readonly number: string }[], chosen: string | undefined): string | undefined {
  return lines.find(({ number }) => number === chosen)?.number ?? lines[0]?.number;
}

/** The beginning of what was written is a number, perhaps in groups; what is behind it comes back as it was. */
export function splitNumber(rest: string): { readonly number: string; readonly rest: string } | undefined {
  const found = /^(\+?[\d*#(][\d*#()./\- ]*?)(?=\s+[^\d*#()./\- ]|\s*$)/u.exec(rest.trim());
  if (found?.[1] === undefined) return undefined;
  return { number: found[1].trim(), rest: rest.trim().slice(found[1].length).trim() };
}
