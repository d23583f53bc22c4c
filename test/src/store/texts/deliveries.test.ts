import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import type { DeliveryProgress, StoredDelivery } from '../../../../src/message/index.ts';
import { openStore, type Store } from '../../../../src/store/index.ts';
import { Deliveries } from '../../../../src/store/texts/deliveries.ts';
import { describeOnEach, describeOnPostgres } from '../databases.ts';
import { delivery, event, NOTHING, room, WatchedDatabase } from './samples.ts';

let store: Store;

const refs = (found: readonly StoredDelivery[]) => found.map(({ textRef }) => textRef);
const without = (lanes: readonly string[], transports: readonly string[] = []) => ({
  lanes: new Set(lanes),
  transports: new Set(transports),
});
const tried = (change: Partial<DeliveryProgress> = {}): DeliveryProgress => ({
  route: 0,
  partsAccepted: 0,
  partsTotal: 1,
  tries: 1,
  underWay: false,
  nextTryAt: 1_000,
  ...change,
});

describeOnEach('texts on their way out', (database) => {
  beforeEach(async () => {
    store = await database.open();
  });

  it('are given out as they were added', async () => {
    const full = delivery('a', {
      sender: '+441632960900',
      routes: [{ transport: 'first', account: '200' }, { transport: 'second' }],
      text: 'Grüße 👋\u0000',
      round: 2,
    });
    await store.deliveries.add([full]);
    expect(await store.deliveries.nextOf('lane')).toEqual({
      ...full,
      state: 'waiting',
      progress: { route: 0, partsAccepted: 0, tries: 0, underWay: false, nextTryAt: 1_000 },
    });
  });

  it('are added once, however often and in whatever company they come', async () => {
    const [a, b, c] = [delivery('a'), delivery('b'), delivery('c')];
    expect(await store.deliveries.add([a, b])).toEqual([a, b]);
    expect(await store.deliveries.add([a, b, c, c])).toEqual([c]);
    await store.deliveries.ended('a', 'accepted');
    expect(await store.deliveries.add([a])).toEqual([]);
    expect(refs(await store.deliveries.due(2_000, 10, NOTHING))).toEqual(['b']);
    expect(await store.deliveries.add([])).toEqual([]);
  });

  it('wait behind the first of their lane, also when that is not due yet', async () => {
    await store.deliveries.add([
      delivery('a1', { lane: 'a' }),
      delivery('a2', { lane: 'a' }),
      delivery('b1', { lane: 'b', createdAt: 1_001 }),
    ]);
    expect(refs(await store.deliveries.due(1_001, 10, NOTHING))).toEqual(['a1', 'b1']);
    await store.deliveries.progressed('a1', tried({ nextTryAt: 5_000 }));
    expect(refs(await store.deliveries.due(2_000, 10, NOTHING))).toEqual(['b1']);
    expect(refs(await store.deliveries.due(5_000, 10, NOTHING))).toEqual(['b1', 'a1']);
    await store.deliveries.ended('a1', 'failed', 'no such number');
    expect(refs(await store.deliveries.due(5_000, 10, NOTHING))).toEqual(['a2', 'b1']);
    expect((await store.deliveries.nextOf('a'))?.textRef).toBe('a2');
  });

  it('leave out lanes that are being worked on and trunks that are full, and still give as many as were asked for', async () => {
    await store.deliveries.add([
      ...['a', 'b', 'c', 'd'].map((lane) => delivery(lane, { lane })),
      delivery('e', { lane: 'e', routes: [{ transport: 'other' }] }),
    ]);
    expect(refs(await store.deliveries.due(2_000, 2, NOTHING))).toEqual(['a', 'b']);
    expect(refs(await store.deliveries.due(2_000, 2, without(['a', 'b'])))).toEqual(['c', 'd']);
    expect(refs(await store.deliveries.due(2_000, 9, without(['a', 'x'], ['trunk'])))).toEqual(['e']);
    expect(refs(await store.deliveries.due(2_000, 9, without([], ['trunk', 'other'])))).toEqual([]);
  });

  it('go by the trunk of the route that is used now', async () => {
    await store.deliveries.add([delivery('a', { routes: [{ transport: 'first' }, { transport: 'second' }] })]);
    await store.deliveries.progressed('a', tried({ route: 1 }));
    expect(refs(await store.deliveries.due(2_000, 9, without([], ['second'])))).toEqual([]);
    expect(refs(await store.deliveries.due(2_000, 9, without([], ['first'])))).toEqual(['a']);
  });

  it('are found when another process stored them, for a trunk that this one knows nothing of', async () => {
    const watched = await WatchedDatabase.open();
    let now = 1_000;
    const gateway = new Deliveries(watched.db, watched.batch, () => now);
    expect(await gateway.due(now, 9, NOTHING)).toEqual([]);
    await new Deliveries(watched.db, watched.batch).add([delivery('a')]);
    now += 10_000;
    expect(refs(await gateway.due(now, 9, NOTHING))).toEqual(['a']);
    await watched.close();
  });

  it('say when the next is due', async () => {
    expect(await store.deliveries.nextDueAt(NOTHING)).toBeUndefined();
    await store.deliveries.add([
      delivery('a', { lane: 'a', createdAt: 3_000 }),
      delivery('b', { lane: 'b', createdAt: 2_000 }),
      delivery('c', { lane: 'c', createdAt: 1_000, routes: [{ transport: 'other' }] }),
    ]);
    expect(await store.deliveries.nextDueAt(NOTHING)).toBe(1_000);
    expect(await store.deliveries.nextDueAt(without([], ['other']))).toBe(2_000);
    expect(await store.deliveries.nextDueAt(without(['b'], ['other']))).toBe(3_000);
    expect(await store.deliveries.nextDueAt(without(['a', 'b', 'c']))).toBeUndefined();
  });

  it('are tried at once when their trunk is up again, and those of other trunks are not', async () => {
    await store.deliveries.add([
      delivery('a', { lane: 'a' }),
      delivery('b', { lane: 'b', routes: [{ transport: 'other' }] }),
    ]);
    for (const ref of ['a', 'b']) await store.deliveries.progressed(ref, tried({ nextTryAt: 60_000 }));
    await store.deliveries.wake('trunk', 2_000);
    expect(refs(await store.deliveries.due(2_000, 9, NOTHING))).toEqual(['a']);
  });

  it('wakes more lanes than one statement changes', async () => {
    const many = Array.from({ length: 2_100 }, (_, n) => delivery(`d${n}`, { lane: `l${n}`, createdAt: 9_000 }));
    await store.deliveries.add(many);
    await store.deliveries.wake('trunk', 2_000);
    expect(await store.deliveries.due(2_000, 5_000, NOTHING)).toHaveLength(2_100);
  });

  it('forget what they said when it was accepted, and keep it when it failed', async () => {
    await store.deliveries.add([delivery('a'), delivery('b', { eventId: event('a') })]);
    await store.deliveries.ended('a', 'accepted');
    await store.deliveries.ended('b', 'failed', 'The trunk is down.');
    const [a, b] = await store.deliveries.ofEvent(event('a'));
    expect(a).toMatchObject({ state: 'accepted', text: '' });
    expect(b).toMatchObject({ state: 'failed', text: 'text of b' });
  });

  it('do not become less than they were: what was read has arrived', async () => {
    await store.deliveries.add([delivery('a')]);
    await store.deliveries.ended('a', 'displayed');
    for (const weaker of ['delivered', 'accepted', 'failed', 'withdrawn'] as const) {
      await store.deliveries.ended('a', weaker);
      expect((await store.deliveries.ofEvent(event('a')))[0]?.state).toBe('displayed');
    }
  });

  it('are withdrawn by the lane, with what they said', async () => {
    await store.deliveries.add([delivery('a'), delivery('b'), delivery('c'), delivery('d', { lane: 'other' })]);
    await store.deliveries.ended('a', 'accepted');
    expect([...(await store.deliveries.withdrawLane('lane'))].sort()).toEqual(['b', 'c']);
    expect(refs(await store.deliveries.due(2_000, 9, NOTHING))).toEqual(['d']);
    expect((await store.deliveries.ofEvent(event('b')))[0]).toMatchObject({ state: 'withdrawn', text: '' });
    await store.deliveries.add([delivery('e')]);
    expect(refs(await store.deliveries.due(2_000, 9, NOTHING))).toEqual(['d', 'e']);
  });

  it('are listed as failed until they are asked for again', async () => {
    await store.deliveries.add([delivery('a'), delivery('b'), delivery('c', { roomId: room('elsewhere') })]);
    for (const ref of ['a', 'b', 'c']) await store.deliveries.ended(ref, 'failed');
    expect(refs(await store.deliveries.failedIn(room('r'), 9))).toEqual(['a', 'b']);
    expect(refs(await store.deliveries.failedIn(room('r'), 1))).toEqual(['a']);
    await store.deliveries.add([delivery('a again', { eventId: event('a'), round: 1 })]);
    expect(refs(await store.deliveries.failedIn(room('r'), 9))).toEqual(['b']);
    await store.deliveries.ended('a again', 'failed');
    expect(refs(await store.deliveries.failedIn(room('r'), 9))).toEqual(['b', 'a again']);
  });

  it('are counted', async () => {
    expect(await store.deliveries.counts()).toEqual({ waiting: 0, failed: 0 });
    await store.deliveries.add([
      delivery('a', { createdAt: 5_000 }),
      delivery('b', { lane: 'b', createdAt: 6_000 }),
      delivery('c', { createdAt: 7_000 }),
    ]);
    await store.deliveries.ended('a', 'failed');
    expect(await store.deliveries.counts()).toEqual({ waiting: 2, failed: 1, oldestWaitingAt: 6_000 });
  });
});

