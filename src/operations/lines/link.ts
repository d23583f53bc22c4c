/** Lines that administrators give to users and to control rooms, and take away again. */
import { z } from 'zod';
import type { LineName } from '../../account/lines/ports.ts';
import type { MatrixUserId, RoomId } from '../../matrix/index.ts';
import { OperationError } from '../errors.ts';
import { roomId, USER_ID, userId } from '../fields.ts';
import { readNumber, splitNumber } from '../numbers.ts';
import { actorOf, type OperationContext, operation } from '../operation.ts';
import { trunkNames } from '../trunks.ts';
import { line } from './line.ts';

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
