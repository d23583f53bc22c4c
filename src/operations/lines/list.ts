/** Lists of lines: those of a user, and all of them with whoever has them. */
import { z } from 'zod';
import { choiceOf } from '../choice.ts';
import { roomId } from '../fields.ts';
import { operation, ownOperation } from '../operation.ts';
import { extensionOf, type Line, line, lineOf } from './line.ts';

export const linesList = ownOperation({
  name: 'lines.list',
  summary: 'list a user’s numbers, and the one that is shown to those they call',
  changes: false,
  input: { room: roomId().optional().describe('The chat, where another line may be used.') },
  output: z.object({
    lines: z.array(line.extend({ isUsed: z.boolean() })),
    withheld: z.boolean().describe('No number is shown at all.'),
  }),
  http: { method: 'GET', path: '/users/{user}/lines' },
  command: {
    names: ['lines', 'line', 'lines list'],
    usage: [{ arguments: '', does: 'shows your numbers and the one that you call from', example: '' }],
    read: (words, { chat }) => (words.length === 0 ? { ...(chat === undefined ? {} : { room: chat }) } : undefined),
  },
  async run({ parts, user }, { room }) {
    const book = await parts.lineBook();
    const own = book.linesOf(user).map(lineOf);
    const extension = book.extensionOf(user);
    const chosen = (await choiceOf(parts.choices, user, 'line', room)) ?? own[0]?.number;
    return {
      lines: [...own, ...(extension === undefined ? [] : [extensionOf(extension)])].map((each) => ({
        ...each,
        isUsed: each.number === chosen,
      })),
      withheld: (await choiceOf(parts.choices, user, 'withhold', room)) === 'on',
    };
  },
  words({ lines, withheld }, { showNumber, isOwn }) {
    const whose = isOwn ? 'Your' : 'Their';
    if (lines.length === 0) return isOwn ? 'You have no number of your own.' : 'They have no number of their own.';
    const rows = lines.map(({ number, name, room, isUsed, trunk }) => {
      const shared = room === undefined ? '' : ', shared with a room';
      const at = number.startsWith('+') || trunk === undefined ? '' : ` at ${trunk}`;
      return `${isUsed ? '→' : '·'} ${showNumber(number)}${at}${name === undefined ? '' : ` (${name})`}${shared}`;
    });
    const shown = withheld ? `${whose} number is withheld.` : `${whose} number is shown to those who are called.`;
    return [`${whose} numbers:`, ...rows, shown].join('\n');
  },
});

export const linesAll = operation({
  name: 'lines.all',
  summary: 'list every line with whoever has it',
  access: 'read',
  changes: false,
  input: z.object({}),
  output: z.object({ lines: z.array(line) }),
  http: { method: 'GET', path: '/lines' },
  command: {
    names: ['lines all'],
    usage: [{ arguments: '', does: 'lists every line with whoever has it', example: '' }],
    read: (words) => (words.length === 0 ? {} : undefined),
  },
  async run({ parts }) {
    const { lines, extensions } = await parts.lineBook();
    return { lines: [...lines.map(lineOf), ...extensions.map(extensionOf)] };
  },
  words({ lines }) {
    if (lines.length === 0) return 'There are no lines yet. “link” gives one to somebody.';
    return lines.map(lineWords).join('\n');
  },
});

function lineWords({ number, trunk, name, users, room, isLinked }: Line): string {
  const owner = room ?? (users.length === 0 ? 'nobody' : users.join(', '));
  const details = [
    ...(trunk === undefined ? [] : [`trunk ${trunk}`]),
    ...(name === undefined ? [] : [name]),
    isLinked ? 'linked' : 'configuration',
  ];
  return `${number}: ${owner} (${details.join('; ')})`;
}
