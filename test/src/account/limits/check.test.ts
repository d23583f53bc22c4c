import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLimits, type Limits, type UserActivity } from '../../../../src/account/limits/index.ts';
import { micros, NOTHING, parseAmount } from '../../../../src/money.ts';

const quiet: UserActivity = {
  live: 0,
  callsLastMinute: 0,
  callsLastHour: 0,
  numbersLastHour: [],
  countriesLastHour: [],
  talkMsLastDay: 0,
  spentLastDay: NOTHING,
};
const call = { number: '+49301', country: 'DE', leastPrice: parseAmount('0.10') };

describe('what a user did lately, and one more call', () => {
  it.each<[string, Partial<UserActivity>, Partial<Limits>, object | undefined]>([
    ['nothing at all', {}, {}, undefined],
    ['below', { live: 1 }, { callsAtOnce: 2 }, undefined],
    ['calls at once', { live: 2 }, { callsAtOnce: 2 }, { limit: 'calls-at-once', allowed: 2, actual: 3 }],
    [
      'calls a minute',
      { callsLastMinute: 5 },
      { callsPerMinute: 5 },
      { limit: 'calls-per-minute', allowed: 5, actual: 6 },
    ],
    ['calls an hour', { callsLastHour: 9 }, { callsPerHour: 9 }, { limit: 'calls-per-hour', allowed: 9, actual: 10 }],
    [
      'numbers an hour',
      { numbersLastHour: ['+1', '+2'] },
      { numbersPerHour: 2 },
      { limit: 'numbers-per-hour', allowed: 2, actual: 3 },
    ],
    ['a number again', { numbersLastHour: ['+49301', '+2'] }, { numbersPerHour: 2 }, undefined],
    [
      'countries an hour',
      { countriesLastHour: ['FR'] },
      { countriesPerHour: 1 },
      { limit: 'countries-per-hour', allowed: 1, actual: 2 },
    ],
    ['a country again', { countriesLastHour: ['DE'] }, { countriesPerHour: 1 }, undefined],
    ['all but a moment of the minutes', { talkMsLastDay: 59_999 }, { minutesPerDay: 1 }, undefined],
    [
      'the last minute',
      { talkMsLastDay: 60_000 },
      { minutesPerDay: 1 },
      { limit: 'minutes-per-day', allowed: 1, actual: 2 },
    ],
    ['money for just this call', { spentLastDay: parseAmount('0.90') }, { spendPerDay: parseAmount('1') }, undefined],
    [
      'money for less than this call',
      { spentLastDay: parseAmount('0.900001') },
      { spendPerDay: parseAmount('1') },
      { limit: 'spend-per-day', allowed: 1_000_000, actual: 1_000_001 },
    ],
    [
      'the limit that is over first',
      { callsLastMinute: 5, callsLastHour: 5 },
      { callsPerHour: 5, callsPerMinute: 5 },
      { limit: 'calls-per-minute', allowed: 5, actual: 6 },
    ],
  ])('%s', (_name, activity, limits, reached) => {
    expect(checkLimits({ ...quiet, ...activity }, { closed: [], ...limits }, call)).toEqual(reached);
  });

  it('whoever did less is never refused where somebody who did more is not', () => {
    const count = fc.nat(20);
    const activities = fc.record({
      live: count,
      callsLastMinute: count,
      callsLastHour: count,
      numbersLastHour: fc.constant([] as string[]),
      countriesLastHour: fc.constant([] as string[]),
      talkMsLastDay: fc.nat(2_000_000),
      spentLastDay: fc.nat(2_000_000).map(micros),
    });
    const limits = fc.record({
      callsAtOnce: count,
      callsPerMinute: count,
      callsPerHour: count,
      minutesPerDay: count,
      spendPerDay: fc.nat(2_000_000).map(micros),
      closed: fc.constant([]),
    });
    fc.assert(
      fc.property(activities, activities, limits, (one, more, limit) => {
        const both: UserActivity = {
          ...one,
          live: one.live + more.live,
          callsLastMinute: one.callsLastMinute + more.callsLastMinute,
          callsLastHour: one.callsLastHour + more.callsLastHour,
          talkMsLastDay: one.talkMsLastDay + more.talkMsLastDay,
          spentLastDay: micros(one.spentLastDay + more.spentLastDay),
        };
        if (checkLimits(both, limit, call) === undefined) expect(checkLimits(one, limit, call)).toBeUndefined();
      }),
    );
  });
});
