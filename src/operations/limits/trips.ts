/** Who ran into a limit, and lifting what blocks them. */
import { z } from 'zod';
import { LIMIT_NAMES, type LimitName, type Trip } from '../../account/limits/index.ts';
import { micros } from '../../money.ts';
import { instant, instantOf, moneyOf, showMoney, USER_ID, userId } from '../fields.ts';
import { actorOf, operation, type Speech } from '../operation.ts';
import type { OperationParts } from '../parts.ts';

export const trip = z.object({
  user: z.string(),
  limit: z.enum(LIMIT_NAMES),
  allowed: z.string(),
  actual: z.string(),
  call: z.string().optional(),
  at: instant(),
  lastAt: instant(),
  times: z.int(),
  until: instant().describe('When it is over by itself.'),
  liftedAt: instant().optional(),
  liftedBy: z.string().optional(),
});

const MONEY: ReadonlySet<string> = new Set<LimitName>(['spend-per-day', 'price-per-minute']);

export function tripOf(
  { user, limit, allowed, actual, callRef, at, lastAt, times, until, liftedAt, liftedBy }: Trip,
  parts: OperationParts,
): z.output<typeof trip> {
  // Money is kept in micros there.
  const shown = (value: string) =>
    MONEY.has(limit) && /^-?\d+$/.test(value)
      ? showMoney(moneyOf(micros(Number(value)), parts.ledger.currency))
      : value;
  return {
    user,
    limit,
    allowed: shown(allowed),
    actual: shown(actual),
    ...(callRef === undefined ? {} : { call: callRef }),
    at: instantOf(at),
    lastAt: instantOf(lastAt),
    times,
    until: instantOf(until),
    ...(liftedAt === undefined ? {} : { liftedAt: instantOf(liftedAt) }),
    ...(liftedBy === undefined ? {} : { liftedBy }),
  };
}

export function tripLine(
  { user, limit, allowed, actual, lastAt, times, until, liftedAt, liftedBy }: z.output<typeof trip>,
  { showTime }: Speech,
) {
  const often = times > 1 ? `, ${times} times` : '';
  const over = liftedAt === undefined ? `until ${showTime(Date.parse(until))}` : `lifted by ${liftedBy}`;
  return `${user}  ${limit}: ${actual} where ${allowed} is allowed${often}, last ${showTime(Date.parse(lastAt))}; ${over}`;
}

export const limitsTrips = operation({
  name: 'limits.trips',
  summary: 'list who ran into a limit, the latest first',
  access: 'read',
  changes: false,
  input: z.object({
    user: userId().optional(),
    most: z.coerce.number().int().min(1).max(200).default(20),
  }),
  output: z.object({ trips: z.array(trip) }),
  http: { method: 'GET', path: '/limits/trips' },
  command: {
    names: ['limit trips', 'limits trips'],
    usage: [{ arguments: '[USER]', does: 'lists who ran into a limit', example: '@alice:example.org' }],
    read([user, ...more]) {
      if (more.length > 0 || (user !== undefined && !USER_ID.test(user))) return undefined;
      return user === undefined ? {} : { user };
    },
  },
  async run({ parts }, { user, most }) {
    return { trips: (await parts.trips.list(most, user)).map((each) => tripOf(each, parts)) };
  },
  words: ({ trips }, speech) =>
    trips.length === 0 ? 'Nobody ran into a limit.' : trips.map((each) => tripLine(each, speech)).join('\n'),
});

export const limitsLift = operation({
  name: 'limits.lift',
  summary: 'lift what blocks a user: what they did before is not counted any more',
  access: 'administrator',
  changes: true,
  input: z.object({ user: userId(), limit: z.enum(LIMIT_NAMES).optional().describe('By default all of them.') }),
  output: z.object({ user: z.string(), limit: z.string().optional(), lifted: z.array(trip) }),
  http: { method: 'POST', path: '/users/{user}/limits/lift' },
  command: {
    names: ['limit lift', 'limits lift'],
    usage: [
      { arguments: 'USER', does: 'lifts every limit that blocks somebody', example: '@alice:example.org' },
      { arguments: 'USER LIMIT', does: 'lifts one of them', example: '@alice:example.org calls-per-hour' },
    ],
    read([user, limit, ...more]) {
      if (user === undefined || !USER_ID.test(user) || more.length > 0) return undefined;
      return { user, ...(limit === undefined ? {} : { limit: limit.toLowerCase().replaceAll('_', '-') }) };
    },
  },
  async run({ parts, caller }, { user, limit }) {
    const lifted = await (await parts.limits()).lift(user, limit, actorOf(caller), parts.now());
    return {
      user,
      ...(limit === undefined ? {} : { limit }),
      lifted: lifted.map((each) => tripOf(each, parts)),
    };
  },
  words({ user, limit, lifted }) {
    const which = lifted.map((each) => each.limit).join(', ');
    if (lifted.length > 0) return `Lifted for ${user}: ${which}. Calls go again.`;
    return `Nothing blocked ${user}. What they did before is not counted any more${limit === undefined ? '' : ` for ${limit}`}.`;
  },
});
