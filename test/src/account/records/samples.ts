/** Records of calls for tests. */
import type { StoredRecord, TelephoneLegRecord } from '../../../../src/account/records/index.ts';
import type { Tariff } from '../../../../src/call/index.ts';
import type { CallId, MatrixUserId, RoomId } from '../../../../src/matrix/index.ts';
import { currency, micros } from '../../../../src/money.ts';

export const alice = '@alice:example.org' as MatrixUserId;
export const bob = '@bob:example.org' as MatrixUserId;
export const EUR = currency('EUR');
export const NOON = Date.UTC(2026, 10, 21, 12);

/** 0.06 a minute, by the second, after a first minute; 0.02 for the connection. */
export const tariff: Tariff = {
  currency: EUR,
  connectFee: micros(20_000),
  perMinute: micros(60_000),
  firstS: 60,
  nextS: 1,
};

export function openOut(callRef: string, more: Partial<StoredRecord> = {}): StoredRecord {
  return {
    callRef,
    direction: 'out',
    isOpen: true,
    user: alice,
    roomId: '!room:example.org' as RoomId,
    callId: `call-${callRef}` as CallId,
    ghost: '@_pstn_+441818118181:example.org' as MatrixUserId,
    dialled: '01818118181',
    number: '+441818118181',
    country: 'GB',
    line: '+4930901820',
    isInside: false,
    isEmergency: false,
    openedAt: NOON,
    seenAt: NOON,
    talkMs: 0,
    legs: [],
    ...more,
  };
}

export function telephoneLeg(index: number, more: Partial<TelephoneLegRecord> = {}): TelephoneLegRecord {
  return {
    kind: 'telephone',
    index,
    trunk: 'main',
    target: '+441818118181',
    callerId: '+4930901820',
    startedAt: NOON + 100,
    tariff: { price: tariff, rate: 'uk 44 2026-11-01' },
    ...more,
  };
}

/** Answered, talked for a minute and a half, and paid for. */
export function closedOut(callRef: string, more: Partial<StoredRecord> = {}): StoredRecord {
  const money = {
    currency: EUR,
    price: micros(110_000),
    listPrice: micros(110_000),
    cost: micros(40_000),
    rate: 'uk 44 2026-11-01',
    billedS: 90,
  };
  const end = { cause: 'normal', sipStatus: 200, q850: 16, admin: 'remote; Q.850 cause 16' } as const;
  return {
    ...openOut(callRef),
    isOpen: false,
    trunk: 'main',
    sipCallId: 'abc@trunk',
    inviteSentAt: NOON + 100,
    ringingAt: NOON + 500,
    answeredAt: NOON + 5_000,
    mediaAt: NOON + 5_200,
    endedAt: NOON + 95_000,
    seenAt: NOON + 95_000,
    talkMs: 90_000,
    endedBy: 'callee',
    reason: 'user_hangup',
    end,
    audio: {
      codec: 'PCMA',
      telephoneIn: 4_500,
      telephoneOut: 4_480,
      clientIn: 4_490,
      clientOut: 4_500,
      lossPercent: 0.12,
      jitterMs: 3.5,
      roundTripMs: 42,
      mos: 4.38,
    },
    money,
    legs: [
      telephoneLeg(0, {
        trunk: 'backup',
        sipCallId: 'first@trunk',
        endedAt: NOON + 200,
        end: { cause: 'network-busy', sipStatus: 503, admin: '503 Service Unavailable' },
      }),
      telephoneLeg(1, {
        account: '200',
        sipCallId: 'abc@trunk',
        startedAt: NOON + 250,
        ringingAt: NOON + 500,
        answeredAt: NOON + 5_000,
        endedAt: NOON + 95_000,
        end,
        money,
      }),
    ],
    ...more,
  };
}

/** Nobody took it; two were to ring. */
export function missedIn(callRef: string, more: Partial<StoredRecord> = {}): StoredRecord {
  return {
    callRef,
    direction: 'in',
    isOpen: false,
    dialled: '+4930901820',
    number: '+491711234567',
    country: 'DE',
    line: '+4930901820',
    isInside: false,
    isEmergency: false,
    trunk: 'main',
    sipCallId: `${callRef}@trunk`,
    openedAt: NOON,
    ringingAt: NOON + 200,
    endedAt: NOON + 20_000,
    seenAt: NOON + 20_000,
    talkMs: 0,
    endedBy: 'caller',
    reason: 'user_hangup',
    end: { cause: 'cancelled' },
    legs: [
      { kind: 'ring', index: 0, target: alice, verdict: 'no-answer', endedAt: NOON + 20_000 },
      { kind: 'ring', index: 1, target: '!office:example.org', verdict: 'called-off', endedAt: NOON + 20_000 },
    ],
    ...more,
  };
}
