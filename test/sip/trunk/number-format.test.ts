import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatNumber, type NumberFormat } from '../../../sip/trunk/index.ts';

test.each<[string, NumberFormat, string]>([
  ['+4930901820', { form: 'as-is' }, '+4930901820'],
  ['+4930901820', { form: '+e164' }, '+4930901820'],
  ['+4930901820', { form: 'e164' }, '4930901820'],
  ['+4930901820', { form: 'international' }, '004930901820'],
  ['+4930901820', { form: 'international', internationalPrefix: '011' }, '0114930901820'],
  ['+4930901820', { form: 'national', countryCode: '49' }, '030901820'],
  ['+441818118181', { form: 'national', countryCode: '49' }, '00441818118181'],
  [
    '+12065550100',
    { form: 'national', countryCode: '1', nationalPrefix: '', internationalPrefix: '011' },
    '2065550100',
  ],
  [
    '+4930901820',
    { form: 'national', countryCode: '1', nationalPrefix: '', internationalPrefix: '011' },
    '0114930901820',
  ],
  ['+4930901820', { form: 'national' }, '004930901820'],
  // Short codes, extensions and feature codes stay as they were dialled.
  ['110', { form: '+e164' }, '110'],
  ['**621', { form: 'national', countryCode: '49' }, '**621'],
  ['*31#030901820', { form: 'e164' }, '*31#030901820'],
  ['alice', { form: 'e164' }, 'alice'],
  // A provider's customer code and its separator.
  ['+12065550100', { form: '+e164', techPrefix: '12345678', techPrefixSeparator: '*' }, '12345678*+12065550100'],
  ['+12065550100', { form: '+e164', techPrefix: '12345678', techPrefixSeparator: '#' }, '12345678#+12065550100'],
  ['+418001234', { form: 'e164', techPrefix: '1234' }, '1234418001234'],
  // An outside line, digits cut off, rules.
  ['+4930901820', { form: 'national', countryCode: '49', prepend: '0' }, '0030901820'],
  ['+4930901820', { form: 'e164', strip: 2, prepend: '9' }, '930901820'],
  ['+441818118181', { form: 'international', rewrite: [{ match: '^0044(\\d+)$', replace: '0$1' }] }, '01818118181'],
  [
    '+4930901820',
    {
      form: 'e164',
      rewrite: [
        { match: '^49', replace: 'x' },
        { match: '^x30', replace: '030/' },
      ],
    },
    '030/901820',
  ],
  ['9999', { form: 'as-is', strip: 10 }, ''],
])('%s as %j is %s', (number, format, expected) => {
  expect(formatNumber(number, format)).toBe(expected);
});

test('every digit of an E.164 number survives every form', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[1-9]\d{6,14}$/),
      fc.constantFrom('as-is', '+e164', 'e164', 'international', 'national'),
      (digits, form) => {
        const written = formatNumber(`+${digits}`, { form, countryCode: '49' });
        expect(written.endsWith(digits.replace(/^49/, ''))).toBe(true);
      },
    ),
  );
});
