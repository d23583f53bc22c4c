import { describe, expect, it } from 'vitest';
import type { SipFailure } from '../../../sip/leg.ts';
import { failureOf, rowOf } from '../../../src/message/sip-failures.ts';
import type { TextFailureKind } from '../../../src/message/transport.ts';

const failure = (status: number, more: Partial<SipFailure> = {}): SipFailure => ({
  status,
  phrase: 'Phrase',
  sawProvisional: false,
  origin: 'remote',
  ...more,
});

type Traits = '' | 'again' | 'other trunk' | 'again, other trunk';

function traitsOf({ isTemporary, isTrunkFault }: ReturnType<typeof rowOf>): Traits {
  return [...(isTemporary ? ['again'] : []), ...(isTrunkFault ? ['other trunk'] : [])].join(', ') as Traits;
}

describe('a refused MESSAGE', () => {
  it.each<[number, TextFailureKind, Traits]>([
    [302, 'refused', ''],
    [400, 'refused', ''],
    [401, 'network', 'again, other trunk'],
    [402, 'network', 'again, other trunk'],
    [403, 'not-allowed', 'other trunk'],
    [404, 'no-such-number', ''],
    [405, 'refused', 'other trunk'],
    [407, 'network', 'again, other trunk'],
    [408, 'unavailable', 'again'],
    [410, 'no-such-number', ''],
    [413, 'unacceptable', 'other trunk'],
    [415, 'unacceptable', 'other trunk'],
    [429, 'throttled', 'again'],
    [480, 'unavailable', 'again'],
    [482, 'network', 'again'],
    [483, 'refused', 'other trunk'],
    [484, 'no-such-number', ''],
    [486, 'unavailable', 'again'],
    [488, 'unacceptable', 'other trunk'],
    [491, 'network', 'again, other trunk'],
    [500, 'network', 'again, other trunk'],
    [501, 'refused', 'other trunk'],
    [503, 'network', 'again, other trunk'],
    [504, 'network', 'again, other trunk'],
    [513, 'unacceptable', 'other trunk'],
    [599, 'network', 'again, other trunk'],
    [600, 'unavailable', 'again'],
    [603, 'refused', ''],
    [604, 'no-such-number', ''],
    [606, 'unacceptable', 'other trunk'],
    [607, 'blocked', ''],
    [608, 'not-allowed', 'other trunk'],
    [699, 'refused', ''],
  ])('%i', (status, kind, traits) => {
    const row = rowOf(failure(status));
    expect([row.kind, traitsOf(row)]).toEqual([kind, traits]);
  });

  it.each<[number, number, TextFailureKind, Traits]>([
    [480, 1, 'no-such-number', ''],
    [500, 20, 'unavailable', 'again'],
    [404, 3, 'refused', 'other trunk'],
    [403, 38, 'network', 'again, other trunk'],
    // Causes that say nothing of their own leave it to the status.
    [404, 16, 'no-such-number', ''],
    [480, 31, 'unavailable', 'again'],
  ])('%i with cause %i', (status, q850, kind, traits) => {
    const row = rowOf(failure(status, { q850 }));
    expect([row.kind, traitsOf(row)]).toEqual([kind, traits]);
  });

  it.each(['timeout', 'transport', 'local'] as const)('no answer (%s) is the fault of the trunk', (origin) => {
    const row = rowOf(failure(408, { origin }));
    expect([row.kind, traitsOf(row)]).toEqual(['network', 'again, other trunk']);
  });

  it.each([
    failure(403, { phrase: 'Recipient opted out' }),
    failure(403, { reasonText: 'Blocked by recipient' }),
    failure(480, { warning: 'STOP rule in place for this pair' }),
    failure(603, { reasonText: 'user is unsubscribed' }),
  ])('words of a provider that has a STOP on file', (said) => {
    expect(rowOf(said)).toEqual({ kind: 'blocked', isTemporary: false, isTrunkFault: false });
  });

  it.each([failure(503, { phrase: 'Stopping' }), failure(480, { phrase: 'Blocked' })])(
    'words that only sound so',
    (said) => {
      expect(rowOf(said).kind).not.toBe('blocked');
    },
  );

  it('says what the network said, and when it may be tried again', () => {
    const outcome = {
      kind: 'failed',
      failure: failure(503, { phrase: 'Overload', q850: 42, reasonText: 'congestion', warning: 'slow down' }),
      mayHaveArrived: true,
      retryAfterMs: 5_000,
    } as const;
    expect(failureOf(outcome)).toEqual({
      kind: 'network',
      isTemporary: true,
      isTrunkFault: true,
      said: '503 Overload; Q.850 cause 42; congestion; warning: slow down',
      mayHaveArrived: true,
      retryAfterMs: 5_000,
    });
  });
});
