import { describe, expect, it } from 'vitest';
import { firstMinute, priceRoutes } from '../../../src/account/priced-routes.ts';
import type { CallPrice } from '../../../src/account/rating/index.ts';
import type { Route } from '../../../src/call/index.ts';
import { currency, parseAmount } from '../../../src/money.ts';

const NUMBER = '+49301234567';
const route = (trunk: string): Route => ({
  trunk,
  target: '0301234567',
  rtp: { codecs: ['PCMA'], srtp: 'off' },
  earlyMedia: 'ringback',
  ringTimeoutMs: 60_000,
});

function tariff(perMinute: string, connectFee = '0') {
  const price = {
    currency: currency('EUR'),
    perMinute: parseAmount(perMinute),
    connectFee: parseAmount(connectFee),
    firstS: 60,
    nextS: 60,
  };
  return { price, rate: `deck/${perMinute}` };
}
const costs = (perMinute: string, fee?: string): CallPrice => ({ kind: 'tariff', tariff: tariff(perMinute, fee) });
const unknown: CallPrice = { kind: 'no-rate', admin: 'no rate' };

function priced(prices: Record<string, CallPrice>, pricePerMinute?: string) {
  const asked: string[] = [];
  const found = priceRoutes(Object.keys(prices).map(route), NUMBER, {
    prices: {
      call(trunk, target) {
        asked.push(target);
        return prices[trunk] ?? { kind: 'none' };
      },
    },
    ...(pricePerMinute === undefined ? {} : { pricePerMinute: parseAmount(pricePerMinute) }),
    now: 0,
  });
  expect(new Set(asked)).toEqual(new Set([NUMBER]));
  if (found.kind === 'refused') return found;
  return found.routes.map(({ trunk, tariff }) => [trunk, tariff?.rate]);
}

describe('routes at a price', () => {
  it('each has its tariff, in the order of before; one without a deck has none', () => {
    expect(priced({ a: costs('0.02'), b: { kind: 'none' }, c: costs('0.01') })).toEqual([
      ['a', 'deck/0.02'],
      ['b', undefined],
      ['c', 'deck/0.01'],
    ]);
  });

  it('those without a rate for the number are left out; none left is no call', () => {
    expect(priced({ a: unknown, b: costs('0.01') })).toEqual([['b', 'deck/0.01']]);
    expect(priced({ a: unknown, b: unknown })).toMatchObject({ cause: 'no-rate', admin: 'no rate; no rate' });
  });

  it('those that are dearer than a minute may be are left out; none left is no call', () => {
    expect(priced({ a: costs('1.01'), b: costs('1') }, '1')).toEqual([['b', 'deck/1']]);
    expect(priced({ a: costs('1.01'), b: unknown }, '1')).toMatchObject({
      cause: 'price-too-high',
      admin: expect.stringContaining('a (deck/1.01)'),
    });
  });

  it('a price that is in the fee is a price', () => {
    expect(priced({ a: costs('0', '5') }, '1')).toMatchObject({ cause: 'price-too-high' });
    expect(firstMinute(tariff('0.10', '0.05').price)).toBe(parseAmount('0.15'));
  });
});
