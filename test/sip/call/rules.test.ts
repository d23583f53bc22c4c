/** The small rules of a call: offers, glare, session timers, failures, DTMF by INFO. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authorizationHeaders } from '../../../sip/call/authorization.ts';
import { parseInfoDtmf } from '../../../sip/call/dtmf.ts';
import { failureOf, reasonFacts, reasonHeader, sanitise } from '../../../sip/call/failure.ts';
import { glareDelayMs } from '../../../sip/call/glare.ts';
import { type OfferInput, type OfferState, stepOffer } from '../../../sip/call/offer-machine.ts';
import {
  answerTimer,
  reofferTimerHeaders,
  timerFromRequest,
  timerFromResponse,
} from '../../../sip/call/session-timer.ts';
import { makeHeader, type SipResponse } from '../../../sip/message/index.ts';

function response(status: number, phrase: string, ...headers: [string, string][]): SipResponse {
  return {
    kind: 'response',
    status,
    phrase,
    headers: headers.map(([name, value]) => makeHeader(name, value)),
    body: Buffer.alloc(0),
  };
}

describe('whose offer is open', () => {
  const states: Record<OfferState['name'], OfferState> = {
    stable: { name: 'stable' },
    ours: { name: 'ours' },
    theirs: { name: 'theirs' },
  };
  const inputs = {
    make: { type: 'make' },
    made: { type: 'made' },
    're-INVITE': { type: 'receive', method: 'INVITE', offerless: false },
    'late offer': { type: 'receive', method: 'INVITE', offerless: true },
    UPDATE: { type: 'receive', method: 'UPDATE', offerless: false },
    'UPDATE, no offer': { type: 'receive', method: 'UPDATE', offerless: true },
    answered: { type: 'answered' },
  } as const satisfies Record<string, OfferInput>;
  const table: Record<OfferState['name'], Record<keyof typeof inputs, string>> = {
    stable: {
      make: 'ours go',
      made: 'stable go',
      're-INVITE': 'theirs go',
      'late offer': 'theirs go',
      UPDATE: 'theirs go',
      'UPDATE, no offer': 'stable go',
      answered: 'stable go',
    },
    ours: {
      make: 'ours wait',
      made: 'stable go',
      're-INVITE': 'ours 491',
      'late offer': 'ours 491',
      UPDATE: 'ours 491',
      'UPDATE, no offer': 'ours go',
      answered: 'ours go',
    },
    theirs: {
      make: 'theirs wait',
      made: 'theirs go',
      're-INVITE': 'theirs 500',
      'late offer': 'theirs 500',
      UPDATE: 'theirs 500',
      'UPDATE, no offer': 'theirs go',
      answered: 'stable go',
    },
  };
  for (const [name, row] of Object.entries(table)) {
    test.each(Object.entries(row))(`${name}: %s`, (input, expected) => {
      const { state, result } = stepOffer(states[name as OfferState['name']], inputs[input as keyof typeof inputs]);
      expect(`${state.name} ${result.verdict === 'refuse' ? result.status : result.verdict}`).toBe(expected);
    });
  }
});

describe('back-off after 491 (RFC 3261 §14.1)', () => {
  test('2.1–4 s for the side that made the Call-ID, 0–2 s for the other, in units of 10 ms', () => {
    expect([glareDelayMs(true, 0), glareDelayMs(true, 0.999999)]).toEqual([2_100, 4_000]);
    expect([glareDelayMs(false, 0), glareDelayMs(false, 0.999999)]).toEqual([0, 2_000]);
    fc.assert(
      fc.property(fc.boolean(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (owner, random) => {
        expect(glareDelayMs(owner, random) % 10).toBe(0);
      }),
    );
  });
});

describe('session timers (RFC 4028)', () => {
  test.each<[string, Parameters<typeof answerTimer>, ReturnType<typeof answerTimer>]>([
    ['none asked', [{ sessionExpires: undefined, supportsTimer: true }, 90], { verdict: 'ok', headers: {} }],
    [
      'the sender refreshes when it does not say who',
      [{ sessionExpires: { seconds: 300 }, supportsTimer: true }, 90],
      { verdict: 'ok', headers: { 'Session-Expires': '300;refresher=uac', Require: 'timer' } },
    ],
    [
      'we refresh when we are asked to',
      [{ sessionExpires: { seconds: 300, refresher: 'uas' }, supportsTimer: true }, 90],
      { verdict: 'ok', headers: { 'Session-Expires': '300;refresher=uas' } },
    ],
    [
      'we refresh when the peer cannot',
      [{ sessionExpires: { seconds: 300, refresher: 'uac' }, supportsTimer: false }, 90],
      { verdict: 'ok', headers: { 'Session-Expires': '300;refresher=uas' } },
    ],
    [
      'too short',
      [{ sessionExpires: { seconds: 60 }, supportsTimer: true }, 90],
      { verdict: 'too-small', headers: { 'Min-SE': '90' } },
    ],
    [
      'too short, from a peer that would not understand 422',
      [{ sessionExpires: { seconds: 60 }, supportsTimer: false }, 90],
      { verdict: 'ok', headers: { 'Session-Expires': '60;refresher=uas' } },
    ],
    ['zero is none', [{ sessionExpires: { seconds: 0 }, supportsTimer: true }, 90], { verdict: 'ok', headers: {} }],
  ])('%s', (_, args, expected) => {
    expect(answerTimer(...args)).toEqual(expected);
  });

  test('a running timer is asked for again with the same roles', () => {
    expect(reofferTimerHeaders(undefined, 90)).toEqual({});
    expect(reofferTimerHeaders(timerFromResponse({ seconds: 1800, refresher: 'uas' }), 90)).toEqual({
      Supported: 'timer',
      'Session-Expires': '1800;refresher=uas',
      'Min-SE': '90',
    });
    expect(reofferTimerHeaders(timerFromResponse({ seconds: 60 }), 90)).toMatchObject({
      'Session-Expires': '60;refresher=uac',
      'Min-SE': '60',
    });
    expect(timerFromRequest({ 'Session-Expires': '300;refresher=uac' })).toEqual({ seconds: 300, refresher: 'peer' });
    expect(timerFromRequest({ 'Session-Expires': '300;refresher=uas' })).toEqual({ seconds: 300, refresher: 'us' });
    expect(timerFromRequest({})).toBeUndefined();
    expect(timerFromResponse({ seconds: 0 })).toBeUndefined();
  });
});

describe('facts of a failure', () => {
  const to: [string, string] = ['To', '<sip:1@192.0.2.1>;tag=x'];

  test('Reason, Warning and Retry-After are read', () => {
    expect(
      failureOf(
        response(
          486,
          'Busy Here',
          to,
          ['Reason', 'SIP;cause=486;text="sip says", Q.850;cause=34;text="no circuit, \\"really\\""'],
          ['Warning', '399 gw.example.net "all lines busy"'],
          ['Retry-After', '120 (later);duration=60'],
        ),
        true,
      ),
    ).toEqual({
      status: 486,
      phrase: 'Busy Here',
      q850: 34,
      reasonText: 'no circuit, "really"',
      warning: '399 all lines busy',
      retryAfterS: 120,
      sawProvisional: true,
      origin: 'remote',
    });
  });

  test('rubbish in those headers is passed over', () => {
    expect(
      failureOf(response(503, '', to, ['Reason', ';;"'], ['Warning', 'x'], ['Retry-After', 'soon']), false),
    ).toEqual({ status: 503, phrase: '', sawProvisional: false, origin: 'remote' });
  });

  test('a 408 or 503 without a To-tag was made by our own server', () => {
    const untagged: [string, string] = ['To', '<sip:1@192.0.2.1>'];
    expect(failureOf(response(408, 'Timeout', untagged), false).origin).toBe('timeout');
    expect(failureOf(response(503, 'No transport', untagged), false).origin).toBe('transport');
    expect(failureOf(response(408, 'Timeout', to), false).origin).toBe('remote');
    // drachtio gives its own 503 a To-tag, and no source.
    expect(failureOf(response(503, 'DNS Error', to), false, '').origin).toBe('transport');
    expect(failureOf(response(503, 'Busy', to), false, '192.0.2.1').origin).toBe('remote');
    expect(failureOf(response(500, 'Error', untagged), false).origin).toBe('remote');
  });

  test('text of strangers is short and has no control or direction characters', () => {
    expect(sanitise(`a\r\nb\u202eC\u0000 ${'x'.repeat(500)}`)).toHaveLength(200);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(sanitise(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      }),
    );
  });

  test('our own reason is written so that it is read back', () => {
    const header = reasonHeader({ q850: 16, text: 'Normal "call"; clearing' });
    expect(reasonFacts(response(200, 'OK', ['Reason', header]))).toEqual({
      q850: 16,
      text: 'Normal "call"; clearing',
    });
    expect(reasonHeader({ q850: 17 })).toBe('Q.850;cause=17');
  });
});

describe('DTMF by INFO', () => {
  test.each([
    ['application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n', { digit: '5', durationMs: 160 }],
    ['application/dtmf-relay;charset=x', 'signal = * \nduration = 90', { digit: '*', durationMs: 90 }],
    ['application/dtmf-relay', 'Signal=11\r\nDuration=1', { digit: '#', durationMs: 40 }],
    ['application/dtmf-relay', 'Signal=10', { digit: '*', durationMs: 160 }],
    ['application/dtmf-relay', 'Signal=15', { digit: 'D', durationMs: 160 }],
    ['application/dtmf-relay', 'Signal=16', undefined],
    ['application/dtmf-relay', 'Signal=12345', undefined],
    ['application/dtmf', '#', { digit: '#', durationMs: 160 }],
    ['Application/DTMF', ' a\r\n', { digit: 'A', durationMs: 160 }],
    ['application/dtmf', '', undefined],
    ['text/plain', '5', undefined],
    [undefined, '5', undefined],
    ['application/dtmf', undefined, undefined],
  ])('%s %j', (type, body, expected) => {
    expect(parseInfoDtmf(type, body)).toEqual(expected);
  });
});

test('credentials for several realms are several headers that differ in spelling only', () => {
  expect(
    authorizationHeaders([
      { name: 'Proxy-Authorization', value: 'Digest a' },
      { name: 'Proxy-Authorization', value: 'Digest b' },
      { name: 'Authorization', value: 'Digest c' },
    ]),
  ).toEqual({
    'Proxy-Authorization': 'Digest a',
    'proxy-authorization': 'Digest b',
    Authorization: 'Digest c',
  });
});
