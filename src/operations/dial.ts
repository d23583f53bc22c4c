/** Chats with numbers, and what would become of a call. */
import { z } from 'zod';
import { type Decided, englishCatalogue, gatewayRows } from '../call/index.ts';
import { inWords } from '../room/index.ts';
import { liveOf } from './calls.ts';
import { OperationError } from './errors.ts';
import { money, moneyOf, roomId, showMoney, USER_ID, userId } from './fields.ts';
import { readNumber, sharedLine } from './numbers.ts';
import { operation, ownOperation } from './operation.ts';

export const dial = ownOperation({
  name: 'chats.open',
  summary: 'open the chat of a user with a number, from which they call and write',
  changes: true,
  live: true,
  input: {
    number: z.string().min(1).max(255).describe('As it is dialled.'),
    room: roomId().optional().describe('The control room whose line is used.'),
  },
  output: z.object({ number: z.string(), room: z.string(), link: z.string(), name: z.string(), isJoined: z.boolean() }),
  http: { method: 'POST', path: '/users/{user}/chats' },
  command: {
    names: ['dial', 'chats open'],
    usage: [
      { arguments: 'NUMBER', does: 'opens the chat with a number; call or write from there', example: '+447700900123' },
    ],
    read: (words, { rest, room }) =>
      words.length === 0 ? undefined : { number: rest, ...(room === undefined ? {} : { room }) },
  },
  async run({ parts, user }, { number, room }) {
    const live = liveOf(parts);
    const { target, meaning } = await readNumber(parts, number, user, room);
    if (meaning.kind === 'emergency') {
      // A chat would promise what only a call that is made now may keep.
      throw new OperationError(
        'conflict',
        'For an emergency use a mobile phone or a landline, or dial it on the dial pad.',
      );
    }
    const dialled = meaning.kind === 'e164' ? target : number.trim();
    const line = room !== undefined && parts.isMember(user, room) ? await sharedLine(parts, room) : undefined;
    const { roomId: chat, link, name, isJoined } = await live.chatWith(user, dialled, line);
    return { number: target, room: chat, link, name, isJoined };
  },
  words({ link, name, isJoined }) {
    return `${name}: ${link}${isJoined ? '' : ' You were invited there.'}`;
  },
});

const verdict = z.object({
  number: z.string(),
  isAllowed: z.boolean(),
  why: z.string().optional().describe('What the user would read, where it is refused.'),
  admin: z.string().optional(),
  staysInside: z.boolean().describe('The number is one of our own: no trunk is used.'),
  routes: z.array(
    z.object({
      trunk: z.string(),
      target: z.string(),
      callerId: z.string().describe('What the called party sees; `anonymous` is withheld.'),
      perMinute: money().optional(),
      rate: z.string().optional(),
    }),
  ),
});

export const callsTest = operation({
  name: 'calls.test',
  summary:
    'show what would become of a call: what the number means, which caller ID is shown, by which trunks it goes, at what price',
  access: 'read',
  changes: false,
  live: true,
  input: z.object({
    user: userId(),
    number: z.string().min(1).max(255).describe('As it is dialled.'),
    room: roomId().optional(),
  }),
  output: verdict,
  http: { method: 'GET', path: '/users/{user}/calls/test' },
  command: {
    names: ['callerid', 'calls test'],
    usage: [
      {
        arguments: 'USER NUMBER',
        does: 'shows which number somebody would show, by which trunks the call would go, and why not',
        example: '@alice:example.org 07700 900123',
      },
    ],
    read([user, ...number]) {
      if (user === undefined || !USER_ID.test(user) || number.length === 0) return undefined;
      return { user, number: number.join(' ') };
    },
  },
  async run({ parts }, { user, number, room }) {
    const live = liveOf(parts);
    const { target } = await readNumber(parts, number, user, room);
    return { number: target, ...verdictOf(await live.tryCall(user, number, room)) };
  },
  words({ number, isAllowed, why, admin, staysInside, routes }, { showNumber }) {
    const of = showNumber(number);
    if (!isAllowed) return `${of}: refused. The user reads: ${why ?? ''}${admin === undefined ? '' : ` (${admin})`}`;
    if (staysInside) return `${of}: one of our own numbers, the call stays inside.`;
    const lines = routes.map(({ trunk, target, callerId, perMinute, rate }, index) => {
      const price = perMinute === undefined ? '' : `, ${showMoney(perMinute)} a minute (${rate})`;
      return `${index + 1}. ${trunk}: ${target}, shown as ${callerId}${price}`;
    });
    return [`${of}: the call would go.`, ...lines].join('\n');
  },
});

function verdictOf(decided: Decided): Omit<z.output<typeof verdict>, 'number'> {
  if (decided.kind === 'not-ours') return { isAllowed: false, staysInside: false, routes: [] };
  if (decided.kind === 'refuse') {
    const { sentence } = gatewayRows[decided.cause];
    const why = sentence === undefined ? undefined : inWords({ key: sentence }, decided.params ?? {}, englishCatalogue);
    const { admin } = decided;
    return {
      isAllowed: false,
      ...(why === undefined ? {} : { why }),
      ...(admin === undefined ? {} : { admin }),
      staysInside: false,
      routes: [],
    };
  }
  if (decided.kind === 'inside') return { isAllowed: true, staysInside: true, routes: [] };
  const routes = decided.plan.routes.map(({ trunk, target, callerId, tariff }) => ({
    trunk,
    target,
    callerId: callerId ?? 'the trunk’s own number',
    ...(tariff === undefined
      ? {}
      : { perMinute: moneyOf(tariff.price.perMinute, tariff.price.currency), rate: tariff.rate }),
  }));
  return { isAllowed: true, staysInside: false, routes };
}
