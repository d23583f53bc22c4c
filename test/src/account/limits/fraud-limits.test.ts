import pino from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { matchPeople } from '../../../../src/account/index.ts';
import {
  createFraudLimits,
  type FraudLimits,
  type FraudRules,
  type TripBook,
} from '../../../../src/account/limits/index.ts';
import type { Activity, ActivityBook } from '../../../../src/account/records/ports.ts';
import type { AccountedCall, Tariff } from '../../../../src/call/index.ts';
import type { CallId, RoomId } from '../../../../src/matrix/index.ts';
import { currency, micros, NOTHING, parseAmount } from '../../../../src/money.ts';
import type { Store } from '../../../../src/store/index.ts';
import { describeOnEach } from '../../store/databases.ts';
import { alice, bob } from '../samples.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
type CallOut = Extract<AccountedCall, { direction: 'out' }>;

interface Made {
  readonly user: string;
  readonly at: number;
  readonly number?: string;
  readonly country?: string;
  readonly talkMs?: number;
  readonly spent?: string;
  readonly isLive?: boolean;
}

/** Calls that were made, as the books of records tell of them. */
class Past implements ActivityBook {
  readonly made: Made[] = [];
  asked = 0;

  async since(user: string, since: number, _now: number): Promise<Activity> {
    this.asked += 1;
    const calls = this.made.filter((one) => one.user === user && one.at >= since);
    const values = (of: (one: Made) => string | undefined) => [...new Set(calls.flatMap((one) => of(one) ?? []))];
    return {
      calls: calls.length,
      live: calls.filter(({ isLive }) => isLive).length,
      numbers: values(({ number }) => number),
      countries: values(({ country }) => country),
      talkMs: calls.reduce((sum, { talkMs = 0 }) => sum + talkMs, 0),
      spent: micros(calls.reduce((sum, { spent = '0' }) => sum + parseAmount(spent), 0)),
    };
  }
  async firstCallAt(user: string): Promise<number | undefined> {
    return this.made.find((one) => one.user === user)?.at;
  }
  async hasCalledCountry(user: string, country: string): Promise<boolean> {
    return this.made.some((one) => one.user === user && one.country === country);
  }
}

const tariff: Tariff = {
  currency: currency('EUR'),
  connectFee: NOTHING,
  perMinute: parseAmount('0.60'),
  firstS: 10,
  nextS: 10,
};

function callTo(number: string, more: Partial<CallOut> = {}): CallOut {
  return {
    direction: 'out',
    callRef: 'out-1',
    user: alice,
    roomId: '!room:example.org' as RoomId,
    callId: 'call' as CallId,
    ghost: alice,
    dialled: number,
    isInside: false,
    openedAt: NOW,
    plan: {
      e164: number,
      routes: [
        {
          trunk: 'office',
          target: number,
          rtp: { codecs: ['PCMA'], srtp: 'off' },
          earlyMedia: 'ringback',
          ringTimeoutMs: 60_000,
          tariff: { price: tariff, rate: 'deck' },
        },
      ],
    },
    ...more,
  };
}

interface World {
  readonly limits: FraudLimits;
  readonly past: Past;
  readonly told: string[];
  readonly trips: TripBook;
}

async function world(trips: TripBook, rules: Partial<FraudRules> = {}, past = new Past()): Promise<World> {
  const told: string[] = [];
  const known = new Set<string>();
  const limits = await createFraudLimits({
    rules: { base: { closed: ['premium-rate'] }, users: [], revenueShare: ['+247'], ...rules },
    currency: currency('EUR'),
    trips,
    activity: past,
    numbersOf: () => ({ region: 'DE', dialPlan: [] }),
    async tell(about, words) {
      if (!known.has(about)) told.push(words);
      known.add(about);
    },
    logger: pino({ level: 'silent' }),
  });
  return { limits, past, told, trips };
}

