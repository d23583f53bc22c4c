/** Limits against fraud: what holds for whom, who ran into one, and lifting it. */
import { z } from 'zod';
import {
  type DestinationClass,
  LIMIT_NAMES,
  type LimitName,
  type Trip,
  type UserLimits,
} from '../account/limits/index.ts';
import { type Micros, micros } from '../money.ts';
import { OperationError } from './errors.ts';
import { instant, instantOf, moneyOf, readAmount, showMoney, USER_ID, userId } from './fields.ts';
import { actorOf, operation, ownOperation, type Speech } from './operation.ts';
import type { OperationParts } from './parts.ts';

/** The limits by the names of the configuration. `money`: an amount; the others are counts. */
const LIMITS = {
  price_per_minute: { field: 'pricePerMinute', isMoney: true, words: 'price of a minute' },
  spend_per_day: { field: 'spendPerDay', isMoney: true, words: 'spent in a day' },
  minutes_per_day: { field: 'minutesPerDay', isMoney: false, words: 'minutes in a day' },
  calls_per_minute: { field: 'callsPerMinute', isMoney: false, words: 'calls in a minute' },
  calls_per_hour: { field: 'callsPerHour', isMoney: false, words: 'calls in an hour' },
  numbers_per_hour: { field: 'numbersPerHour', isMoney: false, words: 'different numbers in an hour' },
  countries_per_hour: { field: 'countriesPerHour', isMoney: false, words: 'different countries in an hour' },
  call_s: { field: 'callS', isMoney: false, words: 'seconds of one call' },
  calls: { field: 'callsAtOnce', isMoney: false, words: 'calls at the same time' },
} as const;

type Counted = keyof typeof LIMITS;
const COUNTED = Object.keys(LIMITS) as [Counted, ...Counted[]];
const SETTABLE = [...COUNTED, 'closed', 'countries'] as const;

const CLASSES = [
  'premium-rate',
  'shared-cost',
  'satellite',
  'international-networks',
  'revenue-share',
  'foreign-nanp',
] as const satisfies readonly DestinationClass[];

