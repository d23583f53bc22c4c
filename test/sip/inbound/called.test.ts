import { describe, expect, test } from 'vitest';
import { calledOf, divertedBy } from '../../../sip/inbound/index.ts';
import type { Party } from '../../../sip/leg.ts';
import type { DidSource } from '../../../sip/trunk/index.ts';
import { invite, settings } from './request.ts';

const number = '+441818118181';

const sources: [DidSource[], string, Record<string, string>, string | undefined][] = [
  [['request-uri'], `sip:${number}@192.0.2.1`, {}, number],
  [['request-uri', 'to'], 'sip:account@192.0.2.1', { To: `<sip:${number}@p>` }, number],
  [['to'], 'sip:x@192.0.2.1', { To: '"DID" <sip:00441818118181@p>' }, number],
  [['p-called-party-id', 'to'], 'sip:x@h', { 'P-Called-Party-ID': `<tel:${number}>` }, number],
  [['p-called-party-id', 'to'], 'sip:x@h', { To: '<sip:200@p>' }, '200'],
  [['diversion', 'request-uri'], 'sip:x@h', { Diversion: `<sip:${number}@p>;reason=unknown, <sip:1@p>` }, number],
  [['header:X-DID'], 'sip:x@h', { 'X-DID': number }, number],
  [['header:X-DID'], 'sip:x@h', { 'x-did': `"a" <sip:${number}@p>;x=y` }, number],
  [['header:X-DID'], 'sip:x@h', { 'X-DID': `sip:${number}@p` }, number],
  [['header:X-DID', 'request-uri'], 'sip:x@h', { 'X-DID': '<<a b>>' }, 'x'],
  [['header:X-DID'], 'sip:x@h', {}, undefined],
  [['request-uri'], 'sip:h', {}, undefined],
  [['request-uri'], 'sip:%00%0a@h', {}, undefined],
];

describe('who is called', () => {
  test.each(sources)('%j, %s, %j: %s', (didFrom, uri, headers, expected) => {
    expect(calledOf(invite(headers, uri), settings({ didFrom }), new Set(['account']))).toBe(expected);
  });
});

const diversions: [string, Record<string, string | readonly string[]>, Party[]][] = [
  ['nobody', {}, []],
  [
    'Diversion, the last one first, each once',
    {
      Diversion: [
        '"Desk" <sip:+442079460001@p>;reason=no-answer;counter=1',
        '<sip:+442079460002@p>;reason=unconditional, <sip:+442079460001@p>',
      ],
    },
    [
      { number: '+442079460001', name: 'Desk', withheld: false },
      { number: '+442079460002', withheld: false },
    ],
  ],
  ['one that withholds it', { Diversion: '<sip:+442079460001@p>;privacy=full' }, [{ withheld: true }]],
  ['one that does not', { Diversion: '<sip:200@p>;privacy=off' }, [{ number: '200', withheld: false }]],
  [
    'History-Info with the entries that were left (mp)',
    {
      'History-Info':
        '<sip:+442079460001@p?Reason=SIP%3Bcause%3D302>;index=1, <sip:+442079460002@p>;index=1.1;mp=1, ' +
        '<sip:+442079460003@p>;index=1.2;mp=1.1',
    },
    [
      { number: '+442079460002', withheld: false },
      { number: '+442079460001', withheld: false },
    ],
  ],
  [
    'History-Info of RFC 4244, by its Reason',
    { 'History-Info': '<sip:200@p?Reason=SIP%3Bcause%3D486&Privacy=history>;index=1, <sip:201@p>;index=1.1' },
    [{ withheld: true }],
  ],
  ['History-Info of a call that nobody forwarded', { 'History-Info': '<sip:200@p>;index=1' }, []],
  ['junk', { Diversion: '<<>>, ;;;, "', 'History-Info': '%%%' }, []],
];

describe('who forwarded', () => {
  test.each(diversions)('%s', (_, headers, expected) => {
    expect(divertedBy(invite(headers), settings())).toEqual(expected);
  });
});
