/** What users want of calls to them: not to be disturbed, calls forwarded, callers blocked or always let through. */
import { z } from 'zod';
import type { PreferenceOwner } from '../account/lines/ports.ts';
import type { MatrixUserId } from '../matrix/index.ts';
import { OperationError } from './errors.ts';
import { instant, instantOf, roomId } from './fields.ts';
import { readNumber, rulesFor } from './numbers.ts';
import { type OwnContext, ownOperation } from './operation.ts';

const ROOM = {
  room: roomId().optional().describe('The control room whose lines are meant; in place of the user’s own.'),
};

/** Written in a room: that one is meant, where it is a control room. */
const inRoom = (room: string | undefined) => (room === undefined ? {} : { room });

/** Whose preferences are meant. @throws OperationError where the user may not speak for the room */
async function ownerOf({ parts, caller, user }: OwnContext, room: string | undefined): Promise<PreferenceOwner> {
  if (room === undefined) return user as MatrixUserId;
  const { lines, extensions } = await parts.lineBook();
  if (![...lines, ...extensions].some(({ controlRoom }) => controlRoom === room)) return user as MatrixUserId;
  const isTrusted = caller.kind !== 'user' || caller.isAdministrator;
  if (!isTrusted && !parts.isMember(user, room)) {
    throw new OperationError('forbidden', 'Only members of the room may say that for its lines.');
  }
  return room as PreferenceOwner;
}

const scope = () => z.string().describe('The user, or the control room.');

const whoseCalls = (owner: string, isOwn: boolean): string =>
  owner.startsWith('!') ? 'calls to the lines of this room' : isOwn ? 'calls to you' : `calls to ${owner}`;

const LONGEST_MINUTES = 60 * 24 * 31;

export const dndSet = ownOperation({
  name: 'dnd.set',
  summary: 'let no call ring, for a while or until it is taken back',
  changes: true,
  input: {
    state: z.enum(['on', 'off']),
    minutes: z.coerce
      .number()
      .int()
      .min(1)
      .max(LONGEST_MINUTES)
      .optional()
      .describe('So long; by default until it is taken back.'),
    ...ROOM,
  },
  output: z.object({ owner: scope(), state: z.enum(['on', 'off']), until: instant().optional() }),
  http: { method: 'PUT', path: '/users/{user}/dnd' },
  command: {
    names: ['dnd', 'dnd set'],
    usage: [
      { arguments: 'on', does: 'no call rings until “dnd off”', example: 'on' },
      { arguments: 'TIME', does: 'no call rings for so long: minutes, or hours with an h', example: '2h' },
      { arguments: 'off', does: 'calls ring again', example: 'off' },
    ],
    read([value, ...more], { room }) {
      if (value === undefined || more.length > 0) return undefined;
      const said = value.toLowerCase();
      if (said === 'on' || said === 'off') return { state: said, ...inRoom(room) };
      const [, count, unit = 'm'] = /^(\d{1,5})(m|min|h)?$/.exec(said) ?? [];
      if (count === undefined) return undefined;
      return { state: 'on', minutes: Number(count) * (unit === 'h' ? 60 : 1), ...inRoom(room) };
    },
  },
  async run(context, { state, minutes, room }) {
    const { parts } = context;
    const owner = await ownerOf(context, room);
    const until = minutes === undefined ? {} : { until: parts.now() + minutes * 60_000 };
    await parts.preferences.setDnd(owner, state === 'on' ? until : undefined);
    await parts.changed('preferences');
    return { owner, state, ...(until.until === undefined || state === 'off' ? {} : { until: instantOf(until.until) }) };
  },
  words({ owner, state, until }, { isOwn, showTime }) {
    const calls = whoseCalls(owner, isOwn);
    if (state === 'off') return `From now on ${calls} ring.`;
    const how = until === undefined ? 'until “dnd off”' : `until ${showTime(Date.parse(until))}`;
    return `From now on ${calls} do not ring, ${how}. Numbers that are always let through still do.`;
  },
});