const trip = z.object({
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

function tripOf(
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

function tripLine(
  { user, limit, allowed, actual, lastAt, times, until, liftedAt, liftedBy }: z.output<typeof trip>,
  { showTime }: Speech,
) {
  const often = times > 1 ? `, ${times} times` : '';
  const over = liftedAt === undefined ? `until ${showTime(Date.parse(until))}` : `lifted by ${liftedBy}`;
  return `${user}  ${limit}: ${actual} where ${allowed} is allowed${often}, last ${showTime(Date.parse(lastAt))}; ${over}`;
}

const limits = z.object({
  user: z.string(),
  ...Object.fromEntries(COUNTED.map((name) => [name, z.string().nullable().describe(LIMITS[name].words)])),
  closed: z.array(z.string()).describe('Kinds of destinations that are closed.'),
  countries: z.array(z.string()).nullable().describe('Where the user may call; null: everywhere.'),
  own: z.array(z.string()).describe('Which of these were set for this user alone.'),
  isNew: z.boolean().describe('New users have less of each for some days.'),
  tripped: z.array(trip).describe('What blocks the user now.'),
});

export const limitsShow = ownOperation({
  name: 'limits.show',
  summary: 'show a user’s limits, and which of them block calls now',
  changes: false,
  input: {},
  output: limits,
  http: { method: 'GET', path: '/users/{user}/limits' },
  command: {
    names: ['limit', 'limits', 'limits show'],
    usage: [{ arguments: '', does: 'shows your limits, and which of them block calls now', example: '' }],
    read: (words) => (words.length === 0 ? {} : undefined),
  },
  run: ({ parts, user }) => limitsOf(parts, user),
  words: (output, speech) => limitsWords(output, speech),
});

async function limitsOf(parts: OperationParts, user: string): Promise<z.output<typeof limits>> {
  const now = parts.now();
  const fraud = await parts.limits();
  const [{ limits: all, isNew }, tripped] = await Promise.all([fraud.current(user, now), parts.trips.open(now, user)]);
  const own = fraud.own(user) ?? {};
  const counted = COUNTED.map((name) => {
    const { field, isMoney } = LIMITS[name];
    const value = all[field] ?? null;
    const shown =
      value === null ? null : isMoney ? moneyOf(micros(value), parts.ledger.currency).amount : String(value);
    return [name, shown] as const;
  });
  const isOwn = (name: (typeof SETTABLE)[number]) =>
    (name === 'closed' || name === 'countries' ? own[name] : own[LIMITS[name].field]) !== undefined;
  return {
    user,
    ...Object.fromEntries(counted),
    closed: [...(all.closed ?? [])],
    countries: all.countries == null ? null : [...all.countries],
    own: SETTABLE.filter(isOwn),
    isNew,
    tripped: tripped.map((each) => tripOf(each, parts)),
  };
}

function limitsWords(output: z.output<typeof limits>, speech: Speech): string {
  const { closed, countries, own, isNew, tripped } = output;
  const values = output as Readonly<Record<string, unknown>>;
  const mark = (name: string) => (own.includes(name) ? ' (for this user alone)' : '');
  const rows = COUNTED.map((name) => `${name}: ${values[name] ?? 'no limit'}${mark(name)}`);
  return [
    ...(isNew ? ['New users have less for their first days:'] : []),
    ...rows,
    `closed: ${closed.join(', ') || 'nothing'}${mark('closed')}`,
    `countries: ${countries === null ? 'all' : countries.join(', ')}${mark('countries')}`,
    ...(tripped.length === 0
      ? ['No limit blocks calls now.']
      : ['These block calls now:', ...tripped.map((each) => tripLine(each, speech))]),
  ].join('\n');
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

export const limitsSet = operation({
  name: 'limits.set',
  summary: 'set a limit for one user, take it away, or leave it to the configuration again',
  access: 'administrator',
  changes: true,
  input: z.object({
    user: userId(),
    limit: z.enum(SETTABLE),
    value: z
      .string()
      .min(1)
      .max(500)
      .describe(
        'A number, or an amount; `off`: no such limit; `default`: as the configuration says. Of `closed` and `countries` a list with commas.',
      ),
  }),
  output: limits,
  http: { method: 'PUT', path: '/users/{user}/limits/{limit}' },
  command: {
    names: ['limit set', 'limits set'],
    usage: [
      {
        arguments: 'USER LIMIT VALUE',
        does: `sets a limit for somebody: ${SETTABLE.join(', ')}`,
        example: '@alice:example.org spend_per_day 100',
      },
      {
        arguments: 'USER LIMIT off',
        does: 'takes it away for them',
        example: '@alice:example.org minutes_per_day off',
      },
      {
        arguments: 'USER LIMIT default',
        does: 'leaves it to the configuration again',
        example: '@alice:example.org spend_per_day default',
      },
      {
        arguments: 'USER countries CODES',
        does: 'lets them call these countries alone',
        example: '@alice:example.org countries GB,IE,FR',
      },
    ],
    read([user, limit, ...value]) {
      if (user === undefined || limit === undefined || value.length === 0 || !USER_ID.test(user)) return undefined;
      return { user, limit: limit.toLowerCase().replaceAll('-', '_'), value: value.join('') };
    },
  },
  async run({ parts, caller }, { user, limit, value }) {
    const fraud = await parts.limits();
    const set = { ...fraud.own(user), ...settingOf(limit, value.trim()) };
    // What is left to the configuration is not there at all.
    const kept = Object.fromEntries(Object.entries(set).filter(([, each]) => each !== undefined)) as UserLimits;
    const isNone = Object.keys(kept).length === 0;
    await fraud.set(user, isNone ? undefined : kept, actorOf(caller), parts.now());
    return limitsOf(parts, user);
  },
  words: (output, speech) => `${output.user}:\n${limitsWords(output, speech)}`,
});

type Setting = { readonly [Field in keyof UserLimits]?: UserLimits[Field] | undefined };

/** @throws OperationError */
function settingOf(limit: (typeof SETTABLE)[number], value: string): Setting {
  const said = value.toLowerCase();
  if (limit === 'closed') return { closed: said === 'default' ? undefined : said === 'off' ? [] : classesOf(said) };
  if (limit === 'countries') {
    return { countries: said === 'default' ? undefined : said === 'off' || said === 'all' ? null : countriesOf(value) };
  }
  const { field, isMoney } = LIMITS[limit];
  if (said === 'default') return { [field]: undefined };
  if (said === 'off') return { [field]: null };
  return { [field]: isMoney ? amountOf(value) : countOf(value) };
}

function amountOf(value: string): Micros {
  const amount = readAmount(value);
  if (amount < 0) throw new OperationError('invalid', 'A limit has no minus.');
  return amount;
}

function countOf(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new OperationError('invalid', `“${value.slice(0, 20)}” is no whole number.`);
  return Number(value);
}

function classesOf(value: string): readonly DestinationClass[] {
  const named = value.split(',').filter((each) => each !== '');
  const wrong = named.filter((each) => !(CLASSES as readonly string[]).includes(each));
  if (wrong.length > 0) {
    throw new OperationError(
      'invalid',
      `${wrong.join(', ')} is no kind of destination; there are: ${CLASSES.join(', ')}.`,
    );
  }
  return named as DestinationClass[];
}

function countriesOf(value: string): readonly string[] {
  const codes = value
    .toUpperCase()
    .split(',')
    .filter((each) => each !== '');
  const wrong = codes.filter((each) => !/^[A-Z]{2}$/.test(each));
  if (wrong.length > 0 || codes.length === 0)
    throw new OperationError('invalid', `Countries have two letters, such as GB,IE: ${wrong.join(', ')}.`);
  return codes;
}
