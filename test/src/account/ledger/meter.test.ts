import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  affordable,
  endOf,
  extended,
  extensionOf,
  type Meter,
  nextStep,
  notExtended,
  startMeter,
  told,
} from '../../../../src/account/ledger/meter.ts';
import { priceOfSeconds } from '../../../../src/account/rating/charge.ts';
import { micros } from '../../../../src/money.ts';
import { tariff } from './ledger-house.ts';

const settings = { warnBeforeMs: 30_000, reserveS: 30 };
/** One unit a second. */
const perSecond = tariff(60);
const minutes = tariff(60, { firstS: 60, nextS: 60 });
const meter = (heldS: number, more: Partial<Meter> = {}): Meter => ({
  ...startMeter(perSecond, 0, priceOfSeconds(perSecond, heldS)),
  ...more,
});

describe('the meter of a call', () => {
  it.each<[string, Meter, number, ReturnType<typeof nextStep>]>([
    ['sets more aside at once after the answer', meter(1), 0, { type: 'extend' }],
    ['waits while enough is set aside', meter(100), 0, { type: 'wait', until: 65_000 }],
    ['sets more aside before the warning would be due', meter(100), 65_000, { type: 'extend' }],
    [
      'knows its end early, and says nothing yet',
      meter(100, { triedAt: 65_000 }),
      65_000,
      { type: 'wait', until: 67_000 },
    ],
    ['tries again, for something may have been paid in', meter(100, { triedAt: 65_000 }), 67_000, { type: 'extend' }],
    ['waits no longer than to the warning', meter(100, { triedAt: 69_500 }), 69_600, { type: 'wait', until: 70_000 }],
    ['warns', meter(100, { triedAt: 69_500 }), 70_000, { type: 'tell-low', leftMs: 30_000 }],
    ['warns late where there was never more', meter(12, { triedAt: 0 }), 0, { type: 'tell-low', leftMs: 12_000 }],
    ['warns once', told(meter(12, { triedAt: 0 })), 100, { type: 'wait', until: 2_000 }],
    [
      'tries for the last time shortly before the end',
      told(meter(12, { triedAt: 11_000 })),
      11_000,
      { type: 'wait', until: 11_500 },
    ],
    ['then waits for the end', told(meter(12, { triedAt: 11_500 })), 11_500, { type: 'wait', until: 12_000 }],
    ['ends the call', told(meter(12, { triedAt: 11_500 })), 12_000, { type: 'used-up' }],
    ['tries before it ends a call that was not looked at for long', meter(12), 99_000, { type: 'extend' }],
    ['ends that then', notExtended(meter(12), 99_000), 99_000, { type: 'used-up' }],
  ])('%s', (_what, state, now, step) => {
    expect(nextStep(state, now, settings)).toEqual(step);
  });

  it('sets aside in chunks of whole increments, as many as keep the end out of sight', () => {
    expect(extensionOf(meter(1), 0, settings)).toEqual({ amount: 60, coveredS: 61 });
    expect(extensionOf(meter(100), 65_000, settings)).toEqual({ amount: 30, coveredS: 130 });
    const minute = startMeter(minutes, 0, micros(60));
    expect(extensionOf(minute, 25_000, settings)).toEqual({ amount: 60, coveredS: 120 });
  });

  it('takes the rest in whole increments only', () => {
    const minute = startMeter(minutes, 0, micros(60));
    expect(affordable(minute, micros(150))).toEqual({ amount: 120, coveredS: 180 });
    expect(affordable(minute, micros(59))).toBeUndefined();
    expect(affordable(minute, micros(-5))).toBeUndefined();
  });

  it('uses what a dearer route set aside too much', () => {
    const dear = startMeter(perSecond, 0, micros(90));
    expect(dear.coveredS).toBe(90);
    const odd = startMeter(minutes, 0, micros(100));
    expect(odd.coveredS).toBe(60);
    expect(extensionOf(odd, 30_000, settings)).toEqual({ amount: 20, coveredS: 120 });
  });

  it('has no end where a minute costs nothing', () => {
    const fee = startMeter(tariff(0, { connectFee: micros(50) }), 0, micros(50));
    expect(nextStep(fee, 1e12, settings)).toEqual({ type: 'wait', until: Number.POSITIVE_INFINITY });
  });

  it('warns again when what was paid in is used up', () => {
    const warned = told(notExtended(meter(100), 70_000));
    const paid = extended(warned, extensionOf(warned, 80_000, settings), 80_000, settings);
    expect(paid).toMatchObject({ coveredS: 130, isTold: true });
    const more = extended(paid, { amount: micros(100), coveredS: 230 }, 80_000, settings);
    expect(more.isTold).toBe(false);
    expect(more.triedAt).toBeUndefined();
  });

  const tariffs = fc
    .record({
      perMinute: fc.integer({ min: 1, max: 5_000_000 }),
      connectFee: fc.integer({ min: 0, max: 3_000_000 }),
      firstS: fc.integer({ min: 1, max: 120 }),
      nextS: fc.integer({ min: 1, max: 120 }),
    })
    .map(({ perMinute, connectFee, ...steps }) => tariff(perMinute, { connectFee: micros(connectFee), ...steps }));

  it('sets aside exactly what the time costs that it covers', () => {
    fc.assert(
      fc.property(tariffs, fc.nat(50_000_000), fc.nat(3_600_000), (each, available, now) => {
        const first = startMeter(each, 0, priceOfSeconds(each, each.firstS));
        for (const extension of [extensionOf(first, now, settings), affordable(first, micros(available))]) {
          if (extension === undefined) continue;
          const { amount, coveredS } = extension;
          expect(first.held + amount).toBe(Math.max(first.held, priceOfSeconds(each, coveredS)));
          expect((coveredS - each.firstS) % each.nextS).toBe(0);
        }
        const most = affordable(first, micros(available));
        if (most) expect(most.amount).toBeLessThanOrEqual(available);
        // One increment more would have been too much.
        const next = priceOfSeconds(each, (most?.coveredS ?? first.coveredS) + each.nextS) - first.held;
        if (endOf(first) < 80_000_000) expect(next > available || (most?.coveredS ?? 0) > 86_000).toBe(true);
      }),
    );
  });
});
