import { expect, it } from 'vitest';
import { readRanges, revenueShareRanges } from '../../config/revenue-share.ts';

it('the list that comes with Trunkline is right, and has nobody in it twice', () => {
  const ranges = revenueShareRanges();
  expect(ranges.length).toBeGreaterThan(50);
  expect(ranges).toContain('+247');
  expect(ranges.every((range) => /^\+[1-9]\d{1,14}$/.test(range))).toBe(true);
  // No country of more than a few thousand people.
  for (const number of ['+49', '+44', '+1', '+33', '+371', '+252', '+64']) {
    expect(ranges.filter((range) => number.startsWith(range) || range === number)).toEqual([]);
  }
});

it.each([
  ['- "+247"\n- "+44 70"\n', ['+247', '+4470']],
  ['ranges:\n  - why: known\n    source: ours\n    ranges: ["+37190", "+371 (70)"]\n', ['+37190', '+37170']],
  ['ranges: []\n', []],
])('%j', (text, ranges) => {
  expect(readRanges(text)).toEqual(ranges);
});

it.each(['{}', 'ranges: 5', '- why: no ranges', '- 247', '- "0049"', '- "+49x"', ''])('%j is no list', (text) => {
  expect(() => readRanges(text)).toThrow(TypeError);
});
