import { describe, expect, it } from 'vitest';
import type { MediaErrorCode } from '../../../media/engine.ts';
import type { SipFailure } from '../../../sip/leg.ts';
import {
  answeredElsewhere,
  explainEnd,
  explainFailure,
  explainGateway,
  explainMedia,
  gatewayRows,
  needsAdministrator,
  networkRows,
  type Row,
  telephoneCause,
} from '../../../src/call/reasons.ts';
import { englishCatalogue, type SentenceKey, say } from '../../../src/call/sentences.ts';

const failure = (status: number, more: Partial<SipFailure> = {}): SipFailure => ({
  status,
  phrase: 'Phrase',
  sawProvisional: true,
  origin: 'remote',
  ...more,
});

describe('a status without a cause', () => {
  it.each<[number, string, string, SentenceKey, Row['routeAdvance'], boolean]>([
    [486, 'line-busy', 'user_busy', 'line-busy', 'no', true],
    [600, 'line-busy', 'user_busy', 'line-busy', 'no', true],
    [480, 'no-answer', 'invite_timeout', 'no-answer', 'no', true],
    [408, 'no-answer', 'invite_timeout', 'no-answer', 'no', true],
    [500, 'server-error', 'unknown_error', 'not-completed', 'yes', false],
    [404, 'number-not-in-service', 'unknown_error', 'number-not-in-service', 'no', false],
    [604, 'number-not-in-service', 'unknown_error', 'number-not-in-service', 'no', false],
    [485, 'number-not-in-service', 'unknown_error', 'number-not-in-service', 'no', false],
    [410, 'number-changed', 'unknown_error', 'number-changed', 'no', false],
    [484, 'number-incomplete', 'unknown_error', 'number-incomplete', 'no', false],
    [414, 'number-incomplete', 'unknown_error', 'number-incomplete', 'no', false],
    [416, 'number-incomplete', 'unknown_error', 'number-incomplete', 'no', false],
    [403, 'not-allowed', 'unknown_error', 'not-allowed', 'preset', false],
    [603, 'declined', 'user_busy', 'declined', 'no', false],
    [607, 'callee-unwilling', 'user_busy', 'callee-unwilling', 'no', false],
    [608, 'unwanted-by-network', 'unknown_error', 'unwanted-by-network', 'no', false],
    [401, 'trunk-login', 'unknown_error', 'trunk-login', 'yes', false],
    [407, 'trunk-login', 'unknown_error', 'trunk-login', 'yes', false],
    [402, 'provider-credit', 'unknown_error', 'provider-credit', 'yes', false],
    [405, 'not-supported', 'unknown_error', 'not-supported', 'no', false],
    [501, 'not-supported', 'unknown_error', 'not-supported', 'no', false],
    [406, 'no-common-codec', 'unknown_error', 'no-common-codec', 'yes', false],
    [488, 'no-common-codec', 'unknown_error', 'no-common-codec', 'yes', false],
    [606, 'no-common-codec', 'unknown_error', 'no-common-codec', 'yes', false],
    [415, 'no-common-codec', 'unknown_error', 'no-common-codec', 'yes', false],
    [413, 'technical-error', 'unknown_error', 'technical-error', 'no', false],
    [513, 'technical-error', 'unknown_error', 'technical-error', 'no', false],
    [420, 'technical-error', 'unknown_error', 'technical-error', 'no', false],
    [421, 'technical-error', 'unknown_error', 'technical-error', 'no', false],
    [400, 'technical-error', 'unknown_error', 'technical-error', 'no', false],
    [482, 'technical-error', 'unknown_error', 'technical-error', 'no', false],
    [483, 'looped', 'unknown_error', 'looped', 'no', false],
    [481, 'dialog-lost', 'unknown_error', 'connection-lost', 'no', false],
    [487, 'cancelled', 'invite_timeout', 'not-completed', 'no', false],
    [491, 'still-retrying', 'unknown_error', 'not-completed', 'no', false],
    [422, 'still-retrying', 'unknown_error', 'not-completed', 'no', false],
    [423, 'still-retrying', 'unknown_error', 'not-completed', 'no', false],
    [428, 'caller-id-signature', 'unknown_error', 'caller-id-signature', 'yes', false],
    [436, 'caller-id-signature', 'unknown_error', 'caller-id-signature', 'yes', false],
    [437, 'caller-id-signature', 'unknown_error', 'caller-id-signature', 'yes', false],
    [438, 'caller-id-signature', 'unknown_error', 'caller-id-signature', 'yes', false],
    [502, 'destination-out-of-order', 'unknown_error', 'destination-out-of-order', 'yes', false],
    [503, 'network-busy', 'unknown_error', 'network-busy', 'yes', true],
    [504, 'no-network-reply', 'unknown_error', 'no-network-reply', 'yes', false],
    [302, 'forward-not-allowed', 'unknown_error', 'forward-not-allowed', 'no', false],
    [300, 'forward-not-allowed', 'unknown_error', 'forward-not-allowed', 'no', false],
    // Unknown ones count as the x00 of their class (RFC 3261 §8.1.3.2).
    [399, 'forward-not-allowed', 'unknown_error', 'forward-not-allowed', 'no', false],
    [499, 'technical-error', 'unknown_error', 'technical-error', 'no', false],
    [599, 'server-error', 'unknown_error', 'not-completed', 'yes', false],
    [699, 'line-busy', 'user_busy', 'line-busy', 'no', true],
    [799, 'technical-error', 'unknown_error', 'technical-error', 'no', false],
  ])('%i is %s', (status, cause, reason, sentence, routeAdvance, retryHint) => {
    expect(explainFailure(failure(status))).toMatchObject({ cause, reason, sentence, routeAdvance, retryHint });
  });

  it('408 without a sign of life is no reply from the network', () => {
    const silent = failure(408, { sawProvisional: false, origin: 'timeout' });
    expect(explainFailure(silent)).toMatchObject({ cause: 'no-network-reply', routeAdvance: 'yes' });
    expect(explainFailure({ ...silent, origin: 'transport' })).toMatchObject({ cause: 'trunk-unreachable' });
  });

  it('503 that no provider said is a provider that cannot be reached', () => {
    for (const origin of ['transport', 'local'] as const) {
      expect(explainFailure(failure(503, { origin }))).toMatchObject({
        cause: 'trunk-unreachable',
        sentence: 'trunk-unreachable',
        routeAdvance: 'yes',
        alertAdmin: true,
      });
    }
  });

  it('603 that an analytics engine said is a block, not a person', () => {
    expect(explainFailure(failure(603, { phrase: 'Network Blocked' })).cause).toBe('network-blocked');
    const reasonText = 'v=analytics1;url=https://example.org/redress';
    const blocked = explainFailure(failure(603, { phrase: 'Decline', reasonText, q850: 21 }));
    expect(blocked).toMatchObject({ cause: 'network-blocked', reason: 'unknown_error' });
    expect(blocked.admin).toContain('https://example.org/redress');
  });

  it.each([401, 402, 407, 428])('%i is for the administrator to see to', (status) => {
    expect(explainFailure(failure(status)).alertAdmin).toBe(true);
  });
});

