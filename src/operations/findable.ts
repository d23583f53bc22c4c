/** Whether users are found by their number: whoever looks it up gets them in place of the telephone. */
import { z } from 'zod';
import { FINDABLE } from '../matrix/index.ts';
import { ownOperation } from './operation.ts';

const CHOICES = ['on', 'off', 'default'] as const;

export const findableSet = ownOperation({
  name: 'findable.set',
  summary: 'be found, or not, by whoever looks up a number',
  changes: true,
  input: {
    state: z
      .enum(CHOICES)
      .describe(
        '`on`: by the own lines and by an identity server; `off`: not at all; `default`: by the own lines, where the gateway is set so.',
      ),
  },
  output: z.object({ state: z.enum(CHOICES) }),
  http: { method: 'PUT', path: '/users/{user}/findable' },
  command: {
    names: ['findable', 'findable set'],
    usage: [
      {
        arguments: 'on',
        does: 'whoever looks up your number gets you, also where an identity server knows it',
        example: 'on',
      },
      { arguments: 'off', does: 'nobody learns from your number who you are', example: 'off' },
      { arguments: 'default', does: 'only numbers that this gateway gave you lead to you', example: 'default' },
    ],
    read([value = '', ...more]) {
      const state = CHOICES.find((each) => each === value.toLowerCase());
      return state === undefined || more.length > 0 ? undefined : { state };
    },
  },
  async run({ parts, user }, { state }) {
    await parts.choices.set(user, FINDABLE, state === 'default' ? undefined : state);
    return { state };
  },
  words({ state }, { isOwn }) {
    const you = isOwn ? 'you' : 'them';
    const who = isOwn ? 'who you are' : 'who they are';
    switch (state) {
      case 'on':
        return `From now on whoever looks up a number of ${isOwn ? 'yours' : 'theirs'} finds ${you}, also by the identity server.`;
      case 'off':
        return `From now on nobody learns from a number ${who}.`;
      case 'default':
        return `From now on only numbers of this gateway lead to ${you}, where it is set so.`;
      default:
        return state satisfies never;
    }
  },
});