describeOnEach('limits against fraud', (database) => {
  let store: Store;
  beforeEach(async () => {
    store = await database.open();
  });

  it('refuse with the numbers, tell the administrators once, and go on refusing', async () => {
    const { limits, past, told } = await world(store.trips, { base: { closed: [], callsPerMinute: 2 } });
    const check = (now: number) => limits.check(callTo('+49301234567'), now);
    expect(await check(NOW)).toBeUndefined();
    past.made.push({ user: alice, at: NOW }, { user: alice, at: NOW + 1000.5 });
    const refusal = {
      cause: 'limit-reached',
      params: { limit: '2 calls in a minute' },
      admin: 'calls-per-minute: 2 calls in a minute, would be 3',
    };
    expect(await check(NOW + 2000.25)).toEqual(refusal);
    expect(await check(NOW + 3000)).toEqual(refusal);
    expect(told).toEqual([
      '@alice:example.org ran into a limit against fraud: 2 calls in a minute (this would have been call 3). The call was ' +
        'refused. If it was meant, lift it by writing here: !limit lift @alice:example.org calls-per-minute',
    ]);
    expect(await store.trips.open(NOW + 3000)).toMatchObject([{ user: alice, times: 2, callRef: 'out-1' }]);
    expect(await limits.check(callTo('+49301234567', { user: bob }), NOW + 3000)).toBeUndefined();
    expect(await check(NOW + 1000 + MINUTE + 1)).toBeUndefined();
  });

  it('that are lifted count from then on anew', async () => {
    const { limits, past, told } = await world(store.trips, { base: { closed: [], callsPerHour: 1 } });
    past.made.push({ user: alice, at: NOW - 5 * MINUTE });
    const check = (now: number) => limits.check(callTo('+49301234567'), now);
    expect(await check(NOW)).toMatchObject({ cause: 'limit-reached' });
    expect(await limits.lift(alice, 'calls-per-hour', '@admin:example.org', NOW + 1)).toMatchObject([
      { limit: 'calls-per-hour', liftedBy: '@admin:example.org' },
    ]);
    expect(await check(NOW + 2)).toBeUndefined();
    past.made.push({ user: alice, at: NOW + 2 });
    expect(await check(NOW + 3)).toMatchObject({ cause: 'limit-reached' });
    expect(told).toHaveLength(2);
  });

  it('of new users are lower, until they are no longer new', async () => {
    const { limits, past } = await world(store.trips, {
      base: { closed: [], callsPerHour: 4 },
      newUsers: { days: 7, percent: 50 },
    });
    const check = (now: number) => limits.check(callTo('+49301234567'), now);
    past.made.push({ user: alice, at: NOW - 1 }, { user: alice, at: NOW });
    expect(await check(NOW + 1)).toMatchObject({ params: { limit: '2 calls in an hour' } });
    expect(await limits.current(alice, NOW)).toMatchObject({ isNew: true, limits: { callsPerHour: 2 } });
    past.made.unshift({ user: alice, at: NOW - 7 * DAY });
    expect(await check(NOW + 1)).toBeUndefined();
    expect(await limits.current(alice, NOW)).toMatchObject({ isNew: false, limits: { callsPerHour: 4 } });
  });

  it('that are set for one user hold for them alone, also when somebody else set them', async () => {
    const base = { closed: ['premium-rate' as const], callsPerHour: 1, pricePerMinute: parseAmount('1') };
    const { limits } = await world(store.trips, { base });
    const other = await world(store.trips, { base });
    await other.limits.set(alice, { callsPerHour: 5, pricePerMinute: null, closed: [] }, 'cli', NOW);
    expect(limits.of(alice)).toMatchObject({ callsPerHour: 1 });
    await limits.refresh();
    expect(limits.of(alice)).toEqual({ callsPerHour: 5, closed: [] });
    expect(limits.of(bob)).toEqual(base);
    await other.limits.set(alice, undefined, 'cli', NOW);
    await limits.refresh();
    expect(limits.of(alice)).toEqual(base);
  });

  it('of the configuration for some users are in place of those for all', async () => {
    const { limits } = await world(store.trips, {
      base: { closed: ['premium-rate'], callsPerHour: 1, callS: 60 },
      users: [
        { users: matchPeople([bob]), limits: { callsPerHour: 9, countries: ['DE'] } },
        { users: matchPeople(['@*:example.org']), limits: { callsPerHour: null } },
      ],
    });
    expect(limits.of(bob)).toEqual({ closed: ['premium-rate'], callsPerHour: 9, callS: 60, countries: ['DE'] });
    expect(limits.of(alice)).toEqual({ closed: ['premium-rate'], callS: 60 });
  });

  it('let a call last no longer than what is left of the day', async () => {
    const base = { closed: [], minutesPerDay: 10, spendPerDay: parseAmount('1') };
    const { limits, past } = await world(store.trips, { base });
    const longest = async () => await limits.check(callTo('+49301234567'), NOW);
    // A euro, at a cent a second.
    expect(await longest()).toEqual({ longestMs: 99_750 });
    past.made.push({ user: alice, at: NOW - HOUR, talkMs: 9.5 * MINUTE, spent: '0.05' });
    expect(await longest()).toEqual({ longestMs: 30_000 });
    past.made.push({ user: alice, at: NOW - HOUR, spent: '0.85' });
    expect(await longest()).toEqual({ longestMs: 9_750 });
    past.made.push({ user: alice, at: NOW - HOUR, spent: '0.01' });
    expect(await longest()).toMatchObject({ params: { limit: '1.00 EUR in 24 hours' } });
  });

  it('do not count the call that a transfer takes the place of', async () => {
    const { limits, past } = await world(store.trips, { base: { closed: [], callsAtOnce: 1 } });
    past.made.push({ user: alice, at: NOW - MINUTE, isLive: true });
    expect(await limits.check(callTo('+49301234567'), NOW)).toMatchObject({
      params: { limit: '1 call at the same time' },
    });
    expect(await limits.check(callTo('+49301234567', { transferOf: 'out-0' }), NOW)).toBeUndefined();
  });

  it('never ask about emergency calls and calls inside', async () => {
    const { limits, past } = await world(store.trips, { base: { closed: [], callsPerHour: 0 } });
    const call = callTo('+49301234567');
    expect(await limits.check({ ...call, isInside: true }, NOW)).toBeUndefined();
    expect(await limits.check({ ...call, plan: { ...call.plan, emergency: true } }, NOW)).toBeUndefined();
    expect(past.asked).toBe(0);
    expect(await limits.check(call, NOW)).toMatchObject({ cause: 'limit-reached' });
  });

  describe('of destinations', () => {
    const refused = (dialled: string, cause: 'destination-closed' | 'destination-denied' | 'price-too-high') => ({
      user: alice,
      callRef: 'out-1',
      dialled,
      cause,
      admin: 'office (deck/4990)',
    });

    it('are told of once, and are opened for a user when they are lifted', async () => {
      const { limits, told } = await world(store.trips, {
        base: { closed: ['premium-rate', 'revenue-share'], pricePerMinute: parseAmount('1') },
      });
      const premium = { target: '+499001234567', type: 'premium-rate', country: 'DE' } as const;
      const island = { target: '+24761234', type: 'unknown' } as const;
      expect(limits.closed(alice, premium, 'DE')).toMatchObject({ cause: 'destination-closed' });
      await limits.refused(refused('0900 1234567', 'destination-closed'), NOW);
      await limits.refused(refused('0900 7654321', 'destination-closed'), NOW + 1000);
      await limits.refused(refused('+49301234567', 'price-too-high'), NOW);
      // Refused by permissions.destinations: no limit of ours.
      await limits.refused(refused('030 1234567', 'destination-denied'), NOW);
      expect(told).toEqual([
        expect.stringContaining('no numbers that can be very expensive (it was a premium-rate number)'),
        expect.stringContaining('1.00 EUR a minute (the call would have cost more)'),
      ]);
      await limits.lift(alice, undefined, 'cli', NOW + 2000);
      expect(limits.closed(alice, premium, 'DE')).toBeUndefined();
      expect(limits.closed(alice, island, 'DE')).toMatchObject({ admin: 'fraud.closed: revenue-share' });
      expect(limits.closed(bob, premium, 'DE')).toMatchObject({ cause: 'destination-closed' });
      expect(limits.of(alice)).toEqual({ closed: ['revenue-share'] });
    });

    it('a country that is not in the list of a user is added to it when it is lifted', async () => {
      const { limits, told } = await world(store.trips, { base: { closed: [], countries: ['DE'] } });
      const french = { target: '+33123456789', type: 'fixed-line', country: 'FR' } as const;
      expect(limits.closed(alice, french, 'DE')).toMatchObject({ cause: 'destination-denied' });
      await limits.refused(refused('+33123456789', 'destination-denied'), NOW);
      expect(told).toEqual([expect.stringContaining('calls to DE only (the number is in FR)')]);
      await limits.lift(alice, 'country', 'cli', NOW + 1);
      expect(limits.closed(alice, french, 'DE')).toBeUndefined();
      expect(limits.of(alice).countries).toEqual(['DE', 'FR']);
    });
  });

  describe('unusual traffic is told of', () => {
    it('the first call to each country other than the own, once', async () => {
      const { limits, past, told } = await world(store.trips);
      await limits.check(callTo('+49301234567'), NOW);
      await limits.check(callTo('+33123456789'), NOW);
      await limits.check(callTo('+33123456789'), NOW + 1);
      past.made.push({ user: alice, at: NOW, country: 'GB' });
      await limits.check(callTo('+442012345678'), NOW);
      await limits.check(callTo('+33123456789', { user: bob }), NOW);
      expect(told).toEqual([
        '@alice:example.org called FR for the first time (+33123456789).',
        '@bob:example.org called FR for the first time (+33123456789).',
      ]);
    });

    it('a burst in the night, once a night', async () => {
      const night = { from: '00:00', to: '05:00', timeZone: 'Europe/Berlin', calls: 10, minutes: 10 };
      const { limits, past, told } = await world(store.trips, { night });
      // 03:00 in Berlin.
      const three = Date.UTC(2026, 10, 21, 2);
      for (let n = 0; n < 12; n += 1) {
        const at = three + n * MINUTE * 0.8;
        await limits.check(callTo('+49301234567'), at);
        past.made.push({ user: alice, at });
      }
      expect(told).toEqual([
        '@alice:example.org made 10 calls within 10 minutes in the night. If it was not meant, block the user and change ' +
          'their password.',
      ]);
      for (let n = 0; n < 12; n += 1) past.made.push({ user: bob, at: NOW });
      await limits.check(callTo('+49301234567', { user: bob }), NOW + 1);
      expect(told).toHaveLength(1);
    });
  });
});

describe('a call', () => {
  it('does not fail because something unusual about it could not be told of', async () => {
    const failing = new Proxy({} as TripBook, {
      get: (_target, name) => {
        if (name === 'version') return async () => 0;
        if (name === 'settings') return async () => new Map();
        if (name === 'liftedAt') return async () => ({});
        return () => Promise.reject(new Error('the disk is full'));
      },
    });
    const { limits } = await world(failing);
    expect(await limits.check(callTo('+33123456789'), NOW)).toBeUndefined();
  });
});