describe('a cause wins over the status (RFC 6432)', () => {
  it.each<[number, number, string]>([
    [480, 17, 'line-busy'],
    [486, 34, 'network-busy'],
    [503, 17, 'line-busy'],
    [480, 18, 'no-answer'],
    [480, 19, 'no-answer'],
    [480, 20, 'not-reachable'],
    [480, 31, 'not-completed'],
    [500, 31, 'not-completed'],
    [404, 1, 'number-not-in-service'],
    [404, 2, 'no-transit-route'],
    [404, 3, 'no-route'],
    [410, 22, 'number-changed'],
    [480, 28, 'number-incomplete'],
    [403, 21, 'not-allowed'],
    [403, 55, 'not-allowed'],
    [403, 57, 'not-allowed'],
    [403, 87, 'not-allowed'],
    [603, 21, 'declined'],
    [480, 21, 'declined'],
    [607, 21, 'callee-unwilling'],
    [608, 21, 'unwanted-by-network'],
    [401, 21, 'trunk-login'],
    [407, 57, 'trunk-login'],
    [402, 21, 'provider-credit'],
    [501, 79, 'not-supported'],
    [405, 29, 'not-supported'],
    [480, 63, 'not-supported'],
    [488, 65, 'no-common-codec'],
    [488, 79, 'no-common-codec'],
    [415, 88, 'no-common-codec'],
    [480, 58, 'no-common-codec'],
    [400, 111, 'technical-error'],
    [400, 127, 'technical-error'],
    [400, 95, 'technical-error'],
    [400, 100, 'technical-error'],
    [483, 25, 'looped'],
    [481, 111, 'dialog-lost'],
    [481, 127, 'dialog-lost'],
    [487, 127, 'cancelled'],
    [502, 27, 'destination-out-of-order'],
    [500, 38, 'destination-out-of-order'],
    [503, 34, 'network-busy'],
    [503, 41, 'network-busy'],
    [503, 42, 'network-busy'],
    [500, 44, 'network-busy'],
    [500, 47, 'network-busy'],
    [504, 102, 'no-network-reply'],
    [480, 23, 'forward-not-allowed'],
    // Causes of no row, and the one that says nothing, leave it to the status.
    [486, 126, 'line-busy'],
    [486, 16, 'line-busy'],
    [480, 16, 'no-answer'],
    [487, 16, 'cancelled'],
  ])('%i with cause %i is %s', (status, q850, cause) => {
    expect(explainFailure(failure(status, { q850 })).cause).toBe(cause);
  });

  it('every cause of every row is reached with a status of the row, or with any where it has none', () => {
    for (const [name, { statuses, q850 }] of Object.entries<Row>(networkRows)) {
      for (const cause of q850) {
        if (cause === 16) continue;
        const found = explainFailure(failure(statuses[0] ?? 480, { q850: cause })).cause;
        expect(found, `${name} by cause ${cause}`).toBe(name);
      }
    }
  });

  it('the network’s own words are for the administrator', () => {
    const said = failure(403, { phrase: 'Forbidden', q850: 21, reasonText: 'D35', warning: '399 x', retryAfterS: 30 });
    expect(explainFailure(said).admin).toBe('403 Forbidden; Q.850 cause 21; D35; warning: 399 x; retry after 30 s');
    expect(explainFailure(failure(503, { origin: 'timeout' })).admin).toBe('503 Phrase; decided by timeout');
  });
});

