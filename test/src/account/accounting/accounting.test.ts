import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SipCallId } from '../../../../sip/index.ts';
import type { CallLimits } from '../../../../src/account/accounting/index.ts';
import { priceOfSeconds } from '../../../../src/account/rating/charge.ts';
import type { CallId, RoomId } from '../../../../src/matrix/index.ts';
import { micros } from '../../../../src/money.ts';
import { describeOnEach } from '../../store/databases.ts';
import { alice, bob, EUR, tariff } from '../records/samples.ts';
import { type BookOptions, type Books, callOut, ended, noCredit, openBooks, route, talked } from './house.ts';

describeOnEach('the books of calls', (database) => {
  const open = async (options: BookOptions) => openBooks({ ...options, store: await database.open() });
  let books: Books;
  afterEach(async () => {
    await books.accounting.stop();
    expect(await books.ledger.verify()).toEqual([]);
  });

  const least = priceOfSeconds(tariff, tariff.firstS);
  const balances = async () => ({
    user: await books.ledger.balance(`user:${alice}`),
    held: await books.ledger.balance(`held:${alice}`),
    revenue: await books.ledger.balance('house:revenue'),
  });

  describe('a call out that costs', () => {
    it('has its least price set aside, then pays to the increment what it talked; record and ledger agree', async () => {
      books = await open({ credit: 1_000_000 });
      const { accounting, clock } = books;
      const cost = { ...tariff, perMinute: micros(10_000), connectFee: micros(0) };
      const call = callOut('c-1', clock, {}, { routes: [route('main', tariff, cost)] });
      expect(await accounting.enter(call, noCredit)).toEqual({ kind: 'entered' });
      expect(await balances()).toEqual({ user: 1_000_000 - least, held: least, revenue: 0 });
      accounting.progressed('c-1', { type: 'placed', attempt: 0, at: clock.now(), sipCallId: 'abc@trunk' });
      clock.advance(5_000);
      const answeredAt = clock.now();
      accounting.progressed('c-1', { type: 'answered', attempt: 0, at: answeredAt });
      clock.advance(61_200);
      await accounting.close(talked(call, clock, answeredAt));
      const price = priceOfSeconds(tariff, 62);
      expect(await balances()).toEqual({ user: 1_000_000 - price, held: 0, revenue: price });
      const record = await books.records.find('c-1');
      expect(record?.money).toEqual({
        currency: EUR,
        price,
        listPrice: price,
        cost: priceOfSeconds(cost, 62),
        rate: 'main 44 2026-11-01',
        billedS: 62,
      });
      expect(record).toMatchObject({
        isOpen: false,
        trunk: 'main',
        sipCallId: 'abc@trunk',
        talkMs: 61_200,
        number: '+441818118181',
        country: 'GB',
        line: '+4930901820',
        end: { cause: 'normal' },
        legs: [{ index: 0, callerId: '+4930901820', answeredAt, money: { price } }],
      });
      expect(books.closed).toEqual([record]);
    });

    it('gets all back when nobody answers, and its record says that it cost nothing', async () => {
      books = await open({ credit: 1_000_000 });
      const { accounting, clock } = books;
      const call = callOut('c-1', clock);
      await accounting.enter(call, noCredit);
      accounting.progressed('c-1', { type: 'placed', attempt: 0, at: clock.now() });
      clock.advance(30_000);
      const { answeredAt: _, ...times } = talked(call, clock, 0).times;
      await accounting.close({ ...talked(call, clock, 0), times, talkMs: 0 });
      expect(await balances()).toEqual({ user: 1_000_000, held: 0, revenue: 0 });
      expect((await books.records.find('c-1'))?.money).toMatchObject({
        price: 0,
        billedS: 0,
        rate: 'main 44 2026-11-01',
      });
    });

    it('is refused when the credit is too low, and its record says so', async () => {
      books = await open({ credit: least - 1 });
      const { accounting, clock } = books;
      const call = callOut('c-1', clock);
      expect(await accounting.enter(call, noCredit)).toMatchObject({ kind: 'refused', cause: 'credit-too-low' });
      expect(await books.records.allOpen()).toEqual([]);
      const outcome = { endedBy: 'gateway', cause: 'credit-too-low', reason: 'unknown_error' } as const;
      await accounting.close(ended(call, clock, { outcome }));
      expect(await books.records.find('c-1')).toMatchObject({
        isOpen: false,
        dialled: '01818118181',
        number: '+441818118181',
        line: '+4930901820',
        end: { cause: 'credit-too-low' },
      });
      expect((await books.records.activity(alice, 0)).closed.calls).toBe(0);
    });

    it('cannot spend what another call of the same moment spends', async () => {
      books = await open({ credit: least + 1 });
      const { accounting, clock } = books;
      const calls = ['c-1', 'c-2', 'c-3'].map((ref) => callOut(ref, clock));
      const entered = await Promise.all(calls.map((call) => accounting.enter(call, noCredit)));
      expect(entered.map(({ kind }) => kind)).toEqual(['entered', 'refused', 'refused']);
    });

    it('is settled by the tariff of the route that was answered, though a dearer one was set aside', async () => {
      books = await open({ credit: 10_000_000 });
      const { accounting, clock } = books;
      const dear = { ...tariff, perMinute: micros(600_000) };
      const call = callOut('c-1', clock, {}, { routes: [route('dear', dear), route('none', tariff), route('main')] });
      await accounting.enter(call, noCredit);
      expect((await balances()).held).toBe(priceOfSeconds(dear, 60));
      // The second route takes none of the client's codecs: it is never tried.
      const at = clock.now();
      accounting.progressed('c-1', { type: 'placed', attempt: 0, at, sipCallId: 'one' });
      accounting.progressed('c-1', { type: 'placed', attempt: 2, at, sipCallId: 'two' });
      accounting.progressed('c-1', { type: 'answered', attempt: 2, at });
      clock.advance(10_000);
      const failure = { at, cause: 'network-busy', sipStatus: 503, admin: '503 Service Unavailable' } as const;
      const [first, second] = ['one', 'two'] as SipCallId[];
      await accounting.close({
        ...talked(call, clock, at),
        trunk: 'main',
        attempts: [
          { route: 0, trunk: 'dear', target: '+441818118181', startedAt: at, sipCallId: first as SipCallId, failure },
          { route: 2, trunk: 'main', target: '+441818118181', startedAt: at, sipCallId: second as SipCallId },
        ],
      });
      expect(await balances()).toEqual({ user: 10_000_000 - least, held: 0, revenue: least });
      const record = await books.records.find('c-1');
      expect(record?.legs).toMatchObject([
        { index: 0, trunk: 'dear', end: { cause: 'network-busy', sipStatus: 503 }, money: { price: 0, billedS: 0 } },
        { index: 2, trunk: 'main', end: { cause: 'normal' }, money: { price: least, billedS: 60 } },
      ]);
    });
  });

  it('what was not noted while it went on is priced at its end all the same', async () => {
    books = await open({});
    const { accounting, clock } = books;
    const call = callOut('c-1', clock);
    await accounting.enter(call, noCredit);
    const at = clock.now();
    clock.advance(10_000);
    await accounting.close(talked(call, clock, at));
    expect(await balances()).toMatchObject({ held: 0, revenue: least });
    expect((await books.records.find('c-1'))?.legs).toMatchObject([
      { callerId: '+4930901820', money: { price: least } },
    ]);
  });

  describe('limits', () => {
    it('are asked for one call of a user at a time, and each sees the one before', async () => {
      const check = vi.fn(async (call) =>
        (await books.records.activity(call.user, 0)).open.length < 2
          ? undefined
          : ({ cause: 'limit-reached', params: { limit: 'two calls' }, admin: '2 calls' } as const),
      );
      books = await open({ limits: { check } satisfies CallLimits });
      const { accounting, clock } = books;
      const users = [alice, alice, alice, bob];
      const entered = await Promise.all(
        users.map((user, n) =>
          accounting.enter(callOut(`c-${n}`, clock, { user }, { routes: [route('main', 'none')] }), noCredit),
        ),
      );
      expect(entered).toEqual([
        { kind: 'entered' },
        { kind: 'entered' },
        { kind: 'refused', cause: 'limit-reached', params: { limit: 'two calls' }, admin: '2 calls' },
        { kind: 'entered' },
      ]);
    });

    it('and credit do not touch emergency calls, nor calls that stay inside', async () => {
      const check = vi.fn(async () => ({ cause: 'limit-reached' }) as const);
      books = await open({ limits: { check }, credit: 1 });
      const { accounting, clock } = books;
      const emergency = callOut('c-1', clock, {}, { emergency: true });
      const inside = callOut('c-2', clock, { isInside: true });
      for (const call of [emergency, inside]) {
        expect(await accounting.enter(call, noCredit)).toEqual({ kind: 'entered' });
        const at = clock.now();
        accounting.progressed(call.callRef, { type: 'placed', attempt: 0, at });
        accounting.progressed(call.callRef, { type: 'answered', attempt: 0, at });
        clock.advance(100_000);
        await accounting.close(talked(call, clock, at));
      }
      expect(check).not.toHaveBeenCalled();
      expect(await balances()).toEqual({ user: 1, held: 0, revenue: 0 });
      expect(await books.records.find('c-1')).toMatchObject({ isEmergency: true, money: { price: 0 } });
      expect(await books.records.find('c-2')).toMatchObject({ isInside: true });
    });
  });

  describe('a call in', () => {
    it('is on record from its beginning, with who took it', async () => {
      books = await open({});
      const { accounting, clock } = books;
      const openedAt = clock.now();
      const sipCallId = 'in@trunk' as SipCallId;
      const party = { callRef: 'c-1', trunk: 'main', sipCallId, called: '+4930901820' } as const;
      await accounting.enter({ ...party, direction: 'in', callerNumber: '+491711234567', openedAt }, noCredit);
      const taken = { user: bob, roomId: '!b:example.org' as RoomId, callId: 'b' as CallId };
      accounting.progressed('c-1', { type: 'ringing', attempt: 0, at: openedAt });
      accounting.progressed('c-1', { type: 'taken', at: openedAt, ...taken });
      accounting.progressed('c-1', { type: 'answered', attempt: 0, at: openedAt });
      clock.advance(1_000);
      await accounting.close({
        ...party,
        direction: 'in',
        caller: { number: '+491711234567', withheld: false },
        divertedBy: [],
        rang: [
          { target: { kind: 'user', user: alice }, verdict: 'called-off' },
          { target: { kind: 'user', user: bob }, verdict: 'answered' },
        ],
        answeredBy: bob,
        roomId: taken.roomId,
        callId: taken.callId,
        times: { arrivedAt: openedAt, ringingAt: openedAt, answeredAt: openedAt, endedAt: clock.now() },
        talkMs: 1_000,
        outcome: { endedBy: 'caller', cause: 'normal' },
      });
      const record = await books.records.find('c-1');
      expect(record).toMatchObject({
        direction: 'in',
        ...taken,
        number: '+491711234567',
        country: 'DE',
        line: '+4930901820',
        talkMs: 1_000,
        legs: [
          { kind: 'ring', target: alice, verdict: 'called-off' },
          { kind: 'ring', target: bob, verdict: 'answered' },
        ],
      });
      expect(record?.money).toBeUndefined();
    });
  });

  describe('when the process dies', () => {
    it('calls are closed as they were last known, paid up to then, and what was set aside comes back', async () => {
      books = await open({ credit: 10_000_000 });
      const { accounting, clock } = books;
      await accounting.enter(callOut('talks', clock), noCredit);
      await accounting.enter(callOut('rings', clock), noCredit);
      const answeredAt = clock.now();
      accounting.progressed('talks', { type: 'placed', attempt: 0, at: answeredAt });
      accounting.progressed('talks', { type: 'answered', attempt: 0, at: answeredAt });
      accounting.progressed('rings', { type: 'placed', attempt: 0, at: answeredAt });
      await vi.waitFor(async () => expect((await books.records.find('talks'))?.answeredAt).toBe(answeredAt));
      const seenAt = async (callRef: string) => (await books.records.find(callRef))?.seenAt;
      for (let s = 0; s < 70; s++) {
        clock.advance(1_000);
        // A disk is faster than the clock of this test.
        await vi.waitFor(async () => expect(await seenAt('rings')).toBeGreaterThan(clock.now() - 2_500), {
          interval: 2,
          timeout: 5_000,
        });
      }
      const again = books.restarted();
      expect(await again.recover()).toBe(2);
      const talks = await books.records.find('talks');
      const seenS = Math.ceil((talks?.talkMs ?? 0) / 1_000);
      expect(seenS).toBeGreaterThan(60);
      expect(talks).toMatchObject({ isOpen: false, endedBy: 'gateway', end: { cause: 'gateway-restarted' } });
      expect(talks?.money?.price).toBe(priceOfSeconds(tariff, seenS));
      expect(await books.records.find('rings')).toMatchObject({ isOpen: false, talkMs: 0, money: { price: 0 } });
      expect(await balances()).toMatchObject({ held: 0, revenue: priceOfSeconds(tariff, seenS) });
      expect(await again.recover()).toBe(0);
      await again.stop();
    });

    it('one that cannot be closed stays open and is told of; the others are closed', async () => {
      books = await open({});
      const { accounting, clock, records } = books;
      await accounting.enter(callOut('odd', clock), noCredit);
      await accounting.enter(callOut('right', clock), noCredit);
      const again = books.restarted((book) =>
        wrap(book, {
          close: (record, ...more) =>
            record.callRef === 'odd' ? Promise.reject(new Error('at odds')) : book.close(record, ...more),
        }),
      );
      expect(await again.recover()).toBe(2);
      expect(again.unclosed).toBe(1);
      expect((await records.allOpen()).map(({ callRef }) => callRef)).toEqual(['odd']);
      await again.stop();
      expect(await books.restarted().recover()).toBe(1);
    });

    it('leaves calls of this process alone', async () => {
      books = await open({ credit: 10_000_000 });
      const { accounting, clock } = books;
      const call = callOut('c-1', clock);
      await accounting.enter(call, noCredit);
      expect(await accounting.recover()).toBe(0);
      await accounting.close(ended(call, clock));
    });
  });

  describe('books that cannot be written', () => {
    it('refuse the call that would not be in them', async () => {
      books = await open({
        around: (records) => wrap(records, { open: () => Promise.reject(new Error('the disk is full')) }),
      });
      await expect(books.accounting.enter(callOut('c-1', books.clock), noCredit)).rejects.toThrow('the disk is full');
    });

    it('are written when they can be: a call that is over does not cost more meanwhile', async () => {
      let failures = 2;
      books = await open({
        credit: 1_000_000,
        around: (records) =>
          wrap(records, {
            close: (...args) =>
              failures-- > 0 ? Promise.reject(new Error('the disk is full')) : records.close(...args),
          }),
      });
      const { accounting, clock } = books;
      const call = callOut('c-1', clock);
      await accounting.enter(call, noCredit);
      const at = clock.now();
      accounting.progressed('c-1', { type: 'placed', attempt: 0, at });
      accounting.progressed('c-1', { type: 'answered', attempt: 0, at });
      clock.advance(10_000);
      await expect(accounting.close(talked(call, clock, at))).rejects.toThrow('the disk is full');
      expect(accounting.unclosed).toBe(1);
      await vi.waitFor(async () => {
        clock.advance(2_000);
        expect(await books.records.find('c-1')).toMatchObject({
          isOpen: false,
          talkMs: 10_000,
          money: { price: least },
        });
      });
      expect(accounting.unclosed).toBe(0);
      expect(await balances()).toMatchObject({ held: 0, revenue: least });
    });
  });

  it('a call is closed once, and what comes before it is entered waits for that', async () => {
    books = await open({ credit: 1_000_000 });
    const { accounting, clock } = books;
    const call = callOut('c-1', clock, {}, { emergency: true });
    const at = clock.now();
    const entering = accounting.enter(call, noCredit);
    accounting.progressed('c-1', { type: 'placed', attempt: 0, at });
    accounting.progressed('c-1', { type: 'answered', attempt: 0, at });
    const record = talked(call, clock, at);
    await Promise.all([entering, accounting.close(record), accounting.close({ ...record, talkMs: 5 })]);
    expect(books.closed).toHaveLength(1);
    expect((await books.records.find('c-1'))?.talkMs).toBe(0);
  });
});

function wrap<T extends object>(whole: T, change: Partial<T>): T {
  return new Proxy(whole, {
    get: (target, key) => {
      const own = Reflect.get(change, key) ?? Reflect.get(target, key);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}
