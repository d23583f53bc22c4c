import { beforeEach, expect, it } from 'vitest';
import type { CreditTerms, Transfer } from '../../../../src/account/ledger/ports.ts';
import { createActivityBook, type RecordBook, type StoredRecord } from '../../../../src/account/records/index.ts';
import type { CallId, RoomId } from '../../../../src/matrix/index.ts';
import { micros, NOTHING } from '../../../../src/money.ts';
import type { Store } from '../../../../src/store/index.ts';
import {
  alice,
  bob,
  closedOut,
  EUR,
  missedIn,
  NOON,
  openOut,
  tariff,
  telephoneLeg,
} from '../../account/records/samples.ts';
import { describeOnEach } from '../databases.ts';

const prepaid = (): CreditTerms => ({ kind: 'prepaid', limit: NOTHING });

async function collect(records: AsyncIterable<StoredRecord>): Promise<readonly string[]> {
  const refs: string[] = [];
  for await (const { callRef } of records) refs.push(callRef);
  return refs;
}

describeOnEach('records of calls', (database) => {
  let store: Store;
  let records: RecordBook;
  let ledger: ReturnType<Store['ledger']>;
  beforeEach(async () => {
    store = await database.open();
    ledger = store.ledger({ currency: EUR, termsOf: prepaid });
    records = store.records(ledger);
  });

  const topUp = (amount: number): Transfer => ({
    key: `topup-${amount}`,
    from: 'house:payments',
    to: `user:${alice}`,
    amount: micros(amount),
    reason: 'topup',
  });
  const hold = (callRef: string, amount: number): Transfer => ({
    key: `${callRef}/reserve`,
    from: `user:${alice}`,
    to: `held:${alice}`,
    amount: micros(amount),
    reason: 'call-reserve',
    about: callRef,
  });
  const chargeOf = (callRef: string, amount: number): Transfer => ({
    key: `${callRef}/charge`,
    from: `held:${alice}`,
    to: 'house:revenue',
    amount: micros(amount),
    reason: 'call-charge',
    about: callRef,
  });

  it('gives back every column of what was closed, of calls out and in', async () => {
    await records.close(closedOut('c-1'), [], NOON);
    await records.close(missedIn('c-2'), [], NOON);
    expect(await records.find('c-1')).toEqual(closedOut('c-1'));
    expect(await records.find('c-2')).toEqual(missedIn('c-2'));
    expect(await records.find('c-3')).toBeUndefined();
  });

  it('opens a call with what is set aside for it, or neither', async () => {
    await ledger.post([topUp(100)], NOON);
    expect(await records.open(openOut('c-1'), [hold('c-1', 101)], NOON)).toMatchObject({ kind: 'short' });
    expect(await records.find('c-1')).toBeUndefined();
    expect(await records.open(openOut('c-1'), [hold('c-1', 80)], NOON)).toMatchObject({ kind: 'posted' });
    expect(await records.find('c-1')).toEqual(openOut('c-1'));
    expect(await ledger.balance(`held:${alice}`)).toBe(80);
  });

  it('opens and closes a call once, however often it is asked', async () => {
    await ledger.post([topUp(100)], NOON);
    await records.open(openOut('c-1'), [hold('c-1', 80)], NOON);
    await records.open(openOut('c-1', { dialled: 'another' }), [hold('c-1', 80)], NOON);
    expect(await records.close(closedOut('c-1'), [chargeOf('c-1', 80)], NOON)).toBe(true);
    expect(await records.close(closedOut('c-1', { talkMs: 1 }), [chargeOf('c-1', 80)], NOON)).toBe(false);
    await records.open(openOut('c-1'), [hold('c-1', 80)], NOON);
    expect(await records.find('c-1')).toEqual(closedOut('c-1'));
    expect(await ledger.balance(`user:${alice}`)).toBe(20);
    expect(await ledger.balance('house:revenue')).toBe(80);
  });

  it('closes no record when what settles it cannot be posted', async () => {
    await records.open(openOut('c-1'), [], NOON);
    await expect(records.close(closedOut('c-1'), [chargeOf('c-1', 80)], NOON)).rejects.toThrow('set aside');
    expect((await records.find('c-1'))?.isOpen).toBe(true);
    expect(await ledger.balance('house:revenue')).toBe(0);
  });

  it('has one record of a call that was begun again after the process died', async () => {
    const same = { roomId: '!r:example.org' as RoomId, callId: 'one' as CallId };
    const refused = { ...openOut('refused', same), isOpen: false, end: { cause: 'room-busy' } } as const;
    await records.close(refused, [], NOON);
    await records.open(openOut('begun', same), [], NOON);
    await records.close({ ...openOut('begun', same), isOpen: false, end: { cause: 'gateway-restarted' } }, [], NOON);
    await records.open(openOut('again', same), [], NOON);
    expect(await collect(records.stream({ user: alice }))).toEqual(['again']);
    await records.close(closedOut('again', same), [], NOON);
    await records.close({ ...refused, callRef: 'busy' }, [], NOON);
    expect(await collect(records.stream({}))).toEqual(['again', 'busy']);

    const invite = { trunk: 'main', sipCallId: 'x@trunk' };
    await records.close(missedIn('in-1', { ...invite, end: { cause: 'gateway-restarted' } }), [], NOON);
    await records.close(missedIn('in-2', { ...invite, trunk: 'other', end: { cause: 'gateway-restarted' } }), [], NOON);
    await records.open(missedIn('in-3', { ...invite, isOpen: true }), [], NOON);
    expect((await collect(records.stream({ direction: 'in' }))).toSorted()).toEqual(['in-2', 'in-3']);
  });

  it('follows an open call, and leaves a closed one alone', async () => {
    await records.open(openOut('c-1'), [], NOON);
    const first = telephoneLeg(0, { trunk: 'backup' });
    const second = telephoneLeg(1, { startedAt: NOON + 300 });
    await records.progressed('c-1', { type: 'placed', leg: 0, at: NOON + 100, sipCallId: 'one', begun: first });
    await records.progressed('c-1', { type: 'placed', leg: 1, at: NOON + 300, sipCallId: 'two', begun: second });
    await records.progressed('c-1', { type: 'ringing', leg: 1, at: NOON + 400 });
    await records.progressed('c-1', { type: 'ringing', leg: 1, at: NOON + 450 });
    await records.progressed('c-1', { type: 'answered', leg: 1, at: NOON + 900 });
    const followed = openOut('c-1', {
      trunk: 'main',
      sipCallId: 'two',
      inviteSentAt: NOON + 100,
      ringingAt: NOON + 400,
      answeredAt: NOON + 900,
      seenAt: NOON + 900,
      legs: [
        { ...first, sipCallId: 'one', endedAt: NOON + 300 },
        { ...second, sipCallId: 'two', ringingAt: NOON + 400, answeredAt: NOON + 900 },
      ],
    });
    expect(await records.find('c-1')).toEqual(followed);
    await records.close(closedOut('c-1'), [], NOON);
    await records.progressed('c-1', { type: 'answered', leg: 0, at: NOON + 1 });
    await records.seen(['c-1'], NOON + 999_999);
    expect(await records.find('c-1')).toEqual(closedOut('c-1'));
  });

  it('knows who took a call in before it is over', async () => {
    const call = missedIn('c-1', { isOpen: true, legs: [] });
    await records.open(call, [], NOON);
    const taken = { user: bob, roomId: '!b:example.org' as RoomId, callId: 'b' as CallId };
    await records.progressed('c-1', { type: 'taken', at: NOON + 50, ...taken });
    expect(await records.find('c-1')).toMatchObject(taken);
    expect(await records.list({ user: bob }, 10)).toHaveLength(1);
  });

  it('notes when open calls were last known to go on, never back in time', async () => {
    await records.open(openOut('c-1'), [], NOON);
    await records.seen(['c-1', 'c-unknown'], NOON + 5_000);
    await records.seen(['c-1'], NOON + 4_000);
    expect((await records.allOpen()).map(({ callRef, seenAt }) => [callRef, seenAt])).toEqual([['c-1', NOON + 5_000]]);
  });

  it('lists the latest first, page by page, and streams the oldest first', async () => {
    for (let n = 0; n < 7; n++) {
      // Some begin in the same moment.
      await records.close(closedOut(`c-${n}`, { openedAt: NOON + Math.floor(n / 3) * 1_000 }), [], NOON);
    }
    const first = await records.list({}, 3);
    const second = await records.list({}, 3, first.at(-1));
    const third = await records.list({}, 3, second.at(-1));
    const refs = [...first, ...second, ...third].map(({ callRef }) => callRef);
    expect(refs).toEqual(['c-6', 'c-5', 'c-4', 'c-3', 'c-2', 'c-1', 'c-0']);
    expect(await collect(records.stream({}))).toEqual([...refs].reverse());
  });

  it('streams more than a page, each once', async () => {
    const count = 1_203;
    for (let n = 0; n < count; n += 100) {
      await Promise.all(
        Array.from({ length: Math.min(100, count - n) }, (_, k) =>
          records.close(missedIn(`c-${n + k}`, { openedAt: NOON + ((n + k) % 7) }), [], NOON),
        ),
      );
    }
    const refs = await collect(records.stream({}));
    expect(refs).toHaveLength(count);
    expect(new Set(refs).size).toBe(count);
  });

  it('finds by person, time, direction, trunk, number and state', async () => {
    await records.close(closedOut('out'), [], NOON);
    await records.close(missedIn('missed', { openedAt: NOON + 1_000 }), [], NOON);
    await records.close(closedOut('bobs', { user: bob, trunk: 'backup', number: '+33123456789' }), [], NOON);
    await records.open(openOut('open', { openedAt: NOON + 2_000, seenAt: NOON + 2_000 }), [], NOON);
    const found = async (filter: Parameters<RecordBook['stream']>[0]) =>
      [...(await collect(records.stream(filter)))].sort();
    expect(await found({ user: alice })).toEqual(['missed', 'open', 'out']);
    expect(await found({ user: '!office:example.org' })).toEqual(['missed']);
    expect(await found({ direction: 'in' })).toEqual(['missed']);
    expect(await found({ trunk: 'backup' })).toEqual(['bobs']);
    expect(await found({ number: '+33123456789' })).toEqual(['bobs']);
    expect(await found({ number: '+4930901820', direction: 'in' })).toEqual(['missed']);
    expect(await found({ isOpen: true })).toEqual(['open']);
    expect(await found({ from: NOON + 1_000, until: NOON + 2_000 })).toEqual(['missed']);
  });

  it('sums closed calls by user, month and direction', async () => {
    const october = Date.UTC(2026, 9, 31, 23, 59, 59, 999);
    await records.close(closedOut('a'), [], NOON);
    await records.close(closedOut('b'), [], NOON);
    const { money: _, ...free } = closedOut('free');
    await records.close({ ...free, talkMs: 1_000 }, [], NOON);
    await records.close(closedOut('october', { openedAt: october }), [], NOON);
    await records.close(missedIn('missed'), [], NOON);
    await records.open(openOut('open'), [], NOON);
    const sums = { calls: 1, answered: 1, talkMs: 90_000, billedS: 90, currency: EUR, price: 110_000, cost: 40_000 };
    expect(await records.usage({})).toEqual([
      { month: '2026-11', direction: 'in', calls: 1, answered: 0, talkMs: 0, billedS: 0, price: 0, cost: 0 },
      {
        user: alice,
        month: '2026-11',
        direction: 'out',
        ...sums,
        calls: 3,
        answered: 3,
        talkMs: 181_000,
        billedS: 180,
        price: 220_000,
        cost: 80_000,
      },
      { user: alice, month: '2026-10', direction: 'out', ...sums },
    ]);
    expect(await records.usage({ user: bob })).toEqual([]);
  });

  it('counts for limits what went out to the telephone network, with what runs up to now', async () => {
    const activity = createActivityBook(records);
    const opened = async (record: StoredRecord) => {
      await records.open(record, [], NOON);
      return record;
    };
    await opened(openOut('closed'));
    await records.close(closedOut('closed'), [], NOON);
    await opened(openOut('inside', { isInside: true, number: '200' }));
    await opened(openOut('emergency', { isEmergency: true, number: '112' }));
    await opened(openOut('others', { user: bob }));
    await opened(openOut('before', { openedAt: NOON - 1 }));
    await records.close(closedOut('refused', { number: '+882123456789' }), [], NOON);
    await opened(openOut('talking', { openedAt: NOON + 10, number: '+33123456789', country: 'FR' }));
    const leg = telephoneLeg(0, { startedAt: NOON + 20 });
    await records.progressed('talking', { type: 'placed', leg: 0, at: NOON + 20, begun: leg });
    await records.progressed('talking', { type: 'answered', leg: 0, at: NOON + 1_000 });
    const since = await activity.since(alice, NOON, NOON + 31_000);
    expect({ ...since, numbers: [...since.numbers].sort(), countries: [...since.countries].sort() }).toEqual({
      calls: 2,
      live: 1,
      numbers: ['+33123456789', '+441818118181'],
      countries: ['FR', 'GB'],
      talkMs: 90_000 + 30_000,
      // Half a minute is paid as the whole first one.
      spent: 110_000 + tariff.connectFee + tariff.perMinute,
    });
    expect(await activity.firstCallAt(alice)).toBe(NOON - 1);
    expect(await activity.firstCallAt('@nobody:example.org')).toBeUndefined();
    expect(await activity.hasCalledCountry(alice, 'FR')).toBe(true);
    expect(await activity.hasCalledCountry(alice, '001')).toBe(false);
  });

  it('forgets closed calls that began before', async () => {
    await records.close(closedOut('old', { openedAt: NOON - 10_000 }), [], NOON);
    await records.open(openOut('open', { openedAt: NOON - 10_000 }), [], NOON);
    await records.close(closedOut('new'), [], NOON);
    await records.prune(NOON);
    expect(await collect(records.stream({}))).toEqual(['open', 'new']);
    expect(await records.list({ user: alice }, 10)).toHaveLength(2);
  });
});
