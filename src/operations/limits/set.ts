/** Limits that administrators set for one user. */
import { z } from 'zod';
import { DESTINATION_CLASSES, type DestinationClass, type UserLimits } from '../../account/limits/index.ts';
import type { Micros } from '../../money.ts';
import { OperationError } from '../errors.ts';
import { readAmount, USER_ID, userId } from '../fields.ts';
import { actorOf, operation } from '../operation.ts';
import { LIMITS, SETTABLE } from './names.ts';
import { limits, limitsOf, limitsWords } from './show.ts';

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
  const wrong = named.filter((each) => !(DESTINATION_CLASSES as readonly string[]).includes(each));
  if (wrong.length > 0) {
    throw new OperationError(
      'invalid',
      `${wrong.join(', ')} is no kind of destination; there are: ${DESTINATION_CLASSES.join(', ')}.`,
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