describe('what an administrator has to see to', () => {
  it.each(['trunk-login', 'provider-credit', 'caller-id-signature', 'trunk-unreachable', 'gateway-problem'] as const)(
    'is %s',
    (cause) => expect(needsAdministrator(cause)).toBe(true),
  );

  it.each(['line-busy', 'normal', 'no-answer', 'emergency-blocked'] as const)('is not %s', (cause) =>
    expect(needsAdministrator(cause)).toBe(false),
  );
});

describe('the end of an answered call', () => {
  it.each([undefined, 16, 17, 18, 19, 21, 31])('with cause %s is a plain hang-up', (q850) => {
    const end = { by: 'remote', ...(q850 === undefined ? {} : { q850 }) } as const;
    expect(explainEnd(end)).toMatchObject({ cause: 'normal', reason: 'user_hangup', sentence: undefined });
  });

  it.each([27, 38, 41, 102, 111, 127])('with cause %i is a lost connection', (q850) => {
    expect(explainEnd({ by: 'remote', q850, text: 'text' })).toMatchObject({
      cause: 'connection-lost',
      reason: 'unknown_error',
      sentence: 'connection-lost',
      admin: `remote; Q.850 cause ${q850}; text`,
    });
  });

  it.each(['session-timer', 'dialog-lost'] as const)('by %s is a lost connection', (by) => {
    expect(explainEnd({ by }).cause).toBe('connection-lost');
  });

  it('by ourselves is plain', () => {
    expect(explainEnd({ by: 'local' }).cause).toBe('normal');
  });
});

