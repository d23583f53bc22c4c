import { beforeEach, expect, it } from 'vitest';
import { createTextCharging } from '../../../../src/account/ledger/text-charging.ts';
import type { Prices } from '../../../../src/account/rating/ports.ts';
import type { MatrixUserId } from '../../../../src/matrix/index.ts';
import type { ChargeableText, TextCharging } from '../../../../src/message/index.ts';
import { micros } from '../../../../src/money.ts';
import type { Ledger, Store } from '../../../../src/store/index.ts';
import { silent } from '../../call/fakes.ts';
import { describeOnEach } from '../../store/databases.ts';
import { delivery } from '../../store/texts/samples.ts';
import { EUR, free, ledgerOf, purse, topUp } from './ledger-house.ts';

const ALICE = '@alice:hs' as MatrixUserId;
const NOW = 5_000_000;

/** Per segment, in hundredths of a cent: cheap 700, dear 900; by others nothing is charged. */
const prices = (dear = 900): Pick<Prices, 'text'> => ({
  text(transport, target) {
    if (target.startsWith('+1')) return { kind: 'no-rate', admin: 'none' };
    const price = { cheap: 700, dear }[transport];
    return price === undefined ? { kind: 'none' } : { kind: 'price', price: micros(price), currency: EUR, rate: 'r' };
  },
});

function text(textRef: string, segments = 1, more: Partial<ChargeableText> = {}): ChargeableText {
  const routes = ['cheap', 'dear'].map((transport) => ({ transport, segments }));
  return { textRef, user: ALICE, target: '+4915111111111', routes, ...more };
}

