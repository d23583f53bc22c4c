import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callerOf, changedPartyOf } from '../../../sip/inbound/index.ts';
import type { Party } from '../../../sip/leg.ts';
import type { InboundSettings } from '../../../sip/trunk/index.ts';
import { invite, settings } from './request.ts';

const BIDI = '\u202E';
const withheld = { withheld: true };

const table: [string, Record<string, string>, Partial<InboundSettings>, Party][] = [
  ['From alone', {}, {}, { number: '+4930901820', withheld: false }],
  [
    'P-Asserted-Identity before From',
    { 'P-Asserted-Identity': '"Ann" <sip:+442079460000@p>, <tel:+442079460000>' },
    {},
    { number: '+442079460000', name: 'Ann', withheld: false },
  ],
  [
    'the order is the trunk’s',
    { 'P-Asserted-Identity': '<sip:+442079460000@p>', 'P-Preferred-Identity': '<sip:+442079460001@p>' },
    { callerFrom: ['p-preferred-identity', 'p-asserted-identity', 'from'] },
    { number: '+442079460001', withheld: false },
  ],
  [
    'Remote-Party-ID of the caller, not of the called party',
    { 'Remote-Party-ID': '<sip:1@p>;party=called, "Bob" <sip:+442079460002@p>;party=calling;screen=yes' },
    {},
    { number: '+442079460002', name: 'Bob', withheld: false },
  ],
  [
    'Privacy: id hides what P-Asserted-Identity says',
    { Privacy: 'id', 'P-Asserted-Identity': '"Ann" <sip:+442079460000@p>' },
    {},
    withheld,
  ],
  ['Privacy: header;user', { Privacy: 'header; user; critical' }, {}, withheld],
  ['Privacy: none', { Privacy: 'none' }, {}, { number: '+4930901820', withheld: false }],
  [
    'an anonymous From beside the real number for the trunk',
    { From: '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=f', 'P-Asserted-Identity': '<sip:+442079460000@p>' },
    {},
    withheld,
  ],
  ['Remote-Party-ID with privacy=full', { 'Remote-Party-ID': '<sip:+442079460002@p>;privacy=full' }, {}, withheld],
  ['a From that names nobody', { From: '<sip:provider.example>;tag=f' }, {}, withheld],
  ['restricted', { From: '<sip:Restricted@p>;tag=f' }, {}, withheld],
  [
    'a name that repeats the number',
    { From: '"+49 30 901820" <sip:+4930901820@p>;tag=f' },
    {},
    { number: '+4930901820', withheld: false },
  ],
  [
    'a hostile name',
    {
      From: `"${BIDI}admin\u0000 \u200b\u2066@room\u2069 ${'e\u0301\u0301\u0301\u0301\u0301\u0301'}" <sip:200@p>;tag=f`,
    },
    {},
    { number: '200', name: 'admin @room é\u0301\u0301\u0301', withheld: false },
  ],
  [
    'a very long name',
    { From: `"${'x'.repeat(4000)}" <sip:200@p>;tag=f` },
    {},
    { number: '200', name: 'x'.repeat(80), withheld: false },
  ],
  [
    'verstat of a trunk that may not say',
    { From: '<sip:+442079460000@p;verstat=TN-Validation-Passed>;tag=f' },
    {},
    { number: '+442079460000', withheld: false },
  ],
];

const verdicts: [string, Party['verification']][] = [
  ['TN-Validation-Passed', 'passed'],
  ['TN-Validation-Passed-A', 'passed'],
  ['TN-Validation-Passed-B', 'passed'],
  ['TN-Validation-Failed', 'failed'],
  ['No-TN-Validation', 'none'],
];

describe('who calls', () => {
  test.each(table)('%s', (_, headers, given, expected) => {
    expect(callerOf(invite(headers), settings(given))).toEqual(expected);
  });

  test.each(verdicts)('verstat=%s of a trunk that is believed: %s', (value, verification) => {
    for (const identity of [
      `<sip:+442079460000@p;verstat=${value}>`,
      `<sip:+442079460000;verstat=${value}@p>`,
      `<tel:+442079460000;verstat=${value}>`,
    ])
      expect(callerOf(invite({ 'P-Asserted-Identity': identity }), settings({ trustVerstat: true }))).toEqual({
        number: '+442079460000',
        withheld: false,
        verification,
      });
  });

  test('what a withheld number was judged may be told, the number not', () => {
    const asserted = { 'P-Asserted-Identity': '<sip:+442079460000@p;verstat=TN-Validation-Failed>', Privacy: 'id' };
    expect(callerOf(invite(asserted), settings({ trustVerstat: true }))).toEqual({
      withheld: true,
      verification: 'failed',
    });
  });

  test('From does not change inside a call', () => {
    expect(changedPartyOf(invite({}), settings())).toBeUndefined();
    expect(changedPartyOf(invite({ 'P-Asserted-Identity': '<sip:200@p>' }), settings())).toEqual({
      number: '200',
      withheld: false,
    });
  });

  test('whatever stands there, it is read without a fault, short and printable', () => {
    const junk = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `"${text}" <sip:${text}@h>`),
      fc.string({ maxLength: 5000 }).map((text) => `<sip:200@h>;${text}`),
    );
    fc.assert(
      fc.property(junk, junk, junk, (asserted, from, privacy) => {
        const request = invite({
          'P-Asserted-Identity': asserted,
          From: from,
          Privacy: privacy,
          'Remote-Party-ID': asserted,
        });
        const party = callerOf(request, settings({ trustVerstat: true }));
        for (const text of [party.name, party.number]) {
          if (text === undefined) continue;
          expect([...text].length).toBeLessThanOrEqual(80);
          expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        }
      }),
    );
  });
});
