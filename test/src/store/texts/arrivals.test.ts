import { beforeEach, expect, it } from 'vitest';
import type { RingTarget } from '../../../../src/matrix/index.ts';
import type { Arrival, WaitingArrival } from '../../../../src/message/index.ts';
import type { Store } from '../../../../src/store/index.ts';
import { Arrivals } from '../../../../src/store/texts/arrivals.ts';
import { describeOnEach } from '../databases.ts';
import { arrival, event, fragment, room, user, WatchedDatabase } from './samples.ts';

let store: Store;

const ADA: RingTarget = { kind: 'user', user: user('ada') };
const BEN: RingTarget = { kind: 'user', user: user('ben') };
const OFFICE: RingTarget = { kind: 'room', room: '#office:hs' };
const at = (id: string) => ({ roomId: room(id), eventId: event(id) });
const refs = (found: readonly WaitingArrival[]) => found.map(({ textRef }) => textRef);

describeOnEach('texts that came', (database) => {
  beforeEach(async () => {
    store = await database.open();
  });

  it('are given out as they were taken, for each whom they mean', async () => {
    const full: Arrival = arrival('a', {
      account: '200',
      senderName: 'Żaneta',
      withheld: true,
      text: '👋\nzwei Zeilen',
      sentAt: 900,
      wantsDisplayed: true,
      targets: [ADA, OFFICE],
    });
    expect(await store.arrivals.take(full)).toBe(true);
    const [first, second] = await store.arrivals.waiting(9);
    expect(first).toEqual({ ...full, targets: [ADA], target: ADA, seq: expect.any(Number) });
    expect(second).toMatchObject({ target: OFFICE, text: full.text });
    expect(second?.seq).toBeGreaterThan(first?.seq ?? Number.NaN);
  });

  it('are taken once by their key, per transport, also when the repeat comes at the same time', async () => {
    const repeat = arrival('again', { key: 'key of a' });
    expect(await Promise.all([store.arrivals.take(arrival('a')), store.arrivals.take(repeat)])).toEqual([true, false]);
    expect(await store.arrivals.take(arrival('other', { key: 'key of a', transport: 'other' }))).toBe(true);
    await store.arrivals.posted('a', ADA, at('x'));
    expect(await store.arrivals.take(repeat)).toBe(false);
    expect(refs(await store.arrivals.waiting(9))).toEqual(['other']);
  });

  it('come in the order in which they were taken, page by page', async () => {
    // The clock goes back in between.
    for (const [ref, receivedAt] of [
      ['a', 2_000],
      ['b', 1_000],
      ['c', 1_000],
    ] as const) {
      await store.arrivals.take(arrival(ref, { receivedAt }));
    }
    const [first] = await store.arrivals.waiting(1);
    expect(first?.textRef).toBe('a');
    expect(refs(await store.arrivals.waiting(9, first?.seq))).toEqual(['b', 'c']);
  });

  it('are forgotten when all have seen them', async () => {
    await store.arrivals.take(arrival('a', { targets: [ADA, BEN] }));
    await store.arrivals.posted('a', ADA, at('x'));
    expect(await store.arrivals.waiting(9)).toMatchObject([{ target: BEN, text: 'text of a' }]);
    await store.arrivals.posted('a', BEN, at('y'));
    expect(await store.arrivals.waiting(9)).toEqual([]);
    // A text that is still there would be kept.
    await store.prune(1_000 + 8 * 24 * 3_600_000);
    expect(await store.rowCounts()).toMatchObject({ arrivals: 0, arrival_targets: 0 });
  });

  it('wait in the room to which the user has not come, until they do', async () => {
    await store.arrivals.take(arrival('a', { targets: [ADA, BEN] }));
    await store.arrivals.take(arrival('b'));
    await store.arrivals.hold('a', ADA, room('x'));
    await store.arrivals.hold('b', ADA, room('x'));
    expect(await store.arrivals.waiting(9)).toMatchObject([{ textRef: 'a', target: BEN }]);
    expect(await store.arrivals.held(room('x'))).toMatchObject([
      { textRef: 'a', heldIn: room('x') },
      { textRef: 'b', heldIn: room('x') },
    ]);
    expect(await store.arrivals.release(room('y'))).toBe(0);
    expect(await store.arrivals.release(room('x'))).toBe(2);
    expect(refs(await store.arrivals.waiting(9))).toEqual(['a', 'a', 'b']);
    expect(await store.arrivals.held(room('x'))).toEqual([]);
  });

  it('are not held any more once they are posted', async () => {
    await store.arrivals.take(arrival('a'));
    await store.arrivals.posted('a', ADA, at('x'));
    await store.arrivals.hold('a', ADA, room('x'));
    expect(await store.arrivals.held(room('x'))).toEqual([]);
  });

  it('are found by the event that shows them', async () => {
    await store.arrivals.take(arrival('a', { targets: [ADA, BEN] }));
    await store.arrivals.posted('a', BEN, at('x'));
    expect(await store.arrivals.byEvent(room('x'), event('x'))).toEqual({ transport: 'trunk', key: 'key of a' });
    expect(await store.arrivals.byEvent(room('y'), event('x'))).toBeUndefined();
    expect(await store.arrivals.byEvent(room('x'), event('y'))).toBeUndefined();
  });

  it('are known by what they say for a while, also after they were forgotten', async () => {
    const first = arrival('a', { receivedAt: 5_000 });
    await store.arrivals.take(first);
    await store.arrivals.posted('a', ADA, at('x'));
    expect(await store.arrivals.seenLately(first, 5_000)).toBe(true);
    expect(await store.arrivals.seenLately(first, 5_001)).toBe(false);
    for (const other of [{ text: 'else' }, { sender: '+1' }, { called: '+1' }, { transport: 'other' }]) {
      expect(await store.arrivals.seenLately({ ...first, ...other }, 0)).toBe(false);
    }
  });

  it('for nobody leave nothing but their key', async () => {
    await store.arrivals.take(arrival('stop', { targets: [] }));
    expect(await store.arrivals.waiting(9)).toEqual([]);
    expect(await store.arrivals.take(arrival('stop again', { key: 'key of stop' }))).toBe(false);
    await store.prune(1_000 + 8 * 24 * 3_600_000);
    expect(await store.rowCounts()).toMatchObject({ arrivals: 0 });
  });
});

