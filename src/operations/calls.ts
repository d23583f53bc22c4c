/** Calls that were made and came, what they add up to, and those that go on. */
import { z } from 'zod';
import type { CallMoney, StoredRecord, Usage } from '../account/records/index.ts';
import type { LiveCall } from '../call/index.ts';
import { OperationError } from './errors.ts';
import { instant, instantOf, type Money, money, moneyOf, showMoney } from './fields.ts';
import { operation, ownOperation, type Speech } from './operation.ts';
import type { OperationParts } from './parts.ts';

const MOST = 200;
const PAGE = 10;

const call = z.object({
  callRef: z.string(),
  direction: z.enum(['out', 'in']),
  user: z.string().optional(),
  number: z.string().optional().describe('The other telephone; absent when withheld.'),
  line: z.string().optional().describe('Our number in the call.'),
  trunk: z.string().optional(),
  openedAt: instant(),
  answeredAt: instant().optional(),
  endedAt: instant().optional(),
  talkS: z.int().describe('Seconds from the answer to the end.'),
  cause: z.string().optional().describe('Why it ended, as in the records.'),
  price: money().optional(),
});

type Call = z.output<typeof call>;

function callOf(record: StoredRecord): Call {
  const {
    callRef,
    direction,
    user,
    number,
    line,
    trunk,
    openedAt,
    answeredAt,
    endedAt,
    talkMs,
    end,
    money: paid,
  } = record;
  return {
    callRef,
    direction,
    ...(user === undefined ? {} : { user }),
    ...(number === undefined ? {} : { number }),
    ...(line === undefined ? {} : { line }),
    ...(trunk === undefined ? {} : { trunk }),
    openedAt: instantOf(openedAt),
    ...(answeredAt === undefined ? {} : { answeredAt: instantOf(answeredAt) }),
    ...(endedAt === undefined ? {} : { endedAt: instantOf(endedAt) }),
    talkS: Math.round(talkMs / 1000),
    ...(end === undefined ? {} : { cause: end.cause }),
    ...(paid === undefined ? {} : { price: priceOf(paid) }),
  };
}

const priceOf = ({ price, currency }: CallMoney): Money => moneyOf(price, currency);

