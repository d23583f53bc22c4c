import { describe, expect, it } from 'vitest';
import { compileDialPlan, type Meaning, meaningOf } from '../../../src/number/dial-plan.ts';
import { parseDialString } from '../../../src/number/dial-string.ts';

function mean(raw: string, region: string, plan: Parameters<typeof compileDialPlan>[0] = []): Meaning {
  const read = parseDialString(raw);
  if (!read.ok) throw new Error(`${raw} is refused: ${read.refusal}`);
  return meaningOf(read.dialled, { region, dialPlan: compileDialPlan(plan) });
}

describe('numbers of the world', () => {
  it.each([
    ['030 1234567', 'DE', '+49301234567', 'DE', 'FIXED_LINE'],
    ['0049301234567', 'DE', '+49301234567', 'DE', 'FIXED_LINE'],
    ['+49 30 1234567', 'GB', '+49301234567', 'DE', 'FIXED_LINE'],
    ['011 49 15112345678', 'US', '+4915112345678', 'DE', 'MOBILE'],
    ['8 495 1234567', 'RU', '+74951234567', 'RU', 'FIXED_LINE'],
    ['06 12345678', 'IT', '+390612345678', 'IT', 'FIXED_LINE'],
    ['+49 (0)30 123456', 'DE', '+4930123456', 'DE', 'FIXED_LINE'],
    ['٠٣٠١٢٣٤٥٦', 'DE', '+4930123456', 'DE', 'FIXED_LINE'],
    ['0900 1234567', 'NL', '+319001234567', 'NL', 'PREMIUM_RATE'],
    ['1-900-555-0100', 'US', '+19005550100', 'US', 'PREMIUM_RATE'],
    ['876 555 0100', 'US', '+18765550100', 'JM', 'MOBILE'],
    ['+88216123456', 'DE', '+88216123456', undefined, 'VOIP'],
    ['030/123456-0', 'DE', '+49301234560', 'DE', 'FIXED_LINE'],
    ['1-800-FLOWERS', 'US', '+18003569377', 'US', 'TOLL_FREE'],
    ['020 7946 0018 x123', 'GB', '+442079460018', 'GB', 'FIXED_LINE'],
    // Possible and not known to the metadata, with a prefix: the example of MSC2845.
    ['01818118181', 'GB', '+441818118181', 'GB', undefined],
  ])('%s in %s is %s', (raw, region, target, country, numberKind) => {
    const expected: Record<string, unknown> = { kind: 'e164', target };
    if (country) expected.country = country;
    if (numberKind) expected.numberKind = numberKind;
    expect(mean(raw, region)).toEqual(expected);
  });

  it('is another number for somebody in another country', () => {
    expect(mean('0301234567', 'DE').target).toBe('+49301234567');
    expect(mean('0301234567', 'GB').target).not.toBe('+49301234567');
  });
});

describe('what never becomes a number of the world', () => {
  it.each([
    ['5551234', 'US', 'literal', '5551234'],
    ['5551234567', 'US', 'literal', '5551234567'],
    ['01234567890123456', 'DE', 'literal', '01234567890123456'],
    ['+1234', 'US', 'literal', '+1234'],
    ['*31#0301234567', 'DE', 'code', '*31#0301234567'],
    ['**621', 'DE', 'code', '**621'],
    ['*100#', 'GB', 'code', '*100#'],
    ['200', 'DE', 'short', '200'],
    ['4711', 'DE', 'short', '4711'],
    ['12345', 'DE', 'short', '12345'],
    ['116117', 'DE', 'short', '116117'],
    ['116000', 'JE', 'short', '116000'],
    ['118118', 'GB', 'short', '118118'],
    ['11833', 'DE', 'short', '11833'],
    ['115', 'DE', 'short', '115'],
    ['101', 'GB', 'short', '101'],
    ['311', 'US', 'short', '311'],
    ['933', 'US', 'short', '933'],
    ['988', 'US', 'short', '988'],
    ['46645', 'US', 'short', '46645'],
    ['131234', 'AU', 'short', '131234'],
  ])('%s in %s is a %s', (raw, region, kind, target) => {
    expect(mean(raw, region)).toEqual({ kind, target });
  });

  it('is an address, which is called as it is', () => {
    expect(mean('sip:0301234567@example.org', 'DE')).toEqual({ kind: 'uri', target: 'sip:0301234567@example.org' });
  });

  it.each([
    ['112', 'DE'],
    ['110', 'DE'],
    ['911', 'US'],
    ['112', 'US'],
    ['999', 'GB'],
    ['911', 'DE'],
    ['1-1-2', 'DE'],
    ['１１２', 'DE'],
    ['+49112', 'DE'],
    ['+1911', 'US'],
    ['*31#112', 'DE'],
    ['*67911', 'US'],
    ['112#', 'DE'],
    ['112,,', 'DE'],
    ['000', 'AU'],
    ['119', 'JP'],
    ['17', 'FR'],
    ['113', 'DE'],
    ['sip:112@example.org', 'DE'],
    ['sip:113@example.org', 'DE'],
    ['sip:%31%31%32@example.org', 'DE'],
    ['sip:112;user=phone@example.org', 'DE'],
    ['sip:+49112@example.org', 'DE'],
    ['+112', 'DE'],
    ['0049112', 'DE'],
    ['011 1 911', 'US'],
  ])('%s in %s is an emergency', (raw, region) => {
    expect(mean(raw, region).kind).toBe('emergency');
  });
});

describe('the dial plan of the administrator', () => {
  const plan = [
    { match: '1\\d\\d', name: 'extensions' },
    { match: '9(\\d+)', replace: '$1', name: 'outside line' },
    { match: '\\*\\*6\\d\\d', name: 'office' },
    { match: '0301234567', replace: 'reception' },
  ];

  it('comes before any guess', () => {
    expect(mean('150', 'DE', plan)).toMatchObject({ kind: 'dial-plan', target: '150', rule: { name: 'extensions' } });
    expect(mean('**621', 'DE', plan)).toMatchObject({ kind: 'dial-plan', target: '**621' });
    expect(mean('030 1234567', 'DE', plan)).toMatchObject({ kind: 'dial-plan', target: 'reception' });
  });

  it('puts something else in place of what was dialled', () => {
    expect(mean('9 0301234567', 'DE', plan)).toMatchObject({ kind: 'dial-plan', target: '0301234567' });
  });

  it('matches whole strings only', () => {
    expect(mean('1500', 'DE', plan).kind).toBe('short');
    expect(mean('150', 'DE', [{ match: '1|2' }]).kind).toBe('short');
  });

  it('has no say over emergency numbers of the country', () => {
    expect(mean('112', 'DE', plan).kind).toBe('emergency');
    expect(mean('110', 'DE', plan).kind).toBe('emergency');
    expect(mean('9 112', 'DE', plan)).toEqual({ kind: 'emergency', target: '112' });
  });

  it('may use what is an emergency number only elsewhere', () => {
    expect(mean('113', 'DE', plan).kind).toBe('dial-plan');
    expect(mean('113', 'NO', plan).kind).toBe('emergency');
  });
});
