/** The tables of call records, and what their rows mean. */
import type { AudioVerdict, CallMoney, RecordedEnd, RecordedLeg, StoredRecord } from '../../account/records/ports.ts';
import type { CauseKey, EndedBy, RouteTariff } from '../../call/index.ts';
import type { CallId, HangupReason, MatrixUserId, RoomId } from '../../matrix/index.ts';
import { type Currency, micros } from '../../money.ts';

interface EndColumns {
  cause: string | null;
  sip_status: number | null;
  q850: number | null;
  /** The network's own words. */
  admin: string | null;
}

interface MoneyColumns {
  currency: string | null;
  /** Micro-units. */
  price: number | null;
  list_price: number | null;
  cost: number | null;
  rate: string | null;
  billed_s: number | null;
}

export interface CallRecordsTable extends EndColumns, MoneyColumns {
  call_ref: string;
  direction: 'out' | 'in';
  is_open: number;
  /** Counts for limits: it went out to the telephone network. */
  counts: number;
  user_id: string | null;
  room_id: string | null;
  call_id: string | null;
  ghost: string | null;
  dialled: string;
  number: string | null;
  country: string | null;
  line: string | null;
  is_inside: number;
  is_emergency: number;
  transfer_of: string | null;
  trunk: string | null;
  account: string | null;
  sip_call_id: string | null;
  opened_at: number;
  /** `2026-11`, of `opened_at` in UTC. */
  month: string;
  invite_sent_at: number | null;
  ringing_at: number | null;
  answered_at: number | null;
  media_at: number | null;
  ended_at: number | null;
  seen_at: number;
  talk_ms: number;
  ended_by: string | null;
  reason: string | null;
  /** JSON */
  audio: string | null;
}

export interface CallLegsTable extends EndColumns, MoneyColumns {
  call_ref: string;
  leg: number;
  kind: 'telephone' | 'ring';
  target: string;
  verdict: string | null;
  trunk: string | null;
  account: string | null;
  caller_id: string | null;
  sip_call_id: string | null;
  started_at: number | null;
  ringing_at: number | null;
  answered_at: number | null;
  ended_at: number | null;
  /** JSON: by what it is settled if the process dies. */
  tariff: string | null;
}

export interface CallPeopleTable {
  /** A user; where a room rang, the room. */
  person: string;
  opened_at: number;
  call_ref: string;
}

/** Clocks give fractions of a millisecond; the tables hold whole ones. */
export function wholeMs(time: number): number;
export function wholeMs(time: number | undefined): number | null;
export function wholeMs(time: number | undefined): number | null {
  return time === undefined ? null : Math.round(time);
}

/** All but `counts`, which is decided when a call begins. */
export function recordRow(record: StoredRecord): Omit<CallRecordsTable, 'counts'> {
  return {
    call_ref: record.callRef,
    direction: record.direction,
    is_open: record.isOpen ? 1 : 0,
    user_id: record.user ?? null,
    room_id: record.roomId ?? null,
    call_id: record.callId ?? null,
    ghost: record.ghost ?? null,
    dialled: record.dialled,
    number: record.number ?? null,
    country: record.country ?? null,
    line: record.line ?? null,
    is_inside: record.isInside ? 1 : 0,
    is_emergency: record.isEmergency ? 1 : 0,
    transfer_of: record.transferOf ?? null,
    trunk: record.trunk ?? null,
    account: record.account ?? null,
    sip_call_id: record.sipCallId ?? null,
    opened_at: wholeMs(record.openedAt),
    month: new Date(record.openedAt).toISOString().slice(0, 7),
    invite_sent_at: wholeMs(record.inviteSentAt),
    ringing_at: wholeMs(record.ringingAt),
    answered_at: wholeMs(record.answeredAt),
    media_at: wholeMs(record.mediaAt),
    ended_at: wholeMs(record.endedAt),
    seen_at: wholeMs(record.seenAt),
    talk_ms: wholeMs(record.talkMs),
    ended_by: record.endedBy ?? null,
    reason: record.reason ?? null,
    audio: record.audio === undefined ? null : JSON.stringify(record.audio),
    ...endColumns(record.end),
    ...moneyColumns(record.money),
  };
}

export function legRow(callRef: string, leg: RecordedLeg): CallLegsTable {
  const common = {
    call_ref: callRef,
    leg: leg.index,
    kind: leg.kind,
    target: leg.target,
    started_at: wholeMs(leg.startedAt),
    ringing_at: wholeMs(leg.ringingAt),
    answered_at: wholeMs(leg.answeredAt),
    ended_at: wholeMs(leg.endedAt),
    ...endColumns(leg.end),
  };
  if (leg.kind === 'ring') {
    const none = { trunk: null, account: null, caller_id: null, sip_call_id: null, tariff: null };
    return { ...common, ...none, ...moneyColumns(undefined), verdict: leg.verdict };
  }
  return {
    ...common,
    verdict: null,
    trunk: leg.trunk,
    account: leg.account ?? null,
    caller_id: leg.callerId ?? null,
    sip_call_id: leg.sipCallId ?? null,
    tariff: leg.tariff === undefined ? null : JSON.stringify(leg.tariff),
    ...moneyColumns(leg.money),
  };
}

