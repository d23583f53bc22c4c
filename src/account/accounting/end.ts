/** A call that is over, as it stays in the books. Pure: what it costs is put in by `priced`. */
import type { CallRecord, Plan } from '../../call/index.ts';
import { INSIDE } from '../inbound.ts';
import { audioVerdict } from '../records/audio.ts';
import type { RecordedEnd, RecordedLeg, StoredRecord, TelephoneLegRecord } from '../records/ports.ts';
import { legOf, numberFields } from './begin.ts';

/**
 * @param open what is known of it already; absent of a call that was refused before it began
 * @param plan of a call out that this process began
 */
export function closedRecord(open: StoredRecord | undefined, record: CallRecord, plan?: Plan): StoredRecord {
  const { outcome, media } = record;
  const times = wholeTimes(record.times);
  const common = {
    isOpen: false,
    // Of the times as they stand here: who checks a bill subtracts them.
    talkMs: times.answeredAt === undefined ? 0 : Math.max(0, times.endedAt - times.answeredAt),
    ...optional('inviteSentAt', times.inviteSentAt),
    ...optional('ringingAt', times.ringingAt),
    ...optional('answeredAt', times.answeredAt),
    ...optional('mediaAt', times.mediaAt),
    endedAt: times.endedAt,
    seenAt: times.endedAt,
    endedBy: outcome.endedBy,
    ...optional('reason', outcome.reason),
    end: endOf(outcome),
    ...(media === undefined ? {} : { audio: audioVerdict(media) }),
  };
  return record.direction === 'out'
    ? { ...(open ?? refusedOut(record)), ...common, ...lastTrunk(record), legs: telephoneLegs(open, record, plan) }
    : {
        ...(open ?? refusedIn(record)),
        ...common,
        ...optional('user', record.answeredBy),
        ...optional('roomId', record.roomId),
        ...optional('callId', record.callId),
        legs: ringLegs(record),
      };
}

/**
 * A call that died with its process: over when it was last known to go on.
 * @param at never later than that
 */
export function interruptedRecord(open: StoredRecord): StoredRecord {
  const endedAt = Math.max(open.seenAt, open.answeredAt ?? 0, open.openedAt);
  const end: RecordedEnd = { cause: 'gateway-restarted' };
  return {
    ...open,
    isOpen: false,
    endedAt,
    seenAt: endedAt,
    talkMs: open.answeredAt === undefined ? 0 : endedAt - open.answeredAt,
    endedBy: 'gateway',
    reason: 'unknown_error',
    end,
    legs: open.legs.map((leg) => (leg.endedAt === undefined ? { ...leg, endedAt, end } : leg)),
  };
}

/** The leg that somebody answered. */
export function answeredLeg({ legs }: StoredRecord): TelephoneLegRecord | undefined {
  return legs.findLast((leg): leg is TelephoneLegRecord => leg.kind === 'telephone' && leg.answeredAt !== undefined);
}

/** Clocks give fractions of a millisecond, records do not have them. */
function wholeTimes<T extends object>(times: T): T {
  return Object.fromEntries(Object.entries(times).map(([name, at]) => [name, Math.round(at)])) as T;
}

type Outcome = CallRecord['outcome'];
type OutboundRecord = Extract<CallRecord, { direction: 'out' }>;
type InboundRecord = Extract<CallRecord, { direction: 'in' }>;

function endOf({
  cause,
  sipStatus,
  q850,
  admin,
}: Pick<Outcome, 'cause' | 'sipStatus' | 'q850' | 'admin'>): RecordedEnd {
  return {
    cause,
    ...optional('sipStatus', sipStatus),
    ...optional('q850', q850),
    ...(admin === undefined || admin === '' ? {} : { admin }),
  };
}

function refusedOut(record: OutboundRecord): StoredRecord {
  const { callRef, caller, roomId, callId, ghost, dialled, transferOf, times } = record;
  return {
    callRef,
    direction: 'out',
    isOpen: false,
    user: caller,
    roomId,
    callId,
    ghost,
    dialled,
    ...numberFields(record.target),
    isInside: record.trunk === INSIDE,
    isEmergency: false,
    ...optional('transferOf', transferOf),
    openedAt: times.arrivedAt,
    seenAt: times.arrivedAt,
    talkMs: 0,
    legs: [],
  };
}

function refusedIn(record: InboundRecord): StoredRecord {
  const { callRef, trunk, account, sipCallId, caller, called, times } = record;
  return {
    callRef,
    direction: 'in',
    isOpen: false,
    dialled: called,
    ...numberFields(caller.withheld ? undefined : caller.number),
    line: called,
    isInside: trunk === INSIDE,
    isEmergency: false,
    trunk,
    ...optional('account', account),
    sipCallId,
    openedAt: times.arrivedAt,
    seenAt: times.arrivedAt,
    talkMs: 0,
    legs: [],
  };
}

function lastTrunk({ trunk, sipCallId }: OutboundRecord): Pick<StoredRecord, 'trunk' | 'sipCallId'> {
  return { ...optional('trunk', trunk), ...optional('sipCallId', sipCallId) };
}

/** What the books know of each attempt (caller ID, tariff), with what became of it. */
function telephoneLegs(
  open: StoredRecord | undefined,
  record: OutboundRecord,
  plan: Plan | undefined,
): readonly RecordedLeg[] {
  const { attempts, times, outcome } = record;
  return attempts.map(({ route: index, trunk, target, startedAt, sipCallId, failure }, at): RecordedLeg => {
    const known =
      open?.legs.find((leg) => leg.kind === 'telephone' && leg.index === index) ??
      (plan === undefined ? undefined : legOf(plan, index, startedAt));
    const isLast = at === attempts.length - 1;
    const wentThrough = isLast && failure === undefined;
    return {
      ...(known?.kind === 'telephone' ? known : {}),
      kind: 'telephone',
      index,
      trunk,
      target,
      startedAt,
      ...optional('sipCallId', sipCallId),
      ...(isLast ? optional('ringingAt', times.ringingAt) : {}),
      ...(wentThrough ? optional('answeredAt', times.answeredAt) : {}),
      endedAt: failure?.at ?? times.endedAt,
      end: failure === undefined ? endOf(outcome) : endOf(failure),
    };
  });
}

/** One for each who was to ring, also in a later step. */
function ringLegs({ rang, times }: InboundRecord): readonly RecordedLeg[] {
  return rang.map(({ target, verdict }, index) => ({
    kind: 'ring',
    index,
    target: target.kind === 'user' ? target.user : target.room,
    verdict,
    ...(verdict === 'answered' ? optional('answeredAt', times.answeredAt) : {}),
    endedAt: times.endedAt,
  }));
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [k in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [k in K]?: V };
}
