import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOffMs, spread } from '../../../../src/message/outbound/back-off.ts';

const retry = { firstMs: 30_000, longestMs: 1_800_000 };

describe('the pauses between tries', () => {
  it.each([
    [0, 30_000],
    [1, 30_000],
    [2, 60_000],
    [3, 120_000],
    [6, 960_000],
    [7, 1_800_000],
    [5_000, 1_800_000],
  ])('after %i tries %i ms', (tries, ms) => {
    expect(backOffMs(tries, 0.5, retry)).toBe(ms);
  });

  it('are never more than a fifth away from that', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (tries, jitter) => {
        const plain = backOffMs(tries, 0.5, retry);
        const spreadOut = backOffMs(tries, jitter, retry);
        expect(spreadOut).toBeGreaterThanOrEqual(plain * 0.8 - 1);
        expect(spreadOut).toBeLessThanOrEqual(plain * 1.2 + 1);
      }),
    );
  });

  it('a pause that the network asked for is never shorter, and at least a second', () => {
    expect(spread(5_000, 0)).toBe(5_000);
    expect(spread(5_000, 0.5)).toBe(5_250);
    expect(spread(0, 0)).toBe(1_000);
    expect(spread(-5, 0)).toBe(1_000);
  });
});
