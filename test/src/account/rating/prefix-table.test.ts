import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PrefixTable } from '../../../../src/account/rating/prefix-table.ts';

const digits = (maxLength: number) =>
  fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength }).map((each) => each.join(''));

it('finds what a search of all would find: the longest first, then shorter ones', () => {
  fc.assert(
    fc.property(fc.uniqueArray(digits(6), { maxLength: 60 }), digits(15), fc.nat(3), (prefixes, number, passed) => {
      const table = new PrefixTable(prefixes.map((prefix) => [prefix, prefix] as const));
      const matching = prefixes.filter((prefix) => number.startsWith(prefix)).sort((a, b) => b.length - a.length);
      let seen = 0;
      expect(table.find(number, (value) => (seen++ < passed ? undefined : value))).toBe(matching[passed]);
      expect(table.size).toBe(prefixes.length);
    }),
  );
});

it('holds more than it had room for at first', () => {
  const prefixes = Array.from({ length: 30_000 }, (_, index) => String(100_000 + index * 7));
  const table = new PrefixTable(prefixes.map((prefix) => [prefix, Number(prefix)] as const));
  for (const prefix of prefixes) expect(table.find(`${prefix}99`, (value) => value)).toBe(Number(prefix));
  expect(table.find('9', (value) => value)).toBeUndefined();
});

it.each(['', '+49', 'sip:200', '*31#'])('%j is not found, and no prefix is like it', (text) => {
  const table = new PrefixTable<string>([
    ['49', 'Germany'],
    [text, 'never'],
  ]);
  expect(table.find(text, (value) => value)).toBeUndefined();
  expect(table.find('4930', (value) => value)).toBe('Germany');
});