export const forwardSet = ownOperation({
  name: 'forward.set',
  summary: 'send calls on to another number: all of them, or those that nobody takes',
  changes: true,
  input: {
    to: z.string().min(1).max(64).describe('The number; `off` ends it.'),
    when: z.enum(['always', 'unanswered']).default('always'),
    ...ROOM,
  },
  output: z.object({ owner: scope(), to: z.string().optional(), when: z.enum(['always', 'unanswered']).optional() }),
  http: { method: 'PUT', path: '/users/{user}/forward' },
  command: {
    names: ['forward', 'forward set'],
    usage: [
      { arguments: 'NUMBER', does: 'sends all calls on to this number, at your price', example: '+447700900123' },
      { arguments: 'NUMBER unanswered', does: 'sends those on that nobody takes', example: '+447700900123 unanswered' },
      { arguments: 'off', does: 'ends that', example: 'off' },
    ],
    read(words, { room }) {
      const last = words.at(-1)?.toLowerCase();
      const when = last === 'unanswered' || last === 'always' ? last : undefined;
      const to = (when === undefined ? words : words.slice(0, -1)).join(' ');
      if (to === '') return undefined;
      return { to, ...(when === undefined ? {} : { when }), ...inRoom(room) };
    },
  },
  async run(context, { to, when, room }) {
    const { parts, user } = context;
    const owner = await ownerOf(context, room);
    const isOff = to.toLowerCase() === 'off';
    const target = isOff ? undefined : await forwardTarget(context, to, room);
    await parts.preferences.setForward(
      owner,
      target === undefined ? undefined : { when, to: target, by: user as MatrixUserId },
    );
    await parts.changed('preferences');
    return { owner, ...(target === undefined ? {} : { to: target, when }) };
  },
  words({ owner, to, when }, { isOwn, showNumber }) {
    const calls = whoseCalls(owner, isOwn);
    if (to === undefined) return `From now on ${calls} are not forwarded.`;
    const which = when === 'unanswered' ? `${calls} that nobody takes` : calls;
    return `From now on ${which} are forwarded to ${showNumber(to)}, ${isOwn ? 'as calls of yours, at your price' : 'in the name and at the price of who asked for it'}.`;
  },
});

async function forwardTarget({ parts, user }: OwnContext, text: string, room: string | undefined): Promise<string> {
  const { target, meaning } = await readNumber(parts, text, user, room);
  if (meaning.kind === 'emergency')
    throw new OperationError('invalid', 'Calls cannot be forwarded to an emergency number.');
  const own = (await parts.lineBook()).linesOf(user).some(({ number }) => number === target);
  if (own) throw new OperationError('conflict', 'That is your own number: the call would go round in circles.');
  return target;
}

const WITHHELD = 'withheld';

const rule = z.object({ caller: z.string(), verdict: z.enum(['block', 'allow']) });

/** A number, a beginning of numbers with a `*` at its end, or `withheld`. */
async function callerOf({ parts, user }: OwnContext, text: string, room: string | undefined): Promise<string> {
  const said = text.trim();
  if (said.toLowerCase() === WITHHELD) return WITHHELD;
  if (!said.endsWith('*')) return (await readNumber(parts, said, user, room)).target;
  const beginning = said.slice(0, -1).replace(/[\s().\-/]/g, '');
  if (/^\+\d{1,14}$/.test(beginning)) return `${beginning}*`;
  if (/^00\d{1,14}$/.test(beginning)) return `+${beginning.slice(2)}*`;
  const { region } = await rulesFor(parts, user, room);
  throw new OperationError(
    'invalid',
    `Write a beginning with its country code, such as +44906* (you are in ${region}).`,
  );
}

