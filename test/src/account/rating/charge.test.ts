import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { billedSeconds, charge, priceOfSeconds, secondsFor } from '../../../../src/account/rating/index.ts';
import type { Tariff } from '../../../../src/call/index.ts';
import { currency, micros, parseAmount } from '../../../../src/money.ts';

const EUR = currency('EUR');

function tariff(perMinute: string, firstS: number, nextS: number, connectFee = '0'): Tariff {
  return { currency: EUR, perMinute: parseAmount(perMinute), connectFee: parseAmount(connectFee), firstS, nextS };
}

describe('what a call costs', () => {
  it.each([
    ['60/60', tariff('0.01', 60, 60), 61_000, 120, '0.02'],
    ['6/6', tariff('0.01', 6, 6), 61_000, 66, '0.011'],
    ['30/6', tariff('0.01', 30, 6), 61_000, 66, '0.011'],
    ['60/1, rounded up once', tariff('0.01', 60, 1), 61_000, 61, '0.010167'],
    ['1/1', tariff('0.01', 1, 1), 61_000, 61, '0.010167'],
    ['answered for no time at all: the first increment', tariff('0.01', 60, 60), 0, 60, '0.01'],
    ['with a fee', tariff('0.01', 60, 60, '0.02'), 1000, 60, '0.03'],
    ['a price of a 6-second step', tariff('0.0137', 6, 6), 205_000, 210, '0.04795'],
    ['a begun second is a whole one', tariff('0.06', 1, 1), 1001, 2, '0.002'],
    ['exactly the first increment', tariff('0.06', 30, 6), 30_000, 30, '0.03'],
    ['one millisecond more', tariff('0.06', 30, 6), 30_001, 36, '0.036'],
  ])('%s', (_name, rate, talkMs, billedS, amount) => {
    expect(charge(rate, talkMs)).toEqual({ billedS, amount: parseAmount(amount) });
  });

  it('nothing when nobody answered, whatever the fee', () => {
    expect(charge(tariff('0.01', 60, 60, '0.50'), undefined)).toEqual({ amount: 0, billedS: 0 });
  });

  it.each([0, -1, 0.5, Number.NaN])('an increment of %s seconds is an error, not a loop', (firstS) => {
    expect(() => billedSeconds({ firstS, nextS: 1 }, 1000)).toThrow(/increments/);
    expect(() => billedSeconds({ firstS: 1, nextS: firstS }, 5000)).toThrow(/increments/);
  });
});

const tariffs = fc.record({
  currency: fc.constant(EUR),
  perMinute: fc.integer({ min: 0, max: 100_000_000 }).map(micros),
  connectFee: fc.integer({ min: 0, max: 10_000_000 }).map(micros),
  firstS: fc.integer({ min: 1, max: 120 }),
  nextS: fc.integer({ min: 1, max: 120 }),
});
const talk = fc.integer({ min: 0, max: 8 * 3_600_000 });

describe('always', () => {
  it('who talks longer never pays less, and all that was talked is paid for', () => {
    fc.assert(
      fc.property(tariffs, talk, talk, (rate, one, more) => {
        const [short, long] = [charge(rate, one), charge(rate, one + more)];
        expect(long.amount).toBeGreaterThanOrEqual(short.amount);
        expect(short.billedS * 1000).toBeGreaterThanOrEqual(one);
        expect((short.billedS - rate.firstS) % rate.nextS).toBe(0);
      }),
    );
  });

  it('the seconds that an amount lasts cost no more than it, and one increment more would', () => {
    fc.assert(
      fc.property(tariffs, fc.integer({ min: 0, max: 1_000_000_000 }).map(micros), (rate, amount) => {
        const seconds = secondsFor(rate, amount);
        if (seconds === 0) expect(priceOfSeconds(rate, rate.firstS)).toBeGreaterThan(amount);
        else {
          expect(priceOfSeconds(rate, seconds)).toBeLessThanOrEqual(amount);
          if (seconds + rate.nextS <= 24 * 3600)
            expect(priceOfSeconds(rate, seconds + rate.nextS)).toBeGreaterThan(amount);
        }
      }),
    );
  });
});
