/** What a user did lately, each window from where it was lifted on. */
import type { Activity, ActivityBook } from '../records/ports.ts';
import type { UserActivity } from './check.ts';
import type { LimitName } from './ports.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** @param liftedAt when each limit was last lifted: what was before is not counted. @param now ms since 1970 */
export async function loadActivity(
  book: Pick<ActivityBook, 'since'>,
  user: string,
  liftedAt: Readonly<Partial<Record<LimitName, number>>>,
  now: number,
): Promise<UserActivity> {
  // Mostly nothing was lifted: then three questions serve all limits.
  const asked = new Map<number, Promise<Activity>>();
  const within = (windowMs: number, limit: LimitName): Promise<Activity> => {
    const since = Math.max(now - windowMs, liftedAt[limit] ?? 0);
    const known = asked.get(since) ?? book.since(user, since, now);
    asked.set(since, known);
    return known;
  };
  const [minute, hour, numbers, countries, minutes, spend] = await Promise.all([
    within(MINUTE_MS, 'calls-per-minute'),
    within(HOUR_MS, 'calls-per-hour'),
    within(HOUR_MS, 'numbers-per-hour'),
    within(HOUR_MS, 'countries-per-hour'),
    within(DAY_MS, 'minutes-per-day'),
    within(DAY_MS, 'spend-per-day'),
  ]);
  // Calls that go on are counted whatever was lifted; a call is live for a day at most.
  const { live } = await (asked.get(now - DAY_MS) ?? book.since(user, now - DAY_MS, now));
  return {
    live,
    callsLastMinute: minute.calls,
    callsLastHour: hour.calls,
    numbersLastHour: numbers.numbers,
    countriesLastHour: countries.countries,
    talkMsLastDay: minutes.talkMs,
    spentLastDay: spend.spent,
  };
}
