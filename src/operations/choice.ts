/** What a user chose: for one room, or else in general. */
import type { ChoiceBook } from './parts.ts';

export async function choiceOf(
  choices: Pick<ChoiceBook, 'get'>,
  user: string,
  name: string,
  room: string | undefined,
): Promise<string | undefined> {
  return (room === undefined ? undefined : await choices.get(user, name, room)) ?? (await choices.get(user, name));
}
