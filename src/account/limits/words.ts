/** Limits in words: for whoever ran into one, and for the administrators. */
import { type Currency, formatAmount, micros } from '../../money.ts';
import type { DestinationClass, LimitName, Trip } from './ports.ts';

const count = (value: string, one: string, many = `${one}s`): string => `${value} ${value === '1' ? one : many}`;

/** What is allowed, as part of a sentence. */
export function allowedInWords(limit: LimitName, allowed: string, currency: Currency): string {
  switch (limit) {
    case 'calls-at-once':
      return `${count(allowed, 'call')} at the same time`;
    case 'calls-per-minute':
      return `${count(allowed, 'call')} in a minute`;
    case 'calls-per-hour':
      return `${count(allowed, 'call')} in an hour`;
    case 'numbers-per-hour':
      return `${count(allowed, 'different number')} in an hour`;
    case 'countries-per-hour':
      return `${count(allowed, 'country', 'countries')} in an hour`;
    case 'minutes-per-day':
      return `${count(allowed, 'minute')} in 24 hours`;
    case 'spend-per-day':
      return `${formatAmount(micros(Number(allowed)), currency)} in 24 hours`;
    case 'price-per-minute':
      return `${formatAmount(micros(Number(allowed)), currency)} a minute`;
    case 'closed-destination':
      return 'no numbers that can be very expensive';
    case 'country':
      return allowed === '' ? 'no calls abroad' : `calls to ${allowed} only`;
    default:
      return limit satisfies never;
  }
}

export const classWords: Readonly<Record<DestinationClass, string>> = {
  'premium-rate': 'a premium-rate number',
  'shared-cost': 'a shared-cost number',
  satellite: 'a satellite telephone',
  'international-networks': 'a number of an international network',
  'revenue-share': 'a number of a range that is known for fraud',
  'foreign-nanp': 'a number abroad that is dialled like one at home',
};

/** What was tried, as part of a sentence. */
function actualInWords({ limit, actual }: Trip, currency: Currency): string {
  switch (limit) {
    case 'calls-at-once':
    case 'calls-per-minute':
    case 'calls-per-hour':
      return `this would have been call ${actual}`;
    case 'numbers-per-hour':
      return `this would have been number ${actual}`;
    case 'countries-per-hour':
      return `this would have been country ${actual}`;
    case 'minutes-per-day':
      return `this would have been minute ${actual}`;
    case 'spend-per-day':
      return `with this call it would be at least ${formatAmount(micros(Number(actual)), currency)}`;
    case 'price-per-minute':
      return 'the call would have cost more';
    case 'closed-destination':
      return actual in classWords ? `it was ${classWords[actual as DestinationClass]}` : 'it was such a number';
    case 'country':
      return actual === '' ? 'the number is of no country' : `the number is in ${actual}`;
    default:
      return limit satisfies never;
  }
}

/** For the administrators' room: who, what, how much, and how to lift it. */
export function tripInWords(trip: Trip, currency: Currency): string {
  const { user, limit, allowed } = trip;
  return (
    `${user} ran into a limit against fraud: ${allowedInWords(limit, allowed, currency)} (${actualInWords(trip, currency)}). ` +
    `The call was refused. If it was meant, lift it by writing here: !limit lift ${user} ${limit}`
  );
}

export const alertWords = {
  newCountry: (user: string, country: string, number: string): string =>
    `${user} called ${country} for the first time (${number}).`,
  nightBurst: (user: string, calls: number, minutes: number): string =>
    `${user} made ${calls} calls within ${minutes} minutes in the night. If it was not meant, block the user and change their password.`,
};