describeOnEach('charges for texts', (database) => {
  let store: Store;
  let book: Ledger;
  let charging: TextCharging;
  const spent: [string, number][] = [];
  const open = (dear?: number) =>
    createTextCharging({
      book,
      prices: prices(dear),
      now: () => NOW,
      logger: silent,
      onSpent: (user, amount) => spent.push([user, amount]),
    });
  beforeEach(async () => {
    store = await database.open();
    book = ledgerOf(store);
    spent.length = 0;
    charging = open();
    await topUp(book, ALICE, 5_000);
  });

  it('hold what the dearest way costs, charge what was sent, and give the rest back', async () => {
    expect(await charging.hold([text('out-a', 2)])).toEqual({ kind: 'held', fresh: ['out-a'] });
    expect(await purse(book, ALICE)).toEqual([3_200, 1_800]);
    await charging.accepted(text('out-a'), { index: 1, transport: 'cheap', segments: 1 });
    await charging.accepted(text('out-a'), { index: 2, transport: 'cheap', segments: 1 });
    await charging.ended('out-a', false);
    expect(await purse(book, ALICE)).toEqual([3_600, 0]);
    expect(await book.balance('house:revenue')).toBe(1_400);
    expect(spent.filter(([, amount]) => amount > 0)).toEqual([
      [ALICE, 700],
      [ALICE, 700],
    ]);
  });

  it('hold for all of an event, or for none, and say what it would cost', async () => {
    expect(await charging.hold([text('out-a', 3), text('out-b', 3)])).toEqual({
      kind: 'refused',
      price: '0.0054 EUR',
      left: '0.005 EUR',
    });
    expect(await purse(book, ALICE)).toEqual([5_000, 0]);
    expect(await charging.hold([text('out-a', 3), text('out-b', 2)])).toMatchObject({ kind: 'held' });
    expect(await charging.hold([text('out-c', 1)])).toMatchObject({ kind: 'refused', left: '0.0005 EUR' });
  });

  it('are none where nothing is charged', async () => {
    const nowhere = text('out-a', 9, { routes: [{ transport: 'own', segments: 9 }] });
    expect(await charging.hold([nowhere, text('out-b', 9, { target: '+15550100' })])).toEqual({
      kind: 'held',
      fresh: [],
    });
    await book.setTerms(ALICE, free);
    expect(await charging.hold([text('out-c', 99)])).toEqual({ kind: 'held', fresh: [] });
    await charging.accepted(text('out-c'), { index: 1, transport: 'cheap', segments: 99 });
    await charging.ended('out-c', true);
    expect(await purse(book, ALICE)).toEqual([5_000, 0]);
  });

  it('change nothing when anything is repeated', async () => {
    for (let times = 0; times < 2; times += 1) await charging.hold([text('out-a', 2)]);
    for (let times = 0; times < 2; times += 1) {
      await charging.accepted(text('out-a'), { index: 1, transport: 'dear', segments: 1 });
    }
    expect(await purse(book, ALICE)).toEqual([3_200, 900]);
    for (let times = 0; times < 2; times += 1) await charging.ended('out-a', true);
    expect(await purse(book, ALICE)).toEqual([5_000, 0]);
    // The network says later once more that it is lost.
    await charging.ended('out-a', false);
    expect(await purse(book, ALICE)).toEqual([5_000, 0]);
    expect(await book.verify()).toEqual([]);
  });

  it('come back when the network loses a text that it had accepted', async () => {
    await charging.hold([text('out-a')]);
    await charging.accepted(text('out-a'), { index: 1, transport: 'dear', segments: 1 });
    await charging.ended('out-a', false);
    expect(await purse(book, ALICE)).toEqual([4_100, 0]);
    await charging.ended('out-a', true);
    expect(await purse(book, ALICE)).toEqual([5_000, 0]);
  });

  it('are never more than was held, whatever the price is by then', async () => {
    await charging.hold([text('out-a', 2)]);
    const dearer = open(5_000);
    await dearer.accepted(text('out-a'), { index: 1, transport: 'dear', segments: 1 });
    await dearer.accepted(text('out-a'), { index: 2, transport: 'dear', segments: 1 });
    await dearer.ended('out-a', false);
    expect(await purse(book, ALICE)).toEqual([3_200, 0]);
    // A repeat of the event after the price rose is no other hold.
    expect(await dearer.hold([text('out-a', 2)])).toEqual({ kind: 'held', fresh: [] });
  });

  it('are held again for a text for which all was given back', async () => {
    await charging.hold([text('out-a')]);
    await charging.ended('out-a', false);
    expect(await charging.hold([text('out-a')])).toEqual({ kind: 'held', fresh: ['out-a'] });
    await charging.accepted(text('out-a'), { index: 1, transport: 'cheap', segments: 1 });
    await charging.ended('out-a', false);
    expect(await purse(book, ALICE)).toEqual([4_300, 0]);
  });

  it('are settled for texts that ended while nobody looked', async () => {
    const before = 1;
    const ago = createTextCharging({ book, prices: prices(), now: () => before, logger: silent });
    for (const ref of ['waits', 'failed', 'charged', 'sent', 'lost']) {
      await ago.hold([text(`out-${ref}`)]);
      if (ref !== 'lost') await store.deliveries.add([delivery(`out-${ref}`, { lane: ref })]);
    }
    for (const ref of ['charged', 'sent']) {
      await ago.accepted(text(`out-${ref}`), { index: 1, transport: 'cheap', segments: 1 });
    }
    await store.deliveries.ended('out-failed', 'failed');
    await store.deliveries.ended('out-charged', 'failed');
    await store.deliveries.ended('out-sent', 'accepted');
    // Too young: it may be on its way into the store.
    await topUp(book, ALICE, 900);
    await charging.hold([text('out-young')]);
    // Over is over, however young it is.
    await topUp(book, ALICE, 901);
    await charging.hold([text('out-quick')]);
    await store.deliveries.add([delivery('out-quick', { lane: 'quick' })]);
    await store.deliveries.ended('out-quick', 'accepted');
    await charging.tidy();
    expect((await book.open()).map(({ ref, held }) => [ref, held])).toEqual([
      ['out-waits', 900],
      ['out-young', 900],
    ]);
    expect(await book.balance('house:revenue')).toBe(700);
    await charging.tidy();
    expect(await book.balance('house:revenue')).toBe(700);
    expect(await book.verify()).toEqual([]);
  });
});
