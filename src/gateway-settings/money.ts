/** Prices, credit of calls and limits against fraud, in the words of `account`. */
import type { Config } from '../../config/index.ts';
import { type IsMember, matchPeople } from '../account/index.ts';
import type { MeterSettings } from '../account/ledger/meter.ts';
import type { FraudRules, Limits, UserLimits } from '../account/limits/index.ts';
import type { RatingRules } from '../account/rating/index.ts';
import { currency, type Micros } from '../money.ts';
import { microsOf } from './ledger.ts';
import { present } from './present.ts';

/** Which trunks have which deck, and what users pay on top. */
export function ratingRules({ credit, rates, trunks, smpp }: Config): RatingRules {
  const { percent, per_minute, connect_fee, per_text } = rates.margin;
  return {
    currency: currency(credit.currency),
    deckOf: new Map(
      [...trunks, ...smpp].flatMap(({ name, rates: deck }) => (deck === undefined ? [] : [[name, deck] as const])),
    ),
    margin: {
      percent,
      perMinute: microsOf(per_minute),
      connectFee: microsOf(connect_fee),
      perText: microsOf(per_text),
    },
    ...present({ sellingDeck: rates.selling_deck }),
  };
}

export function creditSettings({ credit }: Config): MeterSettings {
  return { warnBeforeMs: credit.warn_before_s * 1000, reserveS: credit.reserve_s };
}

/** Below this users are told that their credit is low; undefined: nobody is. */
export function lowBalanceOf({ credit }: Config): Micros | undefined {
  return credit.low_balance === undefined ? undefined : microsOf(credit.low_balance);
}

/** @param revenueShare beginnings of numbers that are known for fraud */
export function fraudRules(
  { fraud, inbound }: Config,
  isMember: IsMember,
  revenueShare: readonly string[],
): FraudRules {
  const { new_users, night } = fraud;
  return {
    base: baseLimits(fraud),
    users: fraud.users.map(({ users, ...own }) => ({ users: matchPeople(users, isMember), limits: userLimits(own) })),
    ...(new_users.days === 0 ? {} : { newUsers: { days: new_users.days, percent: new_users.percent } }),
    ...(night.calls === 0 ? {} : { night: { ...night, timeZone: inbound.time_zone } }),
    revenueShare,
  };
}

/** 0 sets no limit. */
const counted = (value: number): number | undefined => (value === 0 ? undefined : value);
const money = (value: number | string): Micros | undefined => {
  const amount = microsOf(value);
  return amount === 0 ? undefined : amount;
};

function baseLimits(fraud: Config['fraud']): Limits {
  return {
    closed: fraud.closed,
    ...present({
      pricePerMinute: money(fraud.price_per_minute),
      spendPerDay: money(fraud.spend_per_day),
      minutesPerDay: counted(fraud.minutes_per_day),
      callsPerMinute: counted(fraud.calls_per_minute),
      callsPerHour: counted(fraud.calls_per_hour),
      numbersPerHour: counted(fraud.numbers_per_hour),
      countriesPerHour: counted(fraud.countries_per_hour),
      callS: counted(fraud.call_s),
      callsAtOnce: counted(fraud.calls),
    }),
  };
}

/** What is not said for some users is as for everybody; 0 takes the limit away from them. */
function userLimits(own: Omit<Config['fraud']['users'][number], 'users'>): UserLimits {
  const count = (value: number | undefined) => (value === 0 ? null : value);
  const amount = (value: number | string | undefined) => (value === undefined ? undefined : (money(value) ?? null));
  return present({
    closed: own.closed,
    countries: own.countries,
    pricePerMinute: amount(own.price_per_minute),
    spendPerDay: amount(own.spend_per_day),
    minutesPerDay: count(own.minutes_per_day),
    callsPerMinute: count(own.calls_per_minute),
    callsPerHour: count(own.calls_per_hour),
    numbersPerHour: count(own.numbers_per_hour),
    countriesPerHour: count(own.countries_per_hour),
    callS: count(own.call_s),
    callsAtOnce: count(own.calls),
  });
}