/** Each of them once. */
export function peopleOf({ user, legs }: StoredRecord): readonly string[] {
  const rung = legs.flatMap((leg) => (leg.kind === 'ring' ? [leg.target] : []));
  return [...new Set([...(user === undefined ? [] : [user]), ...rung])];
}

export function storedRecord(row: CallRecordsTable, legs: readonly CallLegsTable[]): StoredRecord {
  return {
    callRef: row.call_ref,
    direction: row.direction,
    isOpen: row.is_open === 1,
    ...given('user', row.user_id as MatrixUserId | null),
    ...given('roomId', row.room_id as RoomId | null),
    ...given('callId', row.call_id as CallId | null),
    ...given('ghost', row.ghost as MatrixUserId | null),
    dialled: row.dialled,
    ...given('number', row.number),
    ...given('country', row.country),
    ...given('line', row.line),
    isInside: row.is_inside === 1,
    isEmergency: row.is_emergency === 1,
    ...given('transferOf', row.transfer_of),
    ...given('trunk', row.trunk),
    ...given('account', row.account),
    ...given('sipCallId', row.sip_call_id),
    openedAt: Number(row.opened_at),
    ...givenNumber('inviteSentAt', row.invite_sent_at),
    ...givenNumber('ringingAt', row.ringing_at),
    ...givenNumber('answeredAt', row.answered_at),
    ...givenNumber('mediaAt', row.media_at),
    ...givenNumber('endedAt', row.ended_at),
    seenAt: Number(row.seen_at),
    talkMs: Number(row.talk_ms),
    ...given('endedBy', row.ended_by as EndedBy | null),
    ...given('reason', row.reason as HangupReason | null),
    ...given('end', storedEnd(row)),
    ...given('audio', row.audio === null ? null : (JSON.parse(row.audio) as AudioVerdict)),
    ...given('money', storedMoney(row)),
    legs: legs.map(storedLeg),
  };
}

export function storedLeg(row: CallLegsTable): RecordedLeg {
  const common = {
    index: row.leg,
    target: row.target,
    ...givenNumber('startedAt', row.started_at),
    ...givenNumber('ringingAt', row.ringing_at),
    ...givenNumber('answeredAt', row.answered_at),
    ...givenNumber('endedAt', row.ended_at),
    ...given('end', storedEnd(row)),
  };
  if (row.kind === 'ring') return { ...common, kind: 'ring', verdict: row.verdict ?? '' };
  return {
    ...common,
    kind: 'telephone',
    trunk: row.trunk ?? '',
    ...given('account', row.account),
    ...given('callerId', row.caller_id),
    ...given('sipCallId', row.sip_call_id),
    ...given('tariff', row.tariff === null ? null : (JSON.parse(row.tariff) as RouteTariff)),
    ...given('money', storedMoney(row)),
  };
}

function endColumns(end: RecordedEnd | undefined): EndColumns {
  return {
    cause: end?.cause ?? null,
    sip_status: end?.sipStatus ?? null,
    q850: end?.q850 ?? null,
    admin: end?.admin ?? null,
  };
}

function storedEnd(row: EndColumns): RecordedEnd | null {
  if (row.cause === null) return null;
  return {
    cause: row.cause as CauseKey,
    ...given('sipStatus', row.sip_status),
    ...given('q850', row.q850),
    ...given('admin', row.admin),
  };
}

function moneyColumns(money: CallMoney | undefined): MoneyColumns {
  return {
    currency: money?.currency ?? null,
    price: money?.price ?? null,
    list_price: money?.listPrice ?? null,
    cost: money?.cost ?? null,
    rate: money?.rate ?? null,
    billed_s: money?.billedS ?? null,
  };
}

function storedMoney(row: MoneyColumns): CallMoney | null {
  if (row.currency === null || row.price === null) return null;
  return {
    currency: row.currency as Currency,
    price: micros(row.price),
    listPrice: micros(row.list_price ?? row.price),
    ...(row.cost === null ? {} : { cost: micros(row.cost) }),
    rate: row.rate ?? '',
    billedS: Number(row.billed_s ?? 0),
  };
}

function given<K extends string, V>(key: K, value: V | null): { readonly [k in K]?: V } {
  return (value === null ? {} : { [key]: value }) as { readonly [k in K]?: V };
}

/** Whole numbers of 64 bits: drivers may give them as words. */
function givenNumber<K extends string>(key: K, value: number | null): { readonly [k in K]?: number } {
  return given(key, value === null ? null : Number(value));
}
