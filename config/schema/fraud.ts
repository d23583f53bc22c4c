/** Limits against fraud: what nobody who calls honestly comes near, and whoever stole a password runs into. */
import { z } from 'zod';
import { count, country, filePath, key, kind, oneOf, people, section } from './key.ts';
import { amount } from './money.ts';

/** Kinds of destinations that cost dearly, or that fraudsters earn by. */
const DESTINATION_CLASSES = [
  'premium-rate',
  'shared-cost',
  'satellite',
  'international-networks',
  'revenue-share',
  'foreign-nanp',
] as const;

const classes = () => z.array(oneOf(DESTINATION_CLASSES));
const countries = () => z.array(country());

/** A limit: with its default for everybody, and without one where it is said for some users. */
function cap<S extends z.ZodType>(name: string, schema: () => S, usual: z.output<S>, about: string) {
  return {
    usual: key(schema().default(usual as never), { about: `${about} 0 sets no limit.` }),
    other: key(schema().optional(), { about: `In place of \`fraud.${name}\`; 0 sets no limit.`, example: usual }),
  };
}

const most = (upTo: number, what: string) => () => count(0, upTo, `number of ${what}`);

const pricePerMinute = cap(
  'price_per_minute',
  () => amount(),
  3,
  'The highest price of a minute. What is dearer cannot be called.',
);
const spendPerDay = cap('spend_per_day', () => amount(), 50, 'What one user may spend on calls in 24 hours.');
const minutesPerDay = cap(
  'minutes_per_day',
  most(100_000, 'minutes'),
  1000,
  'Minutes that one user may call out in 24 hours.',
);
const callsPerMinute = cap(
  'calls_per_minute',
  most(10_000, 'calls'),
  20,
  'Calls out of one user in a minute, those that nobody answered too.',
);
const callsPerHour = cap('calls_per_hour', most(100_000, 'calls'), 200, 'Calls out of one user in an hour.');
const numbersPerHour = cap(
  'numbers_per_hour',
  most(100_000, 'numbers'),
  100,
  'Different numbers that one user may call in an hour.',
);
const countriesPerHour = cap(
  'countries_per_hour',
  most(250, 'countries'),
  10,
  'Different countries that one user may call in an hour.',
);
const longestCall = cap(
  'call_s',
  most(604_800, 'seconds'),
  14_400,
  'How long a call out may last; then it is ended with words. `limits.call_s` counts too.',
);
const callsAtOnce = cap(
  'calls',
  most(1000, 'calls'),
  0,
  'Calls out of one user at the same time. `limits.calls_per_user` counts too.',
);

const exception = section({
  users: key(z.array(people()).min(1), { about: 'Which users.', example: ['@sales-*:example.org'] }),
  closed: key(classes().optional(), { about: 'In place of `fraud.closed`.', example: ['premium-rate', 'satellite'] }),
  countries: key(countries().optional(), {
    about: 'The only countries that they may call. Default: all.',
    example: ['GB', 'IE'],
  }),
  price_per_minute: pricePerMinute.other,
  spend_per_day: spendPerDay.other,
  minutes_per_day: minutesPerDay.other,
  calls_per_minute: callsPerMinute.other,
  calls_per_hour: callsPerHour.other,
  numbers_per_hour: numbersPerHour.other,
  countries_per_hour: countriesPerHour.other,
  call_s: longestCall.other,
  calls: callsAtOnce.other,
});

const newUsers = section({
  days: key(count(0, 365, 'number of days').default(7), {
    about: 'How many days from their first call on users count as new; 0: never.',
  }),
  percent: key(count(1, 100, 'percentage').default(50), {
    about: 'Which part of each limit holds for them; of the highest price and of the length of a call all of it.',
  }),
});

const time = () => kind(z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/), 'a time of day in quotes, such as "22:00"');

const night = section({
  from: key(time().default('00:00'), { about: 'When the night begins, in `inbound.time_zone`.' }),
  to: key(time().default('05:00'), { about: 'When it ends.' }),
  calls: key(count(0, 10_000, 'number of calls').default(10), {
    about: 'So many calls of one user within `minutes` in the night are told to the administrators; 0 tells of none.',
  }),
  minutes: key(count(1, 600, 'number of minutes').default(10), { about: 'Within how many minutes.' }),
});

export const fraud = section({
  closed: key(classes().default([...DESTINATION_CLASSES]), {
    about:
      'Kinds of numbers that cannot be called. `revenue-share`: ranges that are known for fraud, by a list that comes with ' +
      'Trunkline. `foreign-nanp`: for users in the USA and Canada, the other countries that are dialled with +1 like their own. ' +
      '`permissions.destinations` is asked too.',
  }),
  revenue_share_file: key(filePath().optional(), {
    about: 'A file with more ranges of the class `revenue-share`, in YAML. See docs/admin/limits.md.',
    example: 'revenue-share.yaml',
  }),
  price_per_minute: pricePerMinute.usual,
  spend_per_day: spendPerDay.usual,
  minutes_per_day: minutesPerDay.usual,
  calls_per_minute: callsPerMinute.usual,
  calls_per_hour: callsPerHour.usual,
  numbers_per_hour: numbersPerHour.usual,
  countries_per_hour: countriesPerHour.usual,
  call_s: longestCall.usual,
  calls: callsAtOnce.usual,
  new_users: key(newUsers.prefault({}), { about: 'Users who have only begun to call.' }),
  users: key(z.array(exception).default([]), {
    about: 'Other limits for some users; the first that fits counts, and what it leaves out is as for everybody.',
  }),
  night: key(night.prefault({}), { about: 'Bursts of calls in the night, which are told of but not refused.' }),
});