/** `3:05`, `1:02:03` */
export function duration(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

function callLine({ direction, number, openedAt, answeredAt, talkS, cause, price }: Call, speech: Speech): string {
  const who = number === undefined ? 'number withheld' : speech.showNumber(number);
  const what = answeredAt === undefined ? (cause ?? 'goes on') : duration(talkS);
  const paid = price === undefined ? '' : `  ${showMoney(price)}`;
  return `${speech.showTime(Date.parse(openedAt))}  ${direction === 'out' ? 'to' : 'from'} ${who}  ${what}${paid}`;
}

export const callsList = ownOperation({
  name: 'calls.list',
  summary: 'list a user’s latest calls',
  changes: false,
  input: { most: z.coerce.number().int().min(1).max(MOST).default(PAGE) },
  output: z.object({ calls: z.array(call) }),
  http: { method: 'GET', path: '/users/{user}/calls' },
  command: {
    names: ['calls', 'calls list'],
    usage: [{ arguments: '[NUMBER]', does: 'lists your latest calls', example: '20' }],
    read: ([most, ...more]) =>
      more.length > 0 || (most !== undefined && !/^\d+$/.test(most)) ? undefined : most === undefined ? {} : { most },
  },
  async run({ parts, user }, { most }) {
    return { calls: (await parts.records.list({ user }, most)).map(callOf) };
  },
  words({ calls }, speech) {
    return calls.length === 0 ? 'There were no calls yet.' : calls.map((each) => callLine(each, speech)).join('\n');
  },
});

const month = () => z.string().regex(/^\d{4}-(?:0[1-9]|1[0-2])$/, 'a month such as 2026-03');

const usage = z.object({
  user: z.string().optional(),
  month: z.string(),
  direction: z.enum(['out', 'in']),
  calls: z.int(),
  answered: z.int(),
  talkS: z.int(),
  billedS: z.int(),
  price: money().optional(),
});

function usageOf({ user, month: of, direction, calls, answered, talkMs, billedS, currency, price }: Usage) {
  return {
    ...(user === undefined ? {} : { user }),
    month: of,
    direction,
    calls,
    answered,
    talkS: Math.round(talkMs / 1000),
    billedS,
    ...(currency === undefined ? {} : { price: moneyOf(price, currency) }),
  };
}

/** @param text `2026-03`; the months of it are in UTC, as in the records */
function monthRange(text: string | undefined): { readonly from?: number; readonly until?: number } {
  if (text === undefined) return {};
  const [year = 0, number = 1] = text.split('-').map(Number);
  return { from: Date.UTC(year, number - 1), until: Date.UTC(year, number) };
}

function usageWords(sums: readonly z.output<typeof usage>[], withUser: boolean): string {
  if (sums.length === 0) return 'There were no calls.';
  return sums
    .map(({ user, month: of, direction, calls, answered, talkS, price }) => {
      const who = withUser ? `${user ?? 'taken by nobody'}  ` : '';
      const way = `${calls === 1 ? 'call' : 'calls'} ${direction === 'out' ? 'out' : 'in'}`;
      const paid = price === undefined ? '' : `, ${showMoney(price)}`;
      return `${of}  ${who}${calls} ${way}, ${answered} answered, ${duration(talkS)}${paid}`;
    })
    .join('\n');
}

export const usageShow = ownOperation({
  name: 'usage.show',
  summary: 'show what a user’s calls add up to, month by month',
  changes: false,
  input: { month: month().optional() },
  output: z.object({ usage: z.array(usage) }),
  http: { method: 'GET', path: '/users/{user}/usage' },
  command: {
    names: ['usage', 'usage show'],
    usage: [{ arguments: '[MONTH]', does: 'shows what your calls add up to', example: '2026-03' }],
    read: ([of, ...more]) => (more.length > 0 ? undefined : of === undefined ? {} : { month: of }),
  },
  async run({ parts, user }, { month: of }) {
    return { usage: (await parts.records.usage({ user, ...monthRange(of) })).map(usageOf) };
  },
  words: ({ usage: sums }) => usageWords(sums, false),
});

export const usageAll = operation({
  name: 'usage.all',
  summary: 'show what the calls of every user add up to in a month',
  access: 'read',
  changes: false,
  input: z.object({ month: month() }),
  output: z.object({ usage: z.array(usage) }),
  http: { method: 'GET', path: '/usage/{month}' },
  command: {
    names: ['usage all'],
    usage: [{ arguments: 'MONTH', does: 'shows what everybody’s calls add up to', example: '2026-03' }],
    read: ([of, ...more]) => (of === undefined || more.length > 0 ? undefined : { month: of }),
  },
  async run({ parts }, { month: of }) {
    return { usage: (await parts.records.usage(monthRange(of))).map(usageOf) };
  },
  words: ({ usage: sums }) => usageWords(sums, true),
});

const going = z.object({
  callRef: z.string(),
  direction: z.enum(['out', 'in', 'joined']).describe('`joined`: two telephones that were put through to each other.'),
  phase: z.string(),
  user: z.string().optional(),
  roomId: z.string().optional(),
  number: z.string().optional(),
  called: z.string().optional(),
  trunk: z.string().optional(),
  since: instant(),
  answeredAt: instant().optional(),
  isEmergency: z.boolean(),
});

const goingOf = ({ since, answeredAt, isEmergency, ...rest }: LiveCall): z.output<typeof going> => ({
  ...rest,
  since: instantOf(since),
  ...(answeredAt === undefined ? {} : { answeredAt: instantOf(answeredAt) }),
  isEmergency: isEmergency === true,
});

export function liveOf(parts: OperationParts): NonNullable<OperationParts['live']> {
  if (parts.live === undefined) throw new OperationError('unavailable', 'Only a gateway that runs can do this.');
  return parts.live;
}

export const callsLive = operation({
  name: 'calls.live',
  summary: 'list the calls that go on',
  access: 'read',
  changes: false,
  live: true,
  input: z.object({}),
  output: z.object({ calls: z.array(going) }),
  http: { method: 'GET', path: '/calls' },
  command: {
    names: ['calls live'],
    usage: [{ arguments: '', does: 'lists the calls that go on', example: '' }],
    read: (words) => (words.length === 0 ? {} : undefined),
  },
  async run({ parts }) {
    return { calls: liveOf(parts).calls().map(goingOf) };
  },
  words({ calls }, { showNumber, showTime }) {
    if (calls.length === 0) return 'No calls go on.';
    return calls
      .map(({ callRef, direction, user = 'nobody yet', number, trunk, since, answeredAt }) => {
        const who = number === undefined ? 'number withheld' : showNumber(number);
        const way = direction === 'in' ? `${who} to ${user}` : `${user} to ${who}`;
        const state = answeredAt === undefined ? 'rings' : 'talks';
        return `${callRef}  ${way}${trunk === undefined ? '' : ` by ${trunk}`}, ${state}, since ${showTime(Date.parse(since))}`;
      })
      .join('\n');
  },
});

export const callsEnd = operation({
  name: 'calls.end',
  summary: 'end a call that goes on',
  access: 'administrator',
  changes: true,
  live: true,
  input: z.object({ call: z.string().min(1).max(100).describe('The reference of the call.') }),
  output: z.object({ call: z.string() }),
  http: { method: 'DELETE', path: '/calls/{call}' },
  command: {
    names: ['calls end'],
    usage: [{ arguments: 'CALL', does: 'ends a call; “calls live” shows which there are', example: 'call-1a2b3c' }],
    read: ([ref, ...more]) => (ref === undefined || more.length > 0 ? undefined : { call: ref }),
  },
  async run({ parts }, { call: ref }) {
    const done = liveOf(parts).endCall(ref);
    if (done === 'unknown') throw new OperationError('not-found', `There is no call ${ref} that goes on.`);
    if (done === 'emergency')
      throw new OperationError('conflict', 'That is an emergency call: it is not ended from here.');
    return { call: ref };
  },
  words: ({ call: ref }) => `The call ${ref} was ended.`,
});