function screening(verdict: 'block' | 'allow') {
  const does = verdict === 'block' ? 'blocks a caller' : 'lets a caller through, also when you are not to be disturbed';
  return ownOperation({
    name: verdict === 'block' ? 'callers.block' : 'callers.allow',
    summary:
      verdict === 'block'
        ? 'block a caller: their calls do not ring and their texts do not come'
        : 'let a caller through, whatever else is blocked, also when the user is not to be disturbed',
    changes: true,
    input: {
      caller: z.string().min(1).max(64).describe('A number, a beginning such as `+44906*`, or `withheld`.'),
      remove: z.boolean().default(false).describe('Takes that back.'),
      ...ROOM,
    },
    output: z.object({ owner: scope(), caller: z.string(), removed: z.boolean(), changed: z.boolean() }),
    http: { method: 'POST', path: `/users/{user}/callers/${verdict}` },
    command: {
      names: [verdict, `callers ${verdict}`],
      usage: [
        { arguments: 'NUMBER', does, example: '+447700900123' },
        {
          arguments: 'BEGINNING*|withheld',
          does: `${verdict === 'block' ? 'blocks' : 'lets through'} all numbers that begin so, or callers who hide theirs`,
          example: verdict === 'block' ? 'withheld' : '+4420*',
        },
        { arguments: 'remove NUMBER', does: 'takes that back', example: 'remove +447700900123' },
      ],
      read(words, { room }) {
        const remove = words[0]?.toLowerCase() === 'remove';
        const caller = (remove ? words.slice(1) : words).join(' ');
        if (caller === '') return undefined;
        return { caller, ...(remove ? { remove } : {}), ...inRoom(room) };
      },
    },
    async run(context, { caller: text, remove, room }) {
      const { parts } = context;
      const owner = await ownerOf(context, room);
      const caller = await callerOf(context, text, room);
      const { screening: rules } = await parts.preferences.get(owner);
      const has = rules.find((each) => each.caller === caller)?.verdict === verdict;
      // “block remove” leaves alone what is allowed.
      const changed = remove
        ? has && (await parts.preferences.screen(owner, caller, undefined))
        : await parts.preferences.screen(owner, caller, verdict);
      await parts.changed('preferences');
      return { owner, caller, removed: remove, changed };
    },
    words({ caller, removed, changed }, { showNumber }) {
      const who =
        caller === WITHHELD ? 'Callers who hide their number' : caller.endsWith('*') ? caller : showNumber(caller);
      const is = caller === WITHHELD ? 'are' : 'is';
      const what = verdict === 'block' ? 'blocked' : 'always let through';
      if (removed) return changed ? `${who} ${is} not ${what} any more.` : `${who} ${is} not ${what}.`;
      return changed ? `${who} ${is} ${what} from now on.` : `${who} ${is} ${what} already.`;
    },
  });
}

export const callersBlock = screening('block');
export const callersAllow = screening('allow');

export const preferencesShow = ownOperation({
  name: 'preferences.show',
  summary: 'show who is blocked or let through, whether calls are forwarded, whether they ring',
  changes: false,
  input: ROOM,
  output: z.object({
    owner: scope(),
    dnd: z.object({ until: instant().optional() }).optional(),
    forward: z.object({ to: z.string(), when: z.enum(['always', 'unanswered']) }).optional(),
    callers: z.array(rule),
  }),
  http: { method: 'GET', path: '/users/{user}/preferences' },
  command: {
    names: ['preferences', 'preferences show'],
    usage: [{ arguments: '', does: 'shows whom you block, where calls are forwarded, whether they ring', example: '' }],
    read: (words, { room }) => (words.length > 0 ? undefined : inRoom(room)),
  },
  async run(context, { room }) {
    const owner = await ownerOf(context, room);
    const { dnd, forward, screening: callers } = await context.parts.preferences.get(owner);
    const isOver = dnd?.until !== undefined && dnd.until <= context.parts.now();
    return {
      owner,
      ...(dnd === undefined || isOver ? {} : { dnd: dnd.until === undefined ? {} : { until: instantOf(dnd.until) } }),
      ...(forward === undefined ? {} : { forward: { to: forward.to, when: forward.when } }),
      callers: callers.map((each) => ({ ...each })),
    };
  },
  words({ owner, dnd, forward, callers }, { isOwn, showNumber, showTime }) {
    const calls = whoseCalls(owner, isOwn);
    const until = dnd?.until === undefined ? '' : ` until ${showTime(Date.parse(dnd.until))}`;
    const shown = (caller: string) => (/[*]$|^withheld$/.test(caller) ? caller : showNumber(caller));
    const list = (verdict: 'block' | 'allow') =>
      callers
        .filter((each) => each.verdict === verdict)
        .map(({ caller }) => shown(caller))
        .join(', ');
    const upper = `${calls.charAt(0).toUpperCase()}${calls.slice(1)}`;
    return [
      dnd === undefined ? `${upper} ring.` : `${upper} do not ring${until}.`,
      forward === undefined
        ? 'None is forwarded.'
        : `${forward.when === 'always' ? 'All are' : 'Those that nobody takes are'} forwarded to ${showNumber(forward.to)}.`,
      `Blocked: ${list('block') || 'nobody'}.`,
      `Always let through: ${list('allow') || 'nobody'}.`,
    ].join('\n');
  },
});
