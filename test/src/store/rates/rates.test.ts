import { beforeEach, expect, it } from 'vitest';
import type { DeckImport } from '../../../../src/account/rating/index.ts';
import { currency, micros } from '../../../../src/money.ts';
import type { Store } from '../../../../src/store/index.ts';
import { callRate, DAY, NOW, textRate } from '../../account/rating/samples.ts';
import { describeOnEach } from '../databases.ts';

describeOnEach('rate decks', (database) => {
  let store: Store;
  beforeEach(async () => {
    store = await database.open();
  });

  const batch = (more: Partial<DeckImport>): DeckImport => ({
    deck: 'carrier',
    currency: currency('EUR'),
    rates: [],
    mode: 'replace',
    now: NOW,
    actor: 'cli',
    ...more,
  });
  const loaded = async (since: number, deck = 'carrier') =>
    (await store.rates.load(deck, since)).map(({ prefix, terms, from, until }) => [
      prefix,
      terms.service,
      from,
      until,
      'refused' in terms ? 'refused' : terms.service === 'call' ? terms.perMinute : terms.perSegment,
    ]);

  it('are kept as they were imported', async () => {
    const full = {
      ...callRate('4930', '0.0123', { connectFee: '0.02', firstS: 30, nextS: 6, name: 'Berlin' }),
      from: NOW + DAY,
    };
    const refused = { prefix: '4919', from: NOW, terms: { service: 'call', refused: true } } as const;
    const text = { ...textRate('49', '0.075'), from: NOW };
    await store.rates.import(batch({ rates: [full, refused, text], source: 'rates.csv' }));
    expect(await store.rates.load('carrier', NOW)).toEqual([refused, full, text]);
    expect(await store.rates.decks(NOW)).toEqual([
      {
        name: 'carrier',
        currency: 'EUR',
        calls: 2,
        texts: 1,
        later: 1,
        importedAt: NOW,
        importedBy: 'cli',
        source: 'rates.csv',
      },
    ]);
  });

  it('what held stays on record; what is new begins where it ends', async () => {
    await store.rates.import(batch({ rates: [callRate('1', '0.1'), callRate('2', '0.1'), callRate('3', '0.1')] }));
    await store.rates.import(batch({ rates: [callRate('1', '0.1'), callRate('2', '0.2')], now: NOW + DAY }));
    expect(await loaded(NOW)).toEqual([
      ['1', 'call', NOW, undefined, 100_000],
      ['2', 'call', NOW, NOW + DAY, 100_000],
      ['2', 'call', NOW + DAY, undefined, 200_000],
      ['3', 'call', NOW, NOW + DAY, 100_000],
    ]);
    expect(await loaded(NOW + DAY)).toEqual([
      ['1', 'call', NOW, undefined, 100_000],
      ['2', 'call', NOW + DAY, undefined, 200_000],
    ]);
  });

  it('what was laid down for later gives way to a newer list', async () => {
    await store.rates.import(batch({ rates: [callRate('1', '0.1'), callRate('1', '0.9', { from: NOW + 9 * DAY })] }));
    await store.rates.import(batch({ rates: [callRate('1', '0.3', { from: NOW + 5 * DAY })], now: NOW + DAY }));
    expect(await loaded(NOW)).toEqual([
      ['1', 'call', NOW, NOW + 5 * DAY, 100_000],
      ['1', 'call', NOW + 5 * DAY, undefined, 300_000],
    ]);
  });

  it('two imports in the same moment leave one rate', async () => {
    await store.rates.import(batch({ rates: [callRate('1', '0.1')] }));
    await store.rates.import(batch({ rates: [callRate('1', '0.2')] }));
    expect(await loaded(0)).toEqual([['1', 'call', NOW, undefined, 200_000]]);
  });

  it('an import under a known key changes nothing, and answers the same', async () => {
    const once = batch({ rates: [callRate('1', '0.1')], key: '$event' });
    const first = await store.rates.import(once);
    await store.rates.import(batch({ rates: [callRate('1', '0.2')], now: NOW + 1 }));
    const version = await store.rates.version();
    expect(await store.rates.import({ ...once, now: NOW + 2 })).toEqual(first);
    expect(await store.rates.version()).toBe(version);
    expect(await loaded(NOW + 1)).toEqual([['1', 'call', NOW + 1, undefined, 200_000]]);
  });

  it('is all or nothing: a rate that cannot be kept takes all others with it', async () => {
    await store.rates.import(batch({ rates: [callRate('1', '0.1')] }));
    const broken = { ...callRate('3', '0.3'), prefix: null as unknown as string };
    await expect(store.rates.import(batch({ rates: [callRate('2', '0.2'), broken], now: NOW + 1 }))).rejects.toThrow();
    expect(await loaded(0)).toEqual([['1', 'call', NOW, undefined, 100_000]]);
    expect(await store.rates.version()).toBe(1);
  });

  it('an import that was cut off does not count, and is cleared away', async () => {
    await store.rates.import(batch({ rates: [callRate('1', '0.1')] }));
    const rows = async () => (await store.rowCounts()).rates;
    const broken = { ...callRate('3', '0.3'), prefix: null as unknown as string };
    await expect(store.rates.import(batch({ rates: [broken], now: NOW + 1 }))).rejects.toThrow();
    expect(await rows()).toBe(1);
    expect((await store.rowCounts()).rate_imports).toBe(1);
  });

  it('two imports at once both hold, one after the other', async () => {
    const one = batch({ rates: [callRate('1', '0.1'), callRate('2', '0.1')], mode: 'amend' });
    const other = batch({ rates: [callRate('2', '0.2'), callRate('3', '0.2')], mode: 'amend', now: NOW + 1 });
    const changes = await Promise.all([store.rates.import(one), store.rates.import(other)]);
    expect(changes.map(({ fresh, dearer, cheaper }) => [fresh, dearer + cheaper]).sort()).toEqual([
      [1, 1],
      [2, 0],
    ]);
    expect((await loaded(NOW + 1)).map(([prefix]) => prefix)).toEqual(['1', '2', '3']);
    expect(await store.rates.decks(NOW + 1)).toMatchObject([{ calls: 3, texts: 0, later: 0 }]);
  });

  it('rates that ended long ago are forgotten at the next import', async () => {
    await store.rates.import(batch({ rates: [callRate('1', '0.1'), callRate('2', '0.1')] }));
    await store.rates.import(batch({ rates: [callRate('1', '0.2')], now: NOW + DAY }));
    const later = (days: number) => batch({ rates: [callRate('1', '0.3')], now: NOW + days * DAY });
    await store.rates.import(later(399));
    expect((await store.rowCounts()).rates).toBe(5);
    await store.rates.import(later(402));
    await store.rates.import(later(403));
    expect(await loaded(0)).toEqual([
      ['1', 'call', NOW + DAY, NOW + 399 * DAY, 200_000],
      ['1', 'call', NOW + 399 * DAY, undefined, 300_000],
    ]);
    expect((await store.rowCounts()).rates).toBe(2);
  });

  it('decks do not touch one another; a dropped one is gone', async () => {
    await store.rates.import(batch({ rates: [callRate('1', '0.1')] }));
    await store.rates.import(batch({ rates: [callRate('1', '0.2')], deck: 'other' }));
    expect(await store.rates.drop('carrier')).toBe(true);
    expect(await store.rates.drop('carrier')).toBe(false);
    expect(await loaded(0)).toEqual([]);
    expect(await loaded(0, 'other')).toHaveLength(1);
    expect(await store.rates.version()).toBe(3);
  });

  it('a deck of more than a page is read whole, in order', async () => {
    const rates = Array.from({ length: 20_003 }, (_, index) => ({
      ...callRate(String(100_000 + index), '0.01'),
      terms: { service: 'text', perSegment: micros(index) } as const,
    }));
    await store.rates.import(batch({ rates: [...rates].reverse() }));
    const found = await store.rates.load('carrier', NOW);
    expect(found.map(({ prefix }) => prefix)).toEqual(rates.map(({ prefix }) => prefix));
  });
});
