/** The books of calls over a real store and ledger, with a clock that a test moves. */

import type { SipCallId } from '../../../../sip/index.ts';
import { Accounting, type CallLimits } from '../../../../src/account/accounting/index.ts';
import { createCreditService } from '../../../../src/account/ledger/credit-service.ts';
import type { CreditTerms, LedgerBook } from '../../../../src/account/ledger/ports.ts';
import type { RecordBook, StoredRecord } from '../../../../src/account/records/index.ts';
import type {
  AccountedCall,
  CallAccounting,
  CallRecord,
  CreditEvent,
  Plan,
  Route,
  Tariff,
} from '../../../../src/call/index.ts';
import type { CallId, MatrixUserId, RoomId } from '../../../../src/matrix/index.ts';
import { micros, NOTHING } from '../../../../src/money.ts';
import { openStore, type Store } from '../../../../src/store/index.ts';
import { FakeClock, silent } from '../../call/fakes.ts';
import { alice, EUR, tariff } from '../records/samples.ts';

export type OutboundCall = Extract<AccountedCall, { direction: 'out' }>;
export type OutboundRecord = Extract<CallRecord, { direction: 'out' }>;

export interface Books {
  readonly store: Store;
  readonly ledger: LedgerBook;
  readonly records: RecordBook;
  readonly clock: FakeClock;
  readonly accounting: CallAccounting & Accounting;
  readonly closed: StoredRecord[];
  /** A process that comes after this one was killed. */
  restarted(around?: (records: RecordBook) => RecordBook): Accounting;
}

export interface BookOptions {
  /** Of alice, in millionths. Default: plenty. */
  readonly credit?: number;
  readonly limits?: CallLimits;
  readonly around?: (records: RecordBook) => RecordBook;
  readonly store?: Store;
}

export async function openBooks(options: BookOptions): Promise<Books> {
  const store = options.store ?? (await openStore({ path: ':memory:' }));
  const terms: CreditTerms = { kind: 'prepaid', limit: NOTHING };
  const ledger = store.ledger({ currency: EUR, termsOf: () => terms });
  const plain = store.records(ledger);
  const records = options.around?.(plain) ?? plain;
  const clock = new FakeClock();
  const closed: StoredRecord[] = [];
  const amount = micros(options.credit ?? 10_000_000);
  await ledger.post([{ key: 'topup', from: 'house:payments', to: `user:${alice}`, amount, reason: 'topup' }], 0);
  const create = (book: RecordBook) =>
    new Accounting({
      records: book,
      credit: createCreditService({
        book: ledger,
        clock,
        logger: silent,
        settings: { reserveS: 30, warnBeforeMs: 30_000 },
      }),
      clock,
      logger: silent,
      onClosed: (record) => closed.push(record),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
  return {
    store,
    ledger,
    records: plain,
    clock,
    accounting: create(records),
    closed,
    restarted: (around) => create(around?.(plain) ?? plain),
  };
}

export const noCredit = (_event: CreditEvent): void => undefined;

export function route(trunk: string, price: Tariff | 'none' = tariff, cost?: Tariff): Route {
  return {
    trunk,
    target: '+441818118181',
    callerId: '+4930901820',
    rtp: { codecs: ['PCMA'], srtp: 'off' },
    earlyMedia: 'ringback',
    ringTimeoutMs: 60_000,
    ...(price === 'none'
      ? {}
      : { tariff: { price, rate: `${trunk} 44 2026-11-01`, ...(cost === undefined ? {} : { cost }) } }),
  };
}

export function callOut(
  callRef: string,
  clock: FakeClock,
  more: Partial<OutboundCall> = {},
  plan: Partial<Plan> = {},
): OutboundCall {
  return {
    direction: 'out',
    callRef,
    user: alice,
    roomId: '!room:example.org' as RoomId,
    callId: `call-${callRef}` as CallId,
    ghost: '@_pstn_+441818118181:example.org' as MatrixUserId,
    dialled: '01818118181',
    plan: { routes: [route('main')], e164: '+441818118181', ...plan },
    isInside: false,
    openedAt: clock.now(),
    ...more,
  };
}

/** What `call` hands over at the end. */
export function ended(call: OutboundCall, clock: FakeClock, more: Partial<OutboundRecord> = {}): OutboundRecord {
  const endedAt = clock.now();
  return {
    direction: 'out',
    callRef: call.callRef,
    roomId: call.roomId,
    callId: call.callId,
    caller: call.user,
    ghost: call.ghost,
    dialled: call.dialled,
    attempts: [],
    times: { arrivedAt: call.openedAt, endedAt },
    talkMs: 0,
    outcome: { endedBy: 'caller', cause: 'normal', reason: 'user_hangup' },
    ...more,
  };
}

/** The same of a call that was answered at its first route. */
export function talked(call: OutboundCall, clock: FakeClock, answeredAt: number): OutboundRecord {
  const [{ trunk, target }] = call.plan.routes;
  const startedAt = call.openedAt;
  const sipCallId = 'abc@trunk' as SipCallId;
  return ended(call, clock, {
    target,
    trunk,
    sipCallId,
    attempts: [{ route: 0, trunk, target, startedAt, sipCallId }],
    times: { arrivedAt: call.openedAt, inviteSentAt: startedAt, answeredAt, endedAt: clock.now() },
    talkMs: clock.now() - answeredAt,
  });
}
