/** Lines: whose numbers are whose, and which one is shown. */
import { z } from 'zod';
import type { BookedExtension, BookedLine } from '../account/index.ts';
import type { LineName } from '../account/lines/ports.ts';
import type { MatrixUserId, RoomId } from '../matrix/index.ts';
import { OperationError } from './errors.ts';
import { roomId, USER_ID, userId } from './fields.ts';
import { readNumber, splitNumber } from './numbers.ts';
import { actorOf, type OperationContext, operation, ownOperation } from './operation.ts';
import { trunkNames } from './trunks.ts';

const line = z.object({
  number: z.string().describe('In E.164, or an extension.'),
  trunk: z.string().optional(),
  name: z.string().optional(),
  users: z.array(z.string()).describe('Who has it: Matrix IDs and patterns; empty where a room has it.'),
  room: z.string().optional().describe('The control room whose members share it.'),
  isLinked: z.boolean().describe('Given by `link`; else by the configuration.'),
});

type Line = z.output<typeof line>;

function lineOf({ number, trunk, name, users, controlRoom, isLinked }: BookedLine): Line {
  return {
    number,
    ...(trunk === undefined ? {} : { trunk }),
    ...(name === undefined ? {} : { name }),
    users: [...users.named],
    ...(controlRoom === undefined ? {} : { room: controlRoom }),
    isLinked: isLinked === true,
  };
}

