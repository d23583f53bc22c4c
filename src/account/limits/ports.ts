/** Limits against fraud as the store keeps them: who ran into which, what was lifted, what holds for one user alone. */
import type { MatrixUserId } from '../../matrix/index.ts';

/** Limits that count what a user did. */
const COUNTED_LIMITS = [
  'calls-at-once',
  'calls-per-minute',
  'calls-per-hour',
  'numbers-per-hour',
  'countries-per-hour',
  'minutes-per-day',
  'spend-per-day',
] as const;

/** Limits on where a call goes. */
const DESTINATION_LIMITS = ['closed-destination', 'country', 'price-per-minute'] as const;

export type CountedLimit = (typeof COUNTED_LIMITS)[number];
export type DestinationLimit = (typeof DESTINATION_LIMITS)[number];
export type LimitName = CountedLimit | DestinationLimit;

export const LIMIT_NAMES: readonly LimitName[] = [...COUNTED_LIMITS, ...DESTINATION_LIMITS];

/** Kinds of destinations that can be expensive for no good reason. */
export const DESTINATION_CLASSES = [
  'premium-rate',
  'shared-cost',
  /** +870, +881 and what of +882 is of satellites. */
  'satellite',
  /** +878, +882, +883, +888, +979, +991: numbers of no country. */
  'international-networks',
  /** Ranges that are known to be called for a share of the price: the maintained list. */
  'revenue-share',
  /** Numbers of +1 that are dialled like those at home and cost like those abroad: for users in the US and in Canada. */
  'foreign-nanp',
] as const;

export type DestinationClass = (typeof DESTINATION_CLASSES)[number];

/** Somebody ran into a limit. */
export interface Trip {
  /** Rises. */
  readonly id: number;
  readonly user: MatrixUserId;
  readonly limit: LimitName;
  /** What is allowed and what it would have been; of money in micros, of a destination its class, country or number. */
  readonly allowed: string;
  readonly actual: string;
  readonly callRef?: string;
  /** ms since 1970: the first time, and the last; how often in between. */
  readonly at: number;
  readonly lastAt: number;
  readonly times: number;
  /** When the block is over by itself, unless it is met again. */
  readonly until: number;
  readonly liftedAt?: number;
  readonly liftedBy?: string;
}

/** What holds for one user, in place of the configuration. `null`: no such limit. Money in micros. */
export interface UserLimits {
  readonly pricePerMinute?: number | null;
  readonly spendPerDay?: number | null;
  readonly minutesPerDay?: number | null;
  readonly callsPerMinute?: number | null;
  readonly callsPerHour?: number | null;
  readonly numbersPerHour?: number | null;
  readonly countriesPerHour?: number | null;
  readonly callS?: number | null;
  readonly callsAtOnce?: number | null;
  readonly closed?: readonly DestinationClass[];
  /** ISO 3166-1: where the user may call; `null`: everywhere. */
  readonly countries?: readonly string[] | null;
}

export interface TripBook {
  /** Notes it. An open trip of the same user and limit (neither lifted nor over) is counted on: then it is that one. */
  trip(of: Omit<Trip, 'id' | 'lastAt' | 'times' | 'liftedAt' | 'liftedBy'>): Promise<Trip>;
  /** Neither lifted nor over; the latest first. Without a user: everybody's. */
  open(now: number, user?: string): Promise<readonly Trip[]>;
  /** The latest first. */
  list(atMost: number, user?: string): Promise<readonly Trip[]>;
  /**
   * Lifts what blocks a user: what they did before is counted no more for this limit (undefined: for every one).
   * @returns the trips that were lifted; a lift holds also where there was none
   */
  lift(user: string, limit: LimitName | undefined, by: string, now: number): Promise<readonly Trip[]>;
  /** When each limit of this user was last lifted. */
  liftedAt(user: string): Promise<Readonly<Partial<Record<LimitName, number>>>>;

  /** Limits of single users, all of them: few. */
  settings(): Promise<ReadonlyMap<string, UserLimits>>;
  /** undefined: those of the configuration again. */
  set(user: string, limits: UserLimits | undefined, by: string, now: number): Promise<void>;
  /** Rises with each change of settings or lifts, in whatever process. */
  version(): Promise<number>;

  /** Whether this was not said before: each alert once. @param what such as `new-country:NG`, `night-burst:2026-11-21` */
  alert(user: string, what: string, now: number): Promise<boolean>;
}
