import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { createRating, type Rate, type RateBook, type RatingRules } from '../../../../src/account/rating/index.ts';
import { currency, NOTHING, parseAmount } from '../../../../src/money.ts';
import { callRate, DAY, NOW, textRate } from './samples.ts';

const noMargin = { percent: 0, perMinute: NOTHING, connectFee: NOTHING, perText: NOTHING };

class Book implements Pick<RateBook, 'decks' | 'load' | 'version'> {
  at = 1;
  readonly #decks: Record<string, readonly Rate[]>;
  readonly #currency: string;
  constructor(decks: Record<string, readonly Rate[]>, code: string) {
    this.#decks = decks;
    this.#currency = code;
  }
  async decks() {
    const facts = {
      currency: currency(this.#currency),
      calls: 0,
      texts: 0,
      later: 0,
      importedAt: NOW,
      importedBy: 'cli',
    };
    return Object.keys(this.#decks).map((name) => ({ name, ...facts }));
  }
  async load(deck: string) {
    return this.#decks[deck] ?? [];
  }
  async version() {
    return this.at;
  }
}

function rating(decks: Record<string, readonly Rate[]>, rules: Partial<RatingRules> = {}, code = 'EUR') {
  return createRating({
    rules: { currency: currency('EUR'), deckOf: new Map([['office', 'carrier']]), margin: noMargin, ...rules },
    book: new Book(decks, code),
    now: () => NOW,
    logger: pino({ level: 'silent' }),
  });
}

describe('the price of a call', () => {
  const carrier = [callRate('49', '0.01'), callRate('4930', '0.005'), callRate('1', '0.02', { firstS: 6, nextS: 6 })];

  it.each([
    ['+49301234567', '0.005', 'carrier/4930@2026-11-20'],
    ['+49891234567', '0.01', 'carrier/49@2026-11-20'],
    ['+12125550100', '0.02', 'carrier/1@2026-11-20'],
  ])('%s: the longest prefix wins', async (number, perMinute, rate) => {
    const found = (await rating({ carrier })).call('office', number, NOW);
    expect(found).toMatchObject({ kind: 'tariff', tariff: { price: { perMinute: parseAmount(perMinute) }, rate } });
  });

  it('nothing is charged on a trunk without a deck', async () => {
    expect((await rating({ carrier })).call('pbx', '+49301234567', NOW)).toEqual({ kind: 'none' });
  });

  it.each([
    ['a number without a rate', '+33123456789', /no rate/],
    ['what is no number of the world', '200', /E\.164/],
  ])('%s has no price', async (_name, number, admin) => {
    expect((await rating({ carrier })).call('office', number, NOW)).toEqual({
      kind: 'no-rate',
      admin: expect.stringMatching(admin),
    });
  });

  it('what the provider does not carry has no price, although a shorter prefix has one', async () => {
    const refused = { prefix: '4919', from: 0, terms: { service: 'call', refused: true } } as const;
    const prices = await rating({ carrier: [...carrier, refused] });
    expect(prices.call('office', '+491901234567', NOW)).toMatchObject({
      kind: 'no-rate',
      admin: expect.stringContaining('carrier/4919@1970-01-01'),
    });
  });

  it('a deck that was never imported, or is in another currency, has no prices', async () => {
    const prices = await rating({});
    expect(prices.missing()).toEqual(['carrier']);
    expect(prices.call('office', '+49301234567', NOW)).toMatchObject({
      admin: expect.stringContaining('never imported'),
    });
    expect((await rating({ carrier }, {}, 'USD')).call('office', '+49301234567', NOW)).toMatchObject({
      admin: expect.stringContaining('USD'),
    });
  });

  it('a rate holds from its moment until the next', async () => {
    const steps = [
      callRate('49', '0.01', { from: NOW - DAY, until: NOW + DAY }),
      callRate('49', '0.02', { from: NOW + DAY }),
      callRate('4930', '0.5', { from: NOW + DAY }),
    ];
    const prices = await rating({ carrier: steps });
    const at = (moment: number) => prices.call('office', '+49301234567', moment);
    expect(at(NOW)).toMatchObject({ tariff: { price: { perMinute: 10_000 } } });
    expect(at(NOW + DAY - 1)).toMatchObject({ tariff: { price: { perMinute: 10_000 } } });
    expect(at(NOW + DAY)).toMatchObject({ tariff: { price: { perMinute: 500_000 } } });
    expect(at(NOW - 2 * DAY)).toMatchObject({ kind: 'no-rate' });
  });

  it('the margin comes on top: the share first, then the amounts; the cost stays what it is', async () => {
    const margin = { percent: 20, perMinute: parseAmount('0.01'), connectFee: parseAmount('0.05'), perText: NOTHING };
    const prices = await rating({ carrier: [callRate('49', '0.012345', { connectFee: '0.1' })] }, { margin });
    expect(prices.call('office', '+49301234567', NOW)).toMatchObject({
      tariff: {
        price: { perMinute: parseAmount('0.024814'), connectFee: parseAmount('0.17'), firstS: 60, nextS: 60 },
        cost: { perMinute: parseAmount('0.012345'), connectFee: parseAmount('0.1') },
      },
    });
  });

  it('a selling deck is what users pay, in its own increments; numbers it does not have are not sold', async () => {
    const retail = [callRate('49', '0.05', { firstS: 1, nextS: 1 })];
    const prices = await rating({ carrier, retail }, { sellingDeck: 'retail' });
    expect(prices.call('office', '+49301234567', NOW)).toEqual({
      kind: 'tariff',
      tariff: {
        price: { currency: 'EUR', connectFee: 0, perMinute: 50_000, firstS: 1, nextS: 1 },
        cost: { currency: 'EUR', connectFee: 0, perMinute: 5000, firstS: 60, nextS: 60 },
        rate: 'retail/49@2026-11-20 (carrier/4930@2026-11-20)',
      },
    });
    expect(prices.call('office', '+12125550100', NOW)).toMatchObject({ kind: 'no-rate' });
  });
});

describe('the price of a text', () => {
  it('is by segment, by rates of its own, with its margin', async () => {
    const carrier = [callRate('4917', '0.1'), textRate('49', '0.07'), textRate('4917', '0.075')];
    const margin = { ...noMargin, percent: 10, perText: parseAmount('0.001') };
    const prices = await rating({ carrier }, { margin });
    expect(prices.text('office', '+491701234567', NOW)).toEqual({
      kind: 'price',
      price: parseAmount('0.0835'),
      cost: parseAmount('0.075'),
      currency: 'EUR',
      rate: 'carrier/4917@2026-11-20',
    });
    expect(prices.text('office', '+33612345678', NOW)).toMatchObject({ kind: 'no-rate' });
    expect(prices.text('sms', '+33612345678', NOW)).toEqual({ kind: 'none' });
  });
});

it('decks are read again when one was changed, and only then', async () => {
  const decks: Record<string, readonly Rate[]> = { carrier: [callRate('49', '0.01')] };
  const book = new Book(decks, 'EUR');
  const prices = await createRating({
    rules: { currency: currency('EUR'), deckOf: new Map([['office', 'carrier']]), margin: noMargin },
    book,
    now: () => NOW,
    logger: pino({ level: 'silent' }),
  });
  const perMinute = () => {
    const found = prices.call('office', '+49301234567', NOW);
    return found.kind === 'tariff' ? found.tariff.price.perMinute : undefined;
  };
  decks.carrier = [callRate('49', '0.09')];
  await prices.refresh();
  expect(perMinute()).toBe(10_000);
  book.at += 1;
  await prices.refresh();
  expect(perMinute()).toBe(90_000);
});