describe('causes of the gateway', () => {
  it.each([
    ['media-lost', 'ice_timeout'],
    ['media-never', 'ice_failed'],
    ['credit-used-up', 'user_hangup'],
    ['credit-too-low', 'unknown_error'],
    ['no-rate', 'unknown_error'],
    ['price-too-high', 'unknown_error'],
    ['limit-reached', 'unknown_error'],
    ['destination-closed', 'unknown_error'],
    ['ended-by-administrator', 'user_hangup'],
    ['ring-timeout', 'invite_timeout'],
    ['room-busy', 'user_busy'],
    ['gateway-problem', 'unknown_error'],
    ['not-permitted', 'unknown_error'],
    ['emergency-blocked', 'unknown_error'],
  ] as const)('%s goes to the client as %s, with a sentence', (cause, reason) => {
    const explained = explainGateway(cause, 'why');
    expect(explained).toMatchObject({ cause, reason, admin: 'why' });
    expect(explained.sentence).toBeDefined();
  });

  it.each<[MediaErrorCode | 'unknown', string, string]>([
    ['malformed-sdp', 'client-offer-unusable', 'technical-error'],
    ['no-audio', 'client-offer-unusable', 'no-common-codec'],
    ['no-common-codec', 'no-common-codec', 'no-common-codec'],
    ['no-dtls', 'client-offer-unusable', 'technical-error'],
    ['srtp-required', 'client-offer-unusable', 'no-common-codec'],
    ['srtp-not-allowed', 'client-offer-unusable', 'no-common-codec'],
    ['no-port-free', 'gateway-full', 'gateway-full'],
    ['wrong-state', 'gateway-problem', 'gateway-problem'],
    ['engine-failed', 'gateway-problem', 'gateway-problem'],
    ['unknown', 'gateway-problem', 'gateway-problem'],
  ])('media error %s is %s for the client’s SDP and %s for the telephone’s', (code, webrtc, rtp) => {
    expect(explainMedia(code, 'webrtc', '').cause).toBe(webrtc);
    expect(explainMedia(code, 'rtp', '').cause).toBe(rtp);
  });
});

describe('what the telephone is told', () => {
  it.each([
    ['user_hangup', 16],
    [undefined, 16],
    ['something of a new client', 16],
    ['constructor', 16],
    ['user_busy', 17],
    ['invite_timeout', 19],
    ['user_media_failed', 31],
    ['unknown_error', 31],
    ['ice_failed', 41],
    ['ice_timeout', 41],
  ])('for %s is cause %i', (reason, q850) => {
    expect(telephoneCause(reason).q850).toBe(q850);
  });

  it('for a call that somebody else took is cause 26', () => {
    expect(answeredElsewhere.q850).toBe(26);
  });
});

describe('sentences', () => {
  const used = [...Object.values<Row>(networkRows), ...Object.values(gatewayRows)].flatMap(
    ({ sentence }) => sentence ?? [],
  );

  it('are there for every cause, and none is never said', () => {
    // What a call says besides why it ended.
    const said = [
      'early-media',
      'call-forwarded',
      'call-forwarded-withheld',
      'credit-low',
      'forward-failed',
      'missed-call',
      'missed-call-brief',
      'missed-call-withheld',
      'answered-by',
      'emergency-failed',
      'emergency-address',
    ];
    expect(new Set([...used, ...said])).toEqual(new Set(Object.keys(englishCatalogue)));
  });

  it('are plain: no SIP, no codes', () => {
    for (const text of Object.values(englishCatalogue)) {
      expect(text).not.toMatch(/\b(SIP|INVITE|RTP|ICE|SDP|codec|trunk|Q\.850|\d{3})\b/);
      expect(text).toMatch(/[.?!]$/);
    }
  });

  it('take their parameters from the sentence, then from the call', () => {
    expect(say({ key: 'caller-limit', params: { limit: '2' } })).toContain('(2)');
    expect(say({ key: 'technical-error' }, { ref: 'c-1' })).toContain('(c-1)');
    expect(say({ key: 'technical-error' })).toContain('({ref})');
    expect(say({ key: 'number-unusable', params: { dialled: '{ref} $& $1' } }, { ref: 'c-1' })).toContain(
      '“{ref} $& $1”',
    );
  });

  it('can be said in another language', () => {
    const german = { ...englishCatalogue, 'line-busy': 'Besetzt.' };
    expect(say({ key: 'line-busy' }, {}, german)).toBe('Besetzt.');
  });
});
