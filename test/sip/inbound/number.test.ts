import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normaliseNumber, userOf } from '../../../sip/inbound/index.ts';
import { parseUri } from '../../../sip/message/index.ts';
import type { InboundNumberFormat } from '../../../sip/trunk/index.ts';

const de = { countryCode: '49' };
const us = { countryCode: '1', nationalPrefix: '', internationalPrefix: '011' };

const table: [InboundNumberFormat, string, string][] = [
  // +E.164 is what it says in every form but one.
  [{ form: 'auto' }, '+4930901820', '+4930901820'],
  [{ form: 'e164' }, '+4930901820', '+4930901820'],
  [{ form: 'national', ...de }, '+4930901820', '+4930901820'],
  [{ form: 'as-is' }, '0049-30', '0049-30'],
  // E.164 without +.
  [{ form: 'e164' }, '4930901820', '+4930901820'],
  [{ form: 'e164' }, '004930901820', '+4930901820'],
  [{ form: 'e164' }, '110', '110'],
  [{ form: 'e164' }, '030901820', '030901820'],
  [{ form: 'auto', ...de }, '4930901820', '4930901820'],
  // International and national prefixes.
  [{ form: 'auto' }, '004930901820', '+4930901820'],
  [{ form: 'auto', ...de }, '030901820', '+4930901820'],
  [{ form: 'auto' }, '030901820', '030901820'],
  [{ form: 'national', ...de }, '030901820', '+4930901820'],
  [{ form: 'national', ...de }, '00441818118181', '+441818118181'],
  [{ form: 'national', ...de }, '901820', '901820'],
  [{ form: 'national', ...de }, '0110', '0110'],
  [{ form: 'national', ...us }, '2125550100', '+12125550100'],
  [{ form: 'national', ...us }, '12125550100', '+12125550100'],
  [{ form: 'national', ...us }, '011441818118181', '+441818118181'],
  [{ form: 'national', ...us }, '911', '911'],
  [{ form: 'auto', ...us }, '2125550100', '2125550100'],
  // Extensions, names, separators.
  [{ form: 'auto', ...de }, '200', '200'],
  [{ form: 'auto', ...de }, 'alice', 'alice'],
  [{ form: 'auto', ...de }, 'a.b-c', 'a.b-c'],
  [{ form: 'auto', ...de }, '(030) 90-18.20', '+4930901820'],
  [{ form: 'auto', ...de }, '*31#200', '*31#200'],
  // Longer or shorter than E.164 allows.
  [{ form: 'e164' }, '1234567890123456', '1234567890123456'],
  [{ form: 'auto' }, '+123', '+123'],
  [{ form: 'auto' }, '+0049301234567', '+0049301234567'],
  // Rules go first.
  [{ form: 'auto', ...de, rewrite: [{ match: '^9(0\\d+)$', replace: '$1' }] }, '9030901820', '+4930901820'],
  [{ form: 'as-is', rewrite: [{ match: '^pbx-', replace: '' }] }, 'pbx-200', '200'],
];

describe('a number that a trunk sends', () => {
  test.each(table)('%j: %s is %s', (format, came, expected) => {
    expect(normaliseNumber(came, format)).toBe(expected);
  });

  test('once normalised it stays so, and nothing is made up', () => {
    const format = fc.constantFrom<InboundNumberFormat>(
      { form: 'auto', ...de },
      { form: 'e164' },
      { form: 'national', ...us },
      { form: 'as-is' },
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\+?[0-9]{0,18}$/)), format, (text, rules) => {
        const once = normaliseNumber(text, rules);
        if (/^\+\d{7,15}$/.test(once)) expect(normaliseNumber(once, rules)).toBe(once);
        expect(once.replace(/\D/g, '')).toContain(text.replace(/\D/g, '').replace(/^(?:00|011|0)/, ''));
      }),
    );
  });
});

describe('who a URI names', () => {
  test.each([
    ['sip:+4930901820@host', '+4930901820'],
    ['sip:+15551234567;npdi;rn=+15550000000@host;user=phone', '+15551234567'],
    ['sip:030901820;phone-context=+49@host', '+4930901820'],
    ['sip:%2A31%23200@host', '*31#200'],
    ['sip:al%69ce@host', 'alice'],
    ['tel:+49-30-901820', '+49-30-901820'],
    ['tel:901820;phone-context=+4930', '+4930901820'],
    ['tel:901820;phone-context=example.com', '901820'],
    ['sip:host', undefined],
    ['mailto:a@b', undefined],
  ])('%s: %s', (uri, expected) => {
    expect(userOf(parseUri(uri))).toBe(expected);
  });
});
