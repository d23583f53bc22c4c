/** Limits against fraud at work: asked before each call, they note who ran into which, and tell it once. */
import type { Logger } from 'pino';
import type { AccountedCall, CauseKey } from '../../call/index.ts';
import { type Currency, micros, NOTHING } from '../../money.ts';
import { meaningOf, type NumberRules, parseDialString } from '../../number/index.ts';
import type { LimitAllowance, LimitRefusal } from '../accounting/index.ts';
import { factsOf, type NumberFacts } from '../number-filter.ts';
import { priceOfSeconds } from '../rating/index.ts';
import type { ActivityBook } from '../records/ports.ts';
import { createAlerts } from './alerts.ts';
import { checkLimits, type LimitedCall, type LimitReached, type Limits, longestMs } from './check.ts';
import { countryOf } from './country.ts';
import { closedFor } from './destinations.ts';
import { type FraudRules, limitsOf } from './effective.ts';
import type { DestinationGuard } from './guard.ts';
import { loadActivity } from './load-activity.ts';
import type { DestinationLimit, LimitName, Trip, TripBook, UserLimits } from './ports.ts';
import { createRanges } from './ranges.ts';
import { allowedInWords, tripInWords } from './words.ts';

type CallOut = Extract<AccountedCall, { direction: 'out' }>;

export interface FraudLimitsParts {
  readonly rules: FraudRules;
  readonly currency: Currency;
  readonly trips: TripBook;
  readonly activity: ActivityBook;
  /** What dialled strings mean for a user. */
  readonly numbersOf: (user: string) => NumberRules;
  /** Into the administrators' room. The same `about` is said once. */
  readonly tell: (about: string, words: string) => Promise<void>;
  readonly logger: Logger;
}

/** A call that was not made. */
export interface RefusedCall {
  readonly user: CallOut['user'];
  readonly callRef: string;
  /** As dialled. */
  readonly dialled: string;
  readonly cause: CauseKey;
  readonly admin?: string;
}

export interface FraudLimits extends DestinationGuard {
  /**
   * Asked for each call out before it begins, one at a time for each user. Emergency calls and calls inside pass.
   * @param now ms since 1970
   */
  check(call: CallOut, now: number): Promise<LimitRefusal | LimitAllowance | undefined>;
  /**
   * A call was refused by a decision. Where that was for where it goes or what it costs, it is noted and told like any limit.
   * @param dialled by its user
   */
  refused(call: RefusedCall, now: number): Promise<void>;
  /** What holds for a user now, with what new users have less. */
  current(user: string, now: number): Promise<{ readonly limits: Limits; readonly isNew: boolean }>;
  /**
   * Lets a user go on. Of limits that count, what was done before is counted no more; of destinations and prices, what was
   * refused is opened to this user for good.
   */
  lift(user: string, limit: LimitName | undefined, by: string, now: number): Promise<readonly Trip[]>;
  set(user: string, limits: UserLimits | undefined, by: string, now: number): Promise<void>;
  own(user: string): UserLimits | undefined;
  /** Reads again what was set for single users, when it was changed in whatever process. */
  refresh(): Promise<void>;
}

const DAY_MS = 24 * 3_600_000;
/** How long a trip is open unless it is met again: as long as its window. */
const WINDOW_MS: Readonly<Record<LimitName, number>> = {
  'calls-at-once': 60_000,
  'calls-per-minute': 60_000,
  'calls-per-hour': 3_600_000,
  'numbers-per-hour': 3_600_000,
  'countries-per-hour': 3_600_000,
  'minutes-per-day': DAY_MS,
  'spend-per-day': DAY_MS,
  'closed-destination': DAY_MS,
  country: DAY_MS,
  'price-per-minute': DAY_MS,
};