describeOnPostgres('texts that two gateways add', (database) => {
  it('to one lane that is empty have one first among them', async () => {
    const options = await database.make();
    const [here, there] = [await openStore(options), await openStore(options)];
    for (let round = 0; round < 20; round++) {
      const lane = `lane ${round}`;
      await Promise.all([
        here.deliveries.add([delivery(`a${round}`, { lane }), delivery(`b${round}`, { lane })]),
        there.deliveries.add([delivery(`c${round}`, { lane })]),
      ]);
    }
    const due = refs(await here.deliveries.due(2_000, 100, NOTHING));
    expect(due).toHaveLength(20);
    for (const ref of due) await there.deliveries.ended(ref, 'accepted');
    expect(await here.deliveries.due(2_000, 100, NOTHING)).toHaveLength(20);
    await Promise.all([here.close(), there.close()]);
  });
});

describeOnEach('receipts', (database) => {
  beforeEach(async () => {
    store = await database.open();
  });

  const accept = (ref: string, index: number, messageId: string, total = 2) =>
    store.deliveries.progressed(ref, tried({ partsAccepted: index, partsTotal: total }), {
      index,
      transport: 'trunk',
      messageId,
    });

  it('find their text, and say how many parts are missing', async () => {
    await store.deliveries.add([delivery('a')]);
    await accept('a', 1, 'm1');
    await accept('a', 2, 'm2');
    await store.deliveries.ended('a', 'accepted');
    expect(await store.deliveries.byMessageId('trunk', 'm2')).toMatchObject({ textRef: 'a', state: 'accepted' });
    const receipted = async (id: string, state: 'delivered' | 'displayed' | 'failed') =>
      (await store.deliveries.receipted('trunk', id, state))?.outstanding;
    expect(await receipted('m1', 'delivered')).toBe(1);
    expect(await receipted('m1', 'delivered')).toBe(1);
    expect(await receipted('m2', 'displayed')).toBe(1);
    expect(await receipted('m2', 'delivered')).toBe(0);
    expect(await receipted('m1', 'displayed')).toBe(0);
  });

  it('of another trunk, or of nothing we know, change nothing', async () => {
    await store.deliveries.add([delivery('a')]);
    await accept('a', 1, 'm1');
    expect(await store.deliveries.receipted('other', 'm1', 'delivered')).toBeUndefined();
    expect(await store.deliveries.receipted('trunk', 'm9', 'delivered')).toBeUndefined();
    expect(await store.deliveries.byMessageId('other', 'm1')).toBeUndefined();
  });

  it('that say failed after delivered change nothing', async () => {
    await store.deliveries.add([delivery('a')]);
    await accept('a', 1, 'm1', 1);
    await store.deliveries.receipted('trunk', 'm1', 'delivered');
    await store.deliveries.receipted('trunk', 'm1', 'failed');
    expect(await store.deliveries.receipted('trunk', 'm1', 'delivered')).toMatchObject({ outstanding: 0 });
  });

  it('mean the text that was accepted last when a provider uses an ID again', async () => {
    const watched = await WatchedDatabase.open();
    let now = 1_000;
    const book = new Deliveries(watched.db, watched.batch, () => now);
    await book.add([delivery('a'), delivery('b', { lane: 'b' })]);
    for (const ref of ['b', 'a']) {
      now += 1;
      await book.progressed(ref, tried(), { index: 1, transport: 'trunk', messageId: 'same' });
      expect((await book.byMessageId('trunk', 'same'))?.textRef).toBe(ref);
    }
    await watched.close();
  });
});

