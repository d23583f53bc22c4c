/** Which limits hold for a user: the configuration's, those of new users, those that were set for them alone. Pure. */
import { type Micros, micros } from '../../money.ts';
import type { People } from '../people.ts';
import type { Limits } from './check.ts';
import type { UserLimits } from './ports.ts';

export interface FraudRules {
  /** Everybody's. */
  readonly base: Limits;
  /** In place of some of them; the first that fits counts. */
  readonly users: readonly { readonly users: People; readonly limits: UserLimits }[];
  /** For so many days from their first call on users have so much of each counted limit. */
  readonly newUsers?: { readonly days: number; readonly percent: number };
  /** A burst of calls in the night is told of: so many within so many minutes. */
  readonly night?: {
    /** `HH:MM`, in `timeZone`. */
    readonly from: string;
    readonly to: string;
    readonly timeZone: string;
    readonly calls: number;
    readonly minutes: number;
  };
  /** Ranges that are known to be called for a share of the price: the beginnings of numbers, `+…`. */
  readonly revenueShare: readonly string[];
}

/** `null` takes a limit away; what is absent stays. */
export function withOverrides(limits: Limits, over: UserLimits): Limits {
  const money = (value: number | null | undefined, before: Micros | undefined) =>
    value === undefined ? before : value === null ? undefined : micros(value);
  const count = (value: number | null | undefined, before: number | undefined) =>
    value === undefined ? before : (value ?? undefined);
  const merged = {
    pricePerMinute: money(over.pricePerMinute, limits.pricePerMinute),
    spendPerDay: money(over.spendPerDay, limits.spendPerDay),
    minutesPerDay: count(over.minutesPerDay, limits.minutesPerDay),
    callsPerMinute: count(over.callsPerMinute, limits.callsPerMinute),
    callsPerHour: count(over.callsPerHour, limits.callsPerHour),
    numbersPerHour: count(over.numbersPerHour, limits.numbersPerHour),
    countriesPerHour: count(over.countriesPerHour, limits.countriesPerHour),
    callS: count(over.callS, limits.callS),
    callsAtOnce: count(over.callsAtOnce, limits.callsAtOnce),
    countries: over.countries === undefined ? limits.countries : (over.countries ?? undefined),
  };
  const known = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
  return { ...known, closed: over.closed ?? limits.closed };
}

/** Those of a new user: a share of each limit that counts, at least 1 of it. A price and a length are not smaller for being new. */
export function ofNewUser(limits: Limits, percent: number): Limits {
  const share = (value: number) => Math.max(1, Math.ceil((value * percent) / 100));
  const lower = <K extends keyof Limits>(name: K, value: Limits[K] | undefined) =>
    value === undefined ? {} : { [name]: value };
  const of = (value: number | undefined) => (value === undefined ? undefined : share(value));
  return {
    ...limits,
    ...lower('spendPerDay', limits.spendPerDay === undefined ? undefined : micros(share(limits.spendPerDay))),
    ...lower('minutesPerDay', of(limits.minutesPerDay)),
    ...lower('callsPerMinute', of(limits.callsPerMinute)),
    ...lower('callsPerHour', of(limits.callsPerHour)),
    ...lower('numbersPerHour', of(limits.numbersPerHour)),
    ...lower('countriesPerHour', of(limits.countriesPerHour)),
    ...lower('callsAtOnce', of(limits.callsAtOnce)),
  };
}

/**
 * @param own what was set for this user alone: it holds as it is said, for new users too
 */
export function limitsOf(rules: FraudRules, user: string, isNew: boolean, own: UserLimits | undefined): Limits {
  const exception = rules.users.find(({ users }) => users.has(user));
  const usual = exception === undefined ? rules.base : withOverrides(rules.base, exception.limits);
  const now = isNew && rules.newUsers !== undefined ? ofNewUser(usual, rules.newUsers.percent) : usual;
  return own === undefined ? now : withOverrides(now, own);
}