/** Settles when what was set for single users is read. Rejects when the store cannot be read. */
export async function createFraudLimits(parts: FraudLimitsParts): Promise<FraudLimits> {
  const { rules, currency, trips, activity, numbersOf, tell, logger } = parts;
  const isRevenueShare = createRanges(rules.revenueShare);
  const alerts = createAlerts(parts);
  let settings: ReadonlyMap<string, UserLimits> = new Map();
  let version: number | undefined;

  async function refresh(): Promise<void> {
    const current = await trips.version();
    if (current === version) return;
    settings = await trips.settings();
    version = current;
  }

  async function current(user: string, now: number) {
    const firstAt = rules.newUsers === undefined ? now : await activity.firstCallAt(user);
    const isNew =
      rules.newUsers !== undefined && (firstAt === undefined || now - firstAt < rules.newUsers.days * DAY_MS);
    return { limits: limitsOf(rules, user, isNew, settings.get(user)), isNew };
  }

  async function note(trip: Parameters<TripBook['trip']>[0]): Promise<void> {
    const noted = await trips.trip(trip);
    logger.warn({ callRef: trip.callRef, limit: trip.limit, times: noted.times }, 'a limit against fraud was reached');
    // Said once for each trip, also when it could not be said the first time. Not waited for: the caller hears at once.
    tell(`limit:${noted.id}`, tripInWords(noted, currency)).catch((error: unknown) => {
      logger.error({ callRef: trip.callRef, err: error }, 'a limit that was reached could not be told of');
    });
  }

  async function refuse(call: CallOut, reached: LimitReached, now: number): Promise<LimitRefusal> {
    const { limit } = reached;
    const [allowed, actual] = [String(reached.allowed), String(reached.actual)];
    const { user, callRef } = call;
    await note({ user, limit, allowed, actual, callRef, at: now, until: now + WINDOW_MS[limit] });
    const words = allowedInWords(limit, allowed, currency);
    return { cause: 'limit-reached', params: { limit: words }, admin: `${limit}: ${words}, would be ${actual}` };
  }

  await refresh();
  const of = (user: string): Limits => limitsOf(rules, user, false, settings.get(user));
  return {
    of,
    refresh,
    current,
    own: (user) => settings.get(user),

    closed(user, facts: NumberFacts, region) {
      const closed = closedFor(facts, region, of(user), isRevenueShare);
      if (closed === undefined) return undefined;
      if (closed.limit === 'country') {
        return {
          cause: 'destination-denied',
          admin: `fraud: ${user} may not call ${closed.country ?? 'numbers of no country'}`,
        };
      }
      return { cause: 'destination-closed', admin: `fraud.closed: ${closed.destination}` };
    },

    async check(call, now) {
      if (call.isInside || call.plan.emergency === true) return undefined;
      const limited = limitedCall(call);
      const { limits } = await current(call.user, now);
      const lately = await loadActivity(activity, call.user, await trips.liftedAt(call.user), now);
      // A transfer takes the place of a call that goes on until it is answered.
      const live = call.transferOf === undefined ? lately.live : Math.max(0, lately.live - 1);
      const reached = checkLimits({ ...lately, live }, limits, limited);
      if (reached !== undefined) return refuse(call, reached, now);
      const tariffs = call.plan.routes.flatMap(({ tariff }) => tariff?.price ?? []);
      const longest = longestMs(lately, limits, tariffs);
      await alerts.noticed(call.user, limited, numbersOf(call.user).region, now);
      return longest === undefined ? undefined : { longestMs: longest };
    },

    async refused({ user, callRef, dialled, cause, admin = '' }, now) {
      const limits = of(user);
      const noteNow = (limit: DestinationLimit, allowed: string, actual: string) =>
        note({ user, limit, allowed, actual, callRef, at: now, until: now + WINDOW_MS[limit] });
      if (cause === 'price-too-high') {
        await noteNow('price-per-minute', String(limits.pricePerMinute ?? 0), admin);
        return;
      }
      const facts = factsOfDialled(dialled, numbersOf(user));
      if (facts === undefined) return;
      const closed = closedFor(facts, numbersOf(user).region, limits, isRevenueShare);
      if (closed?.limit === 'country') {
        await noteNow('country', (limits.countries ?? []).join(', '), closed.country ?? '');
      } else if (closed !== undefined) await noteNow('closed-destination', '', closed.destination);
    },

    async lift(user, limit, by, now) {
      const lifted = await trips.lift(user, limit, by, now);
      const opened = openedBy(lifted, of(user), settings.get(user));
      if (opened !== undefined) await trips.set(user, opened, by, now);
      await refresh();
      return lifted;
    },

    async set(user, limits, by, now) {
      await trips.set(user, limits, by, now);
      await refresh();
    },
  };
}

function limitedCall({ plan, dialled }: CallOut): LimitedCall {
  const number = plan.e164 ?? plan.routes[0].target ?? dialled;
  const prices = plan.routes.map(({ tariff }) =>
    tariff === undefined ? NOTHING : priceOfSeconds(tariff.price, tariff.price.firstS),
  );
  const leastPrice = micros(Math.max(NOTHING, ...prices));
  return { number, leastPrice, ...(plan.e164 === undefined ? {} : { country: countryOf(plan.e164) }) };
}

/** Undefined: it cannot be dialled, or is an emergency number. */
function factsOfDialled(dialled: string, rules: NumberRules): NumberFacts | undefined {
  const read = parseDialString(dialled);
  const meaning = read.ok ? meaningOf(read.dialled, rules) : undefined;
  return meaning === undefined || meaning.kind === 'emergency' ? undefined : factsOf(meaning, rules.region);
}

/** What lifting means for limits that do not count: what was refused is open to this user from now on. */
function openedBy(lifted: readonly Trip[], limits: Limits, own: UserLimits | undefined): UserLimits | undefined {
  let opened = own;
  for (const { limit, actual } of lifted) {
    if (limit === 'closed-destination') {
      const before = opened?.closed ?? limits.closed;
      opened = { ...opened, closed: before.filter((each) => each !== actual) };
    } else if (limit === 'country') {
      const before = (opened?.countries === undefined ? limits.countries : opened.countries) ?? [];
      opened = { ...opened, countries: actual === '' ? null : [...before, actual] };
    } else if (limit === 'price-per-minute') opened = { ...opened, pricePerMinute: null };
  }
  return opened === own ? undefined : opened;
}