function extensionOf({ extension, trunk, name, user, controlRoom, isLinked }: BookedExtension): Line {
  return {
    number: extension,
    trunk,
    ...(name === undefined ? {} : { name }),
    users: user === undefined ? [] : [user],
    ...(controlRoom === undefined ? {} : { room: controlRoom }),
    isLinked: isLinked === true,
  };
}

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
    const chosen = (await choice(parts, user, 'line', room)) ?? own[0]?.number;
    return {
      lines: [...own, ...(extension === undefined ? [] : [extensionOf(extension)])].map((each) => ({
        ...each,
        isUsed: each.number === chosen,
      })),
      withheld: (await choice(parts, user, 'withhold', room)) === 'on',
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

async function choice(
  { choices }: OperationContext['parts'],
  user: string,
  name: string,
  room: string | undefined,
): Promise<string | undefined> {
  return (room === undefined ? undefined : await choices.get(user, name, room)) ?? (await choices.get(user, name));
}

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

export const lineWithhold = ownOperation({
  name: 'lines.withhold',
  summary: 'hide a user’s number from those they call, or show it',
  changes: true,
  input: { withhold: z.enum(['on', 'off']), room: roomId().optional().describe('In this chat alone.') },
  output: z.object({ withhold: z.enum(['on', 'off']), room: z.string().optional() }),
  http: { method: 'PUT', path: '/users/{user}/withhold' },
  command: {
    names: ['line withhold', 'lines withhold'],
    usage: [
      { arguments: 'on|off', does: 'hides your number from those you call; “off” shows it again', example: 'on' },
    ],
    read([value, ...more], { chat }) {
      const withhold = value?.toLowerCase();
      if (more.length > 0 || (withhold !== 'on' && withhold !== 'off')) return undefined;
      return { withhold, ...(chat === undefined ? {} : { room: chat }) };
    },
  },
  async run({ parts, user }, { withhold, room }) {
    await parts.choices.set(user, 'withhold', withhold, room);
    return { withhold, ...(room === undefined ? {} : { room }) };
  },
  words({ withhold, room }) {
    const where = room === undefined ? '' : ' in this chat';
    return `The number is ${withhold === 'on' ? 'withheld' : 'shown'}${where} from now on.`;
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

const LINK = {
  number: z.string().min(1).max(64).describe('In E.164, or an extension with its trunk.'),
  trunk: z.string().max(64).optional().describe('Of an extension always; of a number where others must not show it.'),
};

export const lineLink = operation({
  name: 'lines.link',
  summary: 'give a line to a user, or to a control room whose members share it',
  access: 'administrator',
  changes: true,
  input: z.object({
    ...LINK,
    user: userId().optional(),
    room: roomId().optional().describe('In place of a user: the control room.'),
    name: z.string().trim().min(1).max(80).optional().describe('As those who are called see it.'),
  }),
  output: z.object({ line, before: z.string().optional().describe('Who had it by a link.') }),
  http: { method: 'PUT', path: '/lines/{number}' },
  command: {
    names: ['link', 'lines link'],
    usage: [
      { arguments: 'NUMBER USER', does: 'gives a number to somebody', example: '+441632960000 @alice:example.org' },
      {
        arguments: 'NUMBER here',
        does: 'written in a room: its members share the number from now on',
        example: '+441632960000 here',
      },
      {
        arguments: 'NUMBER USER|ROOM|here [at TRUNK] [as NAME]',
        does: 'the same with the trunk, which an extension needs, and the name that is shown',
        example: '201 @alice:example.org at office as Alice Example',
      },
    ],
    read: (_words, { rest, room }) => readLink(rest, room),
  },
  async run({ parts, caller }, { user, room, name, ...of }) {
    if ((user === undefined) === (room === undefined)) {
      throw new OperationError('invalid', 'A line belongs to a user, or to a room: give one of both.');
    }
    const named = await lineName(parts, of, caller.kind === 'user' ? caller.user : undefined);
    const owner =
      user === undefined
        ? ({ kind: 'room', room: room as RoomId } as const)
        : ({ kind: 'user', user: user as MatrixUserId } as const);
    const linked = { ...named, owner, linkedAt: parts.now(), linkedBy: actorOf(caller) };
    const before = await parts.lines.link({ ...linked, ...(name === undefined ? {} : { name }) });
    await parts.changed('lines');
    return {
      line: {
        ...named,
        ...(name === undefined ? {} : { name }),
        users: user === undefined ? [] : [user],
        ...(room === undefined ? {} : { room }),
        isLinked: true,
      },
      ...(before === undefined ? {} : { before: before.owner.kind === 'user' ? before.owner.user : before.owner.room }),
    };
  },
  words({ line: { number, users, room }, before }, { showNumber }) {
    const owner = room === undefined ? `belongs to ${users.join(', ')}` : 'belongs to the members of the room';
    const had = before === undefined || before === (room ?? users[0]) ? '' : ` Before, ${before} had it.`;
    return `${showNumber(number)} ${owner} from now on.${had}`;
  },
});

/** `+44 1632 960000 @alice:example.org at office as Alice`; without an owner it is the room in which it is written. */
function readLink(text: string, room: string | undefined): Readonly<Record<string, unknown>> | undefined {
  const split = splitNumber(text);
  if (split === undefined) return undefined;
  const found = /^(\S+)?(?:\s*\bat\s+(\S+))?(?:\s*\bas\s+(.+))?$/iu.exec(split.rest);
  if (found === null) return undefined;
  const [, who, trunk, name] = found;
  const more = { ...(trunk === undefined ? {} : { trunk }), ...(name === undefined ? {} : { name }) };
  if (who !== undefined && USER_ID.test(who)) return { number: split.number, user: who, ...more };
  if (who?.startsWith('!')) return { number: split.number, room: who, ...more };
  if (who !== undefined && who.toLowerCase() !== 'here') return undefined;
  if (room === undefined) {
    throw new OperationError(
      'invalid',
      'To whom? Give a Matrix ID, or write it in the room whose members are to share it.',
    );
  }
  return { number: split.number, room, ...more };
}

/** @throws OperationError */
async function lineName(
  parts: OperationContext['parts'],
  { number, trunk }: { readonly number: string; readonly trunk?: string | undefined },
  reader: string | undefined,
): Promise<LineName> {
  if (trunk !== undefined && !parts.trunks.some(({ name }) => name === trunk)) {
    throw new OperationError('not-found', `There is no trunk ${trunk}; there are: ${trunkNames(parts)}.`);
  }
  const { target, meaning } = await readNumber(parts, number, reader);
  if (meaning.kind !== 'e164' && trunk === undefined) {
    throw new OperationError('invalid', `${number} is no number of the public network: an extension needs its trunk.`);
  }
  return { number: target, ...(trunk === undefined ? {} : { trunk }) };
}

export const lineUnlink = operation({
  name: 'lines.unlink',
  summary: 'take a line away again; what the configuration says of it holds',
  access: 'administrator',
  changes: true,
  input: z.object(LINK),
  output: z.object({ number: z.string(), before: z.string() }),
  http: { method: 'DELETE', path: '/lines/{number}' },
  command: {
    names: ['unlink', 'lines unlink'],
    usage: [
      { arguments: 'NUMBER', does: 'takes a number away again', example: '+441632960000' },
      { arguments: 'NUMBER at TRUNK', does: 'takes an extension away again', example: '201 at office' },
    ],
    read(_words, { rest }) {
      const split = splitNumber(rest);
      const found = /^(?:at\s+(\S+))?$/iu.exec(split?.rest ?? '');
      if (split === undefined || found === null) return undefined;
      return { number: split.number, ...(found[1] === undefined ? {} : { trunk: found[1] }) };
    },
  },
  async run({ parts, caller }, of) {
    const named = await lineName(parts, of, caller.kind === 'user' ? caller.user : undefined);
    const before = await parts.lines.unlink(named);
    await parts.changed('lines');
    if (before === undefined) {
      throw new OperationError(
        'not-found',
        `${named.number} was linked to nobody. What the configuration gives is taken there.`,
      );
    }
    return { number: named.number, before: before.owner.kind === 'user' ? before.owner.user : before.owner.room };
  },
  words: ({ number, before }, { showNumber }) => `${showNumber(number)} does not belong to ${before} any more.`,
});