describeOnEach('parts of long texts', (database) => {
  beforeEach(async () => {
    store = await database.open();
  });

  it('are given back together, in their order, with each new one', async () => {
    const [one, two, three] = [fragment('f1', 1, 3), fragment('f2', 2, 3), fragment('f3', 3, 3)];
    expect(await store.arrivals.takeFragment(three)).toEqual([three]);
    expect(await store.arrivals.takeFragment(one)).toEqual([one, three]);
    expect(await store.arrivals.takeFragment({ ...one, textRef: 'f1 again' })).toBeUndefined();
    expect(await store.arrivals.takeFragment(fragment('other', 1, 2, { group: 'other' }))).toHaveLength(1);
    expect(await store.arrivals.takeFragment(two)).toEqual([one, two, three]);
  });

  it('become one text, and their keys are known after that', async () => {
    const [one, two] = [fragment('f1', 1, 2), fragment('f2', 2, 2)];
    await store.arrivals.takeFragment(one);
    await store.arrivals.takeFragment(two);
    await store.arrivals.join('group', [arrival('whole')]);
    expect(await store.arrivals.waiting(9)).toMatchObject([{ textRef: 'whole', text: 'text of whole' }]);
    expect(await store.arrivals.takeFragment({ ...two, textRef: 'f2 again' })).toBeUndefined();
    expect(await store.arrivals.take(arrival('as a whole', { key: one.key }))).toBe(false);
    expect(await store.arrivals.incomplete(9_000)).toEqual([]);
    // The same reference for the next text of the same telephone.
    const next = fragment('f3', 1, 2);
    expect(await store.arrivals.takeFragment(next)).toEqual([next]);
  });

  it('become one text once, even when joined again after a crash', async () => {
    await store.arrivals.takeFragment(fragment('f1', 1, 1));
    await store.arrivals.join('group', [arrival('whole')]);
    await store.arrivals.join('group', [arrival('whole')]);
    expect(await store.arrivals.waiting(9)).toHaveLength(1);
  });

  it('are refused when the same message was taken whole', async () => {
    await store.arrivals.take(arrival('a'));
    expect(await store.arrivals.takeFragment(fragment('f', 1, 2, { key: 'key of a' }))).toBeUndefined();
  });

  it('are found when the rest does not come', async () => {
    const old = fragment('f1', 1, 3, { receivedAt: 1_000 });
    const late = fragment('f2', 2, 3, { receivedAt: 8_000 });
    await store.arrivals.takeFragment(late);
    expect(await store.arrivals.incomplete(5_000)).toEqual([]);
    await store.arrivals.takeFragment(old);
    await store.arrivals.takeFragment(fragment('young', 1, 2, { group: 'young', receivedAt: 8_000 }));
    expect(await store.arrivals.incomplete(5_000)).toEqual([[old, late]]);
  });

  it('stay until they are joined, and their keys a week longer', async () => {
    const later = 1_000 + 8 * 24 * 3_600_000;
    await store.arrivals.takeFragment(fragment('f1', 1, 2));
    await store.prune(later);
    expect(await store.rowCounts()).toMatchObject({ arrival_fragments: 1 });
    await store.arrivals.join('group', [arrival('whole')]);
    await store.prune(1_000 + 6 * 24 * 3_600_000);
    expect(await store.rowCounts()).toMatchObject({ arrival_fragments: 1 });
    await store.prune(later);
    expect(await store.rowCounts()).toMatchObject({ arrival_fragments: 0, arrivals: 1 });
  });
});

it('no statement reads more than it needs', async () => {
  const watched = await WatchedDatabase.open();
  const book = new Arrivals(watched.db, watched.batch);
  await book.take(arrival('a'));
  await book.take(arrival('b'));
  await book.takeFragment(fragment('f1', 1, 2));
  await book.join('group', [arrival('whole')]);
  await book.incomplete(5_000);
  await book.waiting(5);
  await book.hold('a', ADA, room('x'));
  await book.held(room('x'));
  await book.release(room('x'));
  await book.posted('a', ADA, at('x'));
  await book.byEvent(room('x'), event('x'));
  await book.seenLately(arrival('a'), 0);
  await book.prune(1);
  // The parts of one text, and the texts that lack some, are few.
  expect(watched.costlyPlans(['"group_key"'])).toEqual([]);
  await watched.close();
});
