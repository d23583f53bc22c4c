import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayName, formatE164, redactedNumber, sanitised } from '../../../src/number/display.ts';

describe('the display name of a ghost', () => {
  it.each([
    ['01818118181', 'GB', '01818 118181'],
    ['+441818118181', 'GB', '01818 118181'],
    ['+49301234567', 'GB', '+49 30 1234567'],
    ['0301234567', 'DE', '030 1234567'],
    ['876 555 0100', 'US', '+1 876 555 0100'],
    ['+18005550199', 'US', '(800) 555-0199'],
    ['+88216123456', 'DE', '+882 16 12 3456'],
    ['1-800-FLOWERS', 'US', '1-800-FLOWERS'],
    ['**621', 'DE', '**621'],
    ['200', 'DE', '200'],
    ['112', 'DE', '112'],
    ['sip:alice@example.org', 'DE', 'sip:alice@example.org'],
    ['no number', 'DE', 'no number'],
    ['a\u202eb\u0007c\nd', 'DE', 'a b c d'],
    ['x'.repeat(100), 'DE', `${'x'.repeat(63)}…`],
  ])('of %j in %s is %j', (dialled, region, name) => {
    expect(displayName(dialled, { region, dialPlan: [] })).toBe(name);
  });

  it('of an extension that looks like a number is the extension', () => {
    const rules = { region: 'DE', dialPlan: [{ match: /^0301234567$/u }] };
    expect(displayName('0301234567', rules)).toBe('0301234567');
  });

  it('never has control or direction characters, nor more than 64 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (dialled) => {
        const name = displayName(dialled, { region: 'GB', dialPlan: [] });
        expect(name).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect([...name].length).toBeLessThanOrEqual(64);
      }),
    );
  });
});

describe('numbers in other words', () => {
  it('are shown as people of the region write them', () => {
    expect(formatE164('+441818118181', 'GB')).toBe('01818 118181');
    expect(formatE164('+441818118181', 'DE')).toBe('+44 1818 118181');
    expect(formatE164('+441818118181', 'nowhere')).toBe('+44 1818 118181');
  });

  it('are shown by two digits in a log', () => {
    expect(redactedNumber('+441818118181')).toBe('…81');
    expect(redactedNumber('200')).toBe('…');
    expect(sanitised('\u200f200\u200f')).toBe('200');
  });
});
