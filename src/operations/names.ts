/** Names that users give to telephones; in the chat by `name`, which also shows them at once. */
import { z } from 'zod';
import { readNumber } from './numbers.ts';
import { ownOperation } from './operation.ts';

const name = z.object({ number: z.string(), name: z.string() });

export const namesList = ownOperation({
  name: 'names.list',
  summary: 'list the names that a user gave to numbers',
  changes: false,
  input: {},
  output: z.object({ names: z.array(name) }),
  http: { method: 'GET', path: '/users/{user}/names' },
  async run({ parts, user }) {
    const all = await parts.names.all(user);
    return { names: all.map(({ telephone, name: called }) => ({ number: telephone, name: called })) };
  },
  words: ({ names }, { showNumber }) =>
    names.length === 0
      ? 'There are no names.'
      : names.map((each) => `${each.name}: ${showNumber(each.number)}`).join('\n'),
});

export const namesSet = ownOperation({
  name: 'names.set',
  summary: 'give a number a name, for one user; their chats show it from the next call or text on',
  changes: true,
  input: {
    number: z.string().min(1).max(64).describe('As the user dials it.'),
    name: z.string().trim().min(1).max(60).regex(/\p{L}/u, 'a name with at least one letter'),
  },
  output: name,
  http: { method: 'PUT', path: '/users/{user}/names/{number}' },
  async run({ parts, user }, { number, name: called }) {
    const { target } = await readNumber(parts, number, user);
    const plain = called.replace(/\s+/g, ' ');
    await parts.names.set(user, target, plain);
    return { number: target, name: plain };
  },
  words: ({ number, name: called }, { showNumber }) => `${showNumber(number)} is called ${called} from now on.`,
});

export const namesRemove = ownOperation({
  name: 'names.remove',
  summary: 'forget the name of a number, for one user',
  changes: true,
  input: { number: z.string().min(1).max(64).describe('As the user dials it.') },
  output: z.object({ number: z.string() }),
  http: { method: 'DELETE', path: '/users/{user}/names/{number}' },
  async run({ parts, user }, { number }) {
    const { target } = await readNumber(parts, number, user);
    await parts.names.set(user, target, undefined);
    return { number: target };
  },
  words: ({ number }, { showNumber }) => `${showNumber(number)} has no name any more.`,
});
