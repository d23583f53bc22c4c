/** What holds for a user, and what of it blocks calls now. */
import { z } from 'zod';
import { micros } from '../../money.ts';
import { moneyOf } from '../fields.ts';
import { ownOperation, type Speech } from '../operation.ts';
import type { OperationParts } from '../parts.ts';
import { COUNTED, LIMITS, SETTABLE } from './names.ts';
import { trip, tripLine, tripOf } from './trips.ts';

export const limits = z.object({
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

export async function limitsOf(parts: OperationParts, user: string): Promise<z.output<typeof limits>> {
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

export function limitsWords(output: z.output<typeof limits>, speech: Speech): string {
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
