/** Whether a call passes the limits that count what its user did. Pure. */
import type { Tariff } from '../../call/index.ts';
import { type Micros, minus } from '../../money.ts';
import { secondsFor } from '../rating/index.ts';
import type { CountedLimit, DestinationClass } from './ports.ts';

/** Limits of one user, after all that holds for them alone. Undefined: no such limit. */
export interface Limits {
  readonly pricePerMinute?: Micros;
  readonly spendPerDay?: Micros;
  readonly minutesPerDay?: number;
  readonly callsPerMinute?: number;
  readonly callsPerHour?: number;
  /** Different ones. */
  readonly numbersPerHour?: number;
  readonly countriesPerHour?: number;
  /** Seconds. */
  readonly callS?: number;
  readonly callsAtOnce?: number;
  readonly closed: readonly DestinationClass[];
  /** ISO 3166-1: where the user may call; undefined: everywhere that is not closed. */
  readonly countries?: readonly string[];
}

/** What a user did lately by telephone, the call in question left out. Windows slide; what was lifted is not counted. */
export interface UserActivity {
  readonly live: number;
  readonly callsLastMinute: number;
  readonly callsLastHour: number;
  readonly numbersLastHour: readonly string[];
  readonly countriesLastHour: readonly string[];
  readonly talkMsLastDay: number;
  readonly spentLastDay: Micros;
}

/** The call in question. */
export interface LimitedCall {
  readonly number: string;
  /** ISO 3166-1, `001` for numbers of no country; undefined: not known. */
  readonly country?: string;
  /** What it costs at least, by its dearest route: the fee and the first increment. */
  readonly leastPrice: Micros;
}

export interface LimitReached {
  readonly limit: CountedLimit;
  readonly allowed: number;
  /** What it would be with this call. */
  readonly actual: number;
}

/** An increment that has begun is paid for as a whole: the call ends a little before the next one begins. */
const HANG_UP_MS = 250;

/**
 * How long a call may last from its answer on, so that what is left of a day's minutes and money is not passed; undefined: as
 * long as it likes. Of several routes the one that costs most counts.
 */
export function longestMs(
  { talkMsLastDay, spentLastDay }: Pick<UserActivity, 'talkMsLastDay' | 'spentLastDay'>,
  { minutesPerDay, spendPerDay }: Limits,
  tariffs: readonly Tariff[],
): number | undefined {
  const each: number[] = [];
  if (minutesPerDay !== undefined) each.push(minutesPerDay * 60_000 - talkMsLastDay);
  if (spendPerDay !== undefined) {
    const left = minus(spendPerDay, spentLastDay);
    each.push(...tariffs.map((tariff) => secondsFor(tariff, left) * 1000 - HANG_UP_MS));
  }
  return each.length === 0 ? undefined : Math.max(0, Math.min(...each));
}

/** The first limit that the call would pass, in the order of how soon it is over; undefined: none. */
export function checkLimits(activity: UserActivity, limits: Limits, call: LimitedCall): LimitReached | undefined {
  const numbers = new Set([...activity.numbersLastHour, call.number]);
  const countries = new Set([...activity.countriesLastHour, ...(call.country === undefined ? [] : [call.country])]);
  // A day's minutes and money are used up when nothing of them is left: what the call itself will need is not known.
  const minutes = activity.talkMsLastDay / 60_000;
  const rows: readonly (readonly [CountedLimit, number | undefined, number])[] = [
    ['calls-at-once', limits.callsAtOnce, activity.live + 1],
    ['calls-per-minute', limits.callsPerMinute, activity.callsLastMinute + 1],
    ['calls-per-hour', limits.callsPerHour, activity.callsLastHour + 1],
    ['numbers-per-hour', limits.numbersPerHour, numbers.size],
    ['countries-per-hour', limits.countriesPerHour, countries.size],
    ['minutes-per-day', limits.minutesPerDay, Math.floor(minutes) + 1],
    ['spend-per-day', limits.spendPerDay, activity.spentLastDay + call.leastPrice],
  ];
  for (const [limit, allowed, actual] of rows) {
    if (allowed !== undefined && actual > allowed) return { limit, allowed, actual };
  }
  return undefined;
}
