import { describe, expect, it } from 'vitest';
import { revenueShareRanges } from '../../../../config/revenue-share.ts';
import { classesOf, closedFor, type DestinationClass } from '../../../../src/account/limits/index.ts';
import { createRanges } from '../../../../src/account/limits/ranges.ts';
import { factsOf } from '../../../../src/account/number-filter.ts';
import { meaningOf, parseDialString } from '../../../../src/number/index.ts';

const known = createRanges(revenueShareRanges());

function facts(dialled: string, region: string) {
  const read = parseDialString(dialled);
  if (!read.ok) throw new Error(`${dialled} cannot be dialled`);
  const meaning = meaningOf(read.dialled, { region, dialPlan: [] });
  if (meaning.kind === 'emergency') throw new Error('an emergency number');
  return factsOf(meaning, region);
}
const classes = (dialled: string, region: string) => classesOf(facts(dialled, region), region, known);

describe('classes of destinations', () => {
  it.each<[string, string, readonly DestinationClass[]]>([
    ['030 1234567', 'DE', []],
    ['0170 1234567', 'DE', []],
    ['+1 212 555 0100', 'DE', []],
    ['+1 212 555 0100', 'US', []],
    ['+1 416 555 0100', 'US', []],
    ['0800 1234567', 'DE', []],
    ['+800 1234 5678', 'DE', []],
    ['0900 1234567', 'DE', ['premium-rate']],
    ['0900 1234567', 'NL', ['premium-rate']],
    ['1-900-555-0100', 'US', ['premium-rate']],
    ['+979 1 2345 6789', 'DE', ['premium-rate']],
    ['0180 5123456', 'DE', ['shared-cost']],
    ['+808 1234 5678', 'DE', ['shared-cost']],
    ['+870 773 111 632', 'DE', ['satellite']],
    ['+881 612 345 678', 'DE', ['satellite']],
    ['+882 16 123456', 'DE', ['satellite']],
    ['+882 34 123456', 'DE', ['international-networks']],
    ['+883 5100 1234 5678', 'DE', ['international-networks']],
    ['+878 10 1234567890', 'DE', ['international-networks']],
    ['+247 6 1234', 'DE', ['revenue-share']],
    ['+44 70 1234 5678', 'GB', ['revenue-share']],
    ['+44 7700 900123', 'GB', []],
    ['876 555 0100', 'US', ['foreign-nanp']],
    ['+1 876 555 0100', 'CA', ['foreign-nanp']],
    ['+1 876 555 0100', 'DE', []],
    // The region itself is one of these: its own numbers are at home.
    ['876 555 0100', 'JM', []],
    ['**621', 'DE', []],
    ['200', 'DE', []],
  ])('%s, dialled in %s', (dialled, region, expected) => {
    expect(classes(dialled, region)).toEqual(expected);
  });
});

describe('what is closed', () => {
  const closed = (dialled: string, region: string, limits: Parameters<typeof closedFor>[2]) =>
    closedFor(facts(dialled, region), region, limits, known);

  it('are the classes that are said to be, and no others', () => {
    expect(closed('0900 1234567', 'DE', { closed: ['premium-rate'] })).toEqual({
      limit: 'closed-destination',
      destination: 'premium-rate',
    });
    expect(closed('0900 1234567', 'DE', { closed: ['satellite'] })).toBeUndefined();
    expect(closed('0900 1234567', 'DE', { closed: [] })).toBeUndefined();
  });

  it('and countries that are not in the list of a user who has one', () => {
    const us = { closed: [], countries: ['US'] };
    expect(closed('876 555 0100', 'US', us)).toEqual({ limit: 'country', country: 'JM' });
    expect(closed('212 555 0100', 'US', us)).toBeUndefined();
    expect(closed('011 49 30 1234567', 'US', us)).toEqual({ limit: 'country', country: 'DE' });
    expect(closed('+881 612 345 678', 'US', us)).toEqual({ limit: 'country' });
    expect(closed('800 555 0100', 'US', us)).toBeUndefined();
    expect(closed('**621', 'US', us)).toBeUndefined();
  });
});