describeOnEach('pruning', (database) => {
  beforeEach(async () => {
    store = await database.open();
  });

  it('forgets what arrived after a week, what failed after a month, and never what waits', async () => {
    const day = 24 * 3_600_000;
    await store.deliveries.add([delivery('done'), delivery('failed'), delivery('waiting')]);
    await store.deliveries.progressed('done', tried(), { index: 1, transport: 'trunk', messageId: 'm' });
    await store.deliveries.ended('done', 'accepted');
    await store.deliveries.ended('failed', 'failed');
    const left = async () => [(await store.rowCounts()).deliveries, (await store.rowCounts()).delivery_parts];
    await store.prune(Date.now() + 6 * day);
    expect(await left()).toEqual([3, 1]);
    await store.prune(Date.now() + 8 * day);
    expect(await left()).toEqual([2, 0]);
    await store.prune(Date.now() + 400 * day);
    expect(await left()).toEqual([1, 0]);
  });
});

describeOnEach('any course of events', (database) => {
  beforeEach(async () => {
    store = await database.open();
  });

  type Step = { readonly lane: string; readonly does: 'add' | 'end' | 'retry' | 'withdraw' };
  const steps = fc.array(
    fc.record<Step>({
      lane: fc.constantFrom('a', 'b', 'c'),
      does: fc.constantFrom('add', 'add', 'end', 'retry', 'withdraw'),
    }),
    { maxLength: 30 },
  );

  it('leaves exactly the oldest waiting text of each lane to be sent', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (course) => {
        store = await database.again(store);
        const own = store;
        const lanes = new Map<string, string[]>();
        let count = 0;
        for (const { lane, does } of course) {
          const waiting = lanes.get(lane) ?? [];
          lanes.set(lane, waiting);
          const first = waiting[0];
          if (does === 'add') {
            const ref = `d${count++}`;
            // A clock that stands still, or goes back, changes no order.
            await own.deliveries.add([delivery(ref, { lane, createdAt: 1_000 - count })]);
            waiting.push(ref);
          } else if (does === 'withdraw') {
            await own.deliveries.withdrawLane(lane);
            waiting.length = 0;
          } else if (first !== undefined && does === 'end') {
            await own.deliveries.ended(first, 'accepted');
            waiting.shift();
          } else if (first !== undefined) {
            await own.deliveries.progressed(first, tried({ nextTryAt: 900 + count }));
          }
        }
        const due = await own.deliveries.due(9_000, 9, NOTHING);
        const heads = [...lanes.values()].flatMap((waiting) => waiting.slice(0, 1));
        expect(refs(due).sort()).toEqual(heads.sort());
      }),
      { numRuns: database.runs(60) },
    );
  }, 60_000);
});

it('no statement reads more than it needs', async () => {
  const watched = await WatchedDatabase.open();
  const book = new Deliveries(watched.db, watched.batch);
  await book.add([delivery('a'), delivery('b')]);
  await book.progressed('a', tried({ underWay: true }), { index: 1, transport: 'trunk', messageId: 'm' });
  await book.due(5_000, 5, NOTHING);
  await book.nextDueAt(NOTHING);
  await book.receipted('trunk', 'm', 'delivered');
  await book.byMessageId('trunk', 'm');
  await book.nextOf('lane');
  await book.ofEvent(event('a'));
  await book.failedIn(room('r'), 5);
  await book.wake('trunk', 1);
  await book.ended('a', 'accepted');
  await book.withdrawLane('lane');
  await book.prune({ done: 1, failed: 1 });
  await book.counts();
  expect(watched.costlyPlans(['"event_id" = ?'])).toEqual([]);
  await watched.close();
});
