/** Which of their lines a user calls and writes from. */
import { z } from 'zod';
import { OperationError } from '../errors.ts';
import { roomId } from '../fields.ts';
import { type OperationContext, ownOperation } from '../operation.ts';

export const lineUse = ownOperation({
  name: 'lines.use',
  summary: 'call and write from one of a user’s numbers: in one chat, or in general',
  changes: true,
  input: {
    line: z.string().min(1).max(64).describe('The number, or its end; `default` is the usual one again.'),
    room: roomId().optional().describe('In this chat alone.'),
  },
  output: z.object({ line: z.string().optional(), room: z.string().optional() }),
  http: { method: 'PUT', path: '/users/{user}/line' },
  command: {
    names: ['line use', 'lines use'],
    usage: [
      { arguments: 'NUMBER', does: 'calls and writes from this number of yours', example: '+441632960000' },
      { arguments: 'default', does: 'goes back to your usual number', example: 'default' },
    ],
    read: (words, { chat }) =>
      words.length === 0 ? undefined : { line: words.join(''), ...(chat === undefined ? {} : { room: chat }) },
  },
  async run({ parts, user }, { line: typed, room }) {
    const value = typed.toLowerCase() === 'default' ? undefined : await ownLine(parts, user, typed);
    const shared = room === undefined ? undefined : await parts.live?.sharedRoom(room);
    if (shared !== undefined && room !== undefined) {
      await useShared(parts, shared, room, value);
      return { ...(value === undefined ? {} : { line: value }), room };
    }
    await parts.choices.set(user, 'line', value, room);
    if (room !== undefined) await parts.live?.showLine(room, value);
    return { ...(value === undefined ? {} : { line: value }), ...(room === undefined ? {} : { room }) };
  },
  words({ line: used, room }, { showNumber }) {
    const where = room === undefined ? '' : ' in this chat';
    return used === undefined
      ? `Your usual number is used${where}.`
      : `Calls and texts come from ${showNumber(used)}${where} from now on.`;
  },
});

/** In a room that several share the line is the room's, whoever of them chose. */
async function useShared(
  parts: OperationContext['parts'],
  { line: usual, controlRoom }: { readonly line: string; readonly controlRoom: string },
  room: string,
  line: string | undefined,
): Promise<void> {
  const shared = (await parts.lineBook()).lines.filter((each) => each.controlRoom === controlRoom);
  if (line !== undefined && !shared.some(({ number }) => number === line)) {
    throw new OperationError('conflict', 'In this room only lines of the same control room can be used: all see it.');
  }
  await parts.choices.set(room, 'line', line, room);
  await parts.live?.showLine(room, line ?? usual);
}

/** @throws OperationError for what is none of theirs, or could be several */
async function ownLine(parts: OperationContext['parts'], user: string, typed: string): Promise<string> {
  const lines = (await parts.lineBook()).linesOf(user).map(({ number }) => number);
  if (lines.length === 0) throw new OperationError('not-found', 'You have no number of your own.');
  const found = lines.filter((number) => isMeant(typed, number));
  const [number] = found;
  if (number !== undefined && found.length === 1) return number;
  const why = found.length > 1 ? 'More than one of your numbers ends like that' : 'That is none of your numbers';
  throw new OperationError('not-found', `${why}: ${lines.join(', ')}.`);
}

/** Written in full, or the end of it, as with a national prefix in front. */
function isMeant(typed: string, number: string): boolean {
  const wanted = typed.replace(/\D/g, '').replace(/^0+/, '');
  const digits = number.replace(/\D/g, '');
  if (wanted === '') return typed === number;
  if (typed.startsWith('+')) return wanted === digits;
  return wanted === digits || (wanted.length >= 3 && digits.endsWith(wanted));
}
