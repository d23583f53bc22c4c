import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderSrv } from '../../../sip/dns/index.ts';
import { srv } from './zone.ts';

/** Gives these draws, one after the other. */
function draws(...values: number[]): () => number {
  let next = 0;
  return () => values[next++] ?? 0;
}

function names(records: readonly { target: string }[]): string[] {
  return records.map((record) => record.target);
}

describe('RFC 2782', () => {
  it('goes by priority first', () => {
    expect(names(orderSrv([srv(20, 100, 'c'), srv(0, 0, 'a'), srv(10, 1, 'b')], Math.random))).toEqual(['a', 'b', 'c']);
  });

  it.each([
    [[0], ['zero', 'one', 'three']],
    [[0.2], ['one', 'zero', 'three']],
    [[0.99], ['three', 'zero', 'one']],
    [
      [0.99, 0.99],
      ['three', 'one', 'zero'],
    ],
  ])('draws %j within a priority', (values, expected) => {
    const records = [srv(0, 1, 'one'), srv(0, 3, 'three'), srv(0, 0, 'zero')];
    expect(names(orderSrv(records, draws(...values)))).toEqual(expected);
  });

  it('gives shares by weight over many draws', () => {
    const records = [srv(0, 1, 'one'), srv(0, 3, 'three')];
    let first = 0;
    const steps = 1_000;
    for (let i = 0; i < steps; i++) if (orderSrv(records, draws(i / steps))[0]?.target === 'three') first++;
    // Draws are whole numbers from 0 to 4: 0 and 1 are "one", 2 to 4 "three".
    expect(first / steps).toBeCloseTo(0.6, 2);
  });

  it('loses and doubles nothing, and never puts a later priority first', () => {
    const record = fc.record({
      priority: fc.nat(3),
      weight: fc.nat(65_535),
      port: fc.nat(65_535),
      target: fc.string(),
    });
    const random = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
    fc.assert(
      fc.property(fc.array(record), random, (records, values) => {
        const ordered = orderSrv(records, draws(...values));
        expect(ordered).toHaveLength(records.length);
        expect(new Set(ordered)).toEqual(new Set(records));
        expect(ordered.map((one) => one.priority)).toEqual(records.map((one) => one.priority).sort((a, b) => a - b));
      }),
    );
  });
});
