/** Texts that programs and administrators send in a user's name; users write in their chats. */
import { z } from 'zod';
import { liveOf } from './calls.ts';
import { OperationError } from './errors.ts';
import { readNumber, splitNumber } from './numbers.ts';
import { ownOperation } from './operation.ts';

const LONGEST = 10_000;

export const textsSend = ownOperation({
  name: 'texts.send',
  summary: 'send a text to a telephone in a user’s name, as if they had written it in their chat',
  changes: true,
  live: true,
  input: {
    number: z.string().min(1).max(255).describe('As the user dials it.'),
    text: z.string().min(1).max(LONGEST),
  },
  output: z.object({
    number: z.string(),
    room: z.string().describe('Where it stands, and what becomes of it.'),
    link: z.string(),
    name: z.string(),
    isJoined: z.boolean(),
  }),
  http: { method: 'POST', path: '/users/{user}/texts' },
  command: {
    names: ['texts send'],
    usage: [
      {
        arguments: 'NUMBER TEXT',
        does: 'sends a text; “sms” does, too, and knows names',
        example: '+447700900123 See you at six',
      },
    ],
    read(_words, { rest }) {
      const split = splitNumber(rest);
      return split === undefined || split.rest === '' ? undefined : { number: split.number, text: split.rest };
    },
  },
  async run({ parts, user, key }, { number, text }) {
    const live = liveOf(parts);
    const { target, meaning } = await readNumber(parts, number, user);
    if (meaning.kind === 'emergency')
      throw new OperationError('conflict', 'Texts do not go to emergency numbers from here.');
    const dialled = meaning.kind === 'e164' ? target : number.trim();
    const { roomId: room, link, name, isJoined } = await live.sendText(user, dialled, text, key);
    return { number: target, room, link, name, isJoined };
  },
  words({ link, name, isJoined }, { isOwn }) {
    const come = isJoined
      ? ''
      : isOwn
        ? ' Accept the invitation to see what comes of it.'
        : ' They were invited there.';
    return `The text goes to ${name}: ${link}${come}`;
  },
});
