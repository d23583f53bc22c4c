import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { benchmarks } from './benchmarks.ts';
import { type Figure, figureTable, isReached, percentile, rounded } from './figure.ts';

describe('figures', () => {
  it.each<[Figure['limit'], number, boolean | undefined]>([
    [undefined, 1, undefined],
    [{ atMost: 0 }, 0, true],
    [{ atMost: 0 }, 1, false],
    [{ atLeast: 300 }, 300, true],
    [{ atLeast: 300 }, 299, false],
    [{ below: 10 }, 9.99, true],
    [{ below: 10 }, 10, false],
    // A benchmark that measured nothing has reached nothing.
    [{ below: 10 }, Number.NaN, false],
    [{ atLeast: 1 }, Number.NaN, false],
    [{ below: 10 }, JSON.parse(JSON.stringify(Number.NaN)) as number, false],
  ])('with the limit %o, %d is reached: %s', (limit, value, reached) => {
    expect(isReached({ name: 'x', value, unit: '', ...(limit && { limit }) })).toBe(reached);
  });

  it('takes percentiles by the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0.5, 0.9, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([50, 90, 99, 100]);
    expect(percentile([7], 0.99)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });

  it('rounds to what means something', () => {
    expect([0.1234, 12.34, 123.4].map(rounded)).toEqual([0.12, 12.3, 123]);
  });

  it('makes a table of Markdown that marks what was missed', () => {
    const figures: Figure[] = [
      { name: 'speed', value: 2, unit: 'ms', limit: { below: 3 } },
      { name: 'failed calls', value: 1, unit: '', limit: { atMost: 0 } },
    ];
    expect(figureTable([{ name: 'calls', figures }]).split('\n')).toEqual([
      '| Benchmark | Figure       | Measured | Limit |         |',
      '| --------- | ------------ | -------- | ----- | ------- |',
      '| calls     | speed        | 2 ms     | < 3   | reached |',
      '| calls     | failed calls | 1        | ≤ 0   | MISSED  |',
    ]);
  });
});

describe('the list of benchmarks', () => {
  it('names scripts that are there', () => {
    const missing = benchmarks.filter(({ script }) => !existsSync(path.join(import.meta.dirname, script)));
    expect(missing).toEqual([]);
  });
});
