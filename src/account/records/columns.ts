/** What an export has of each call and of each leg: one table for CSV, JSON and the documentation. */
import { type CauseKey, englishCatalogue, gatewayRows, networkRows, type SentenceKey } from '../../call/index.ts';
import { formatAmount, type Micros } from '../../money.ts';
import type { CallMoney, RecordedLeg, StoredRecord, TelephoneLegRecord } from './ports.ts';

/** Undefined: nothing is known, or it never got there. Amounts and times are strings: nobody's reader rounds them. */
export type ColumnValue = string | number | boolean | undefined;

export interface Column<T> {
  readonly name: string;
  /** For the documentation: one sentence or less, without a full stop. */
  readonly means: string;
  readonly value: (of: T) => ColumnValue;
}

function column<T>(name: string, means: string, value: (of: T) => ColumnValue): Column<T> {
  return { name, means, value };
}

/** ISO 8601, UTC, to the millisecond. */
function time(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

/** In units, without the currency: `0.0725`. */
function amount(value: Micros | undefined, money: CallMoney | undefined): string | undefined {
  return value === undefined || money === undefined ? undefined : formatAmount(value, money.currency).split(' ')[0];
}

/** The sentence that users read of it, with … for what stood there; undefined where nothing was to be said. */
function causeText(cause: CauseKey | undefined): string | undefined {
  if (cause === undefined) return undefined;
  const rows: Readonly<Record<string, { readonly sentence: SentenceKey | undefined }>> = {
    ...networkRows,
    ...gatewayRows,
  };
  const sentence = rows[cause]?.sentence;
  return sentence && englishCatalogue[sentence].replace(/\{\w+\}/g, '…');
}

const telephone = (leg: RecordedLeg): TelephoneLegRecord | undefined => (leg.kind === 'telephone' ? leg : undefined);

export const callColumns: readonly Column<StoredRecord>[] = [
  column('call_ref', 'Reference of the call in the log and in the ledger', (r) => r.callRef),
  column('direction', '`out` from Matrix, `in` from the telephone', (r) => r.direction),
  column('is_open', '`true`: the call goes on; what follows is as far as it is known', (r) => r.isOpen),
  column('user', 'Matrix user who called, or who took the call', (r) => r.user),
  column('room', 'Matrix room of the call', (r) => r.roomId),
  column('matrix_call_id', '`call_id` of its events', (r) => r.callId),
  column('ghost', 'Matrix user that stands for the telephone', (r) => r.ghost),
  column(
    'dialled',
    'As it was dialled; of a call in the number that was called, as the trunk gave it',
    (r) => r.dialled,
  ),
  column('number', 'The other telephone, in E.164 where it has such a number; empty when withheld', (r) => r.number),
  column('country', 'Its country, ISO 3166-1; `001` for satellites and international networks', (r) => r.country),
  column('line', 'Our own number: the caller ID that was shown, or the number that was called', (r) => r.line),
  column('is_inside', 'To a number of our own: the call never left the gateway', (r) => r.isInside),
  column('is_emergency', 'An emergency call: no limit and no credit held for it', (r) => r.isEmergency),
  column('transfer_of', 'Reference of the call that was transferred to this one', (r) => r.transferOf),
  column('trunk', 'Trunk by which it went at last, or came', (r) => r.trunk),
  column('account', 'Extension in whose name it went or came', (r) => r.account),
  column('sip_call_id', '`Call-ID` of its INVITE', (r) => r.sipCallId),
  column('started_at', 'When the gateway heard of it; all times are UTC', (r) => time(r.openedAt)),
  column('invite_at', 'First INVITE of ours', (r) => time(r.inviteSentAt)),
  column('ringing_at', 'First ringing', (r) => time(r.ringingAt)),
  column('answered_at', 'Answer (200): from here on it costs', (r) => time(r.answeredAt)),
  column('audio_at', 'Audio could flow to and from the client', (r) => time(r.mediaAt)),
  column('ended_at', 'End; of a call that was interrupted: when it was last known to go on', (r) => time(r.endedAt)),
  column('talk_ms', 'Milliseconds from the answer to the end; 0 when nobody answered', (r) => r.talkMs),
  column('ended_by', '`caller`, `callee`, `network` or `gateway`', (r) => r.endedBy),
  column('cause', 'Why it ended, by the names of the table of causes', (r) => r.end?.cause),
  column('cause_text', 'Of a call out: the sentence that its caller read of that', (r) =>
    r.direction === 'out' ? causeText(r.end?.cause) : undefined,
  ),
  column('matrix_reason', '`reason` that the client was told, or told', (r) => r.reason),
  column('sip_status', 'SIP status of its refusal', (r) => r.end?.sipStatus),
  column('q850', 'Q.850 cause', (r) => r.end?.q850),
  column('network_text', "The network's own words, or what the gateway has to say to you", (r) => r.end?.admin),
  column('codec', 'Codec on the side of the telephone', (r) => r.audio?.codec),
  column('telephone_packets_in', 'RTP packets from the telephone', (r) => r.audio?.telephoneIn),
  column('telephone_packets_out', 'RTP packets to the telephone', (r) => r.audio?.telephoneOut),
  column('client_packets_in', 'RTP packets from the client', (r) => r.audio?.clientIn),
  column('client_packets_out', 'RTP packets to the client', (r) => r.audio?.clientOut),
  column('loss_percent', 'Packets that were lost, of a hundred, on the worse side', (r) => r.audio?.lossPercent),
  column('jitter_ms', 'Jitter on the worse side', (r) => r.audio?.jitterMs),
  column('round_trip_ms', 'Round trip by RTCP', (r) => r.audio?.roundTripMs),
  column('mos', 'Mean opinion score from 1 (bad) to 4.4, estimated', (r) => r.audio?.mos),
  column('currency', 'Of all amounts, ISO 4217; empty when no price list applied', (r) => r.money?.currency),
  column('price', 'What the user paid', (r) => amount(r.money?.price, r.money)),
  column('list_price', 'What it was priced at: more, where calls are free or the credit ended', (r) =>
    amount(r.money?.listPrice, r.money),
  ),
  column('cost', 'What the provider takes by its price list', (r) => amount(r.money?.cost, r.money)),
  column('rate', 'The rate: price list, prefix, and from when it holds', (r) => r.money?.rate),
  column('billed_s', 'Seconds that were paid for, in whole increments', (r) => r.money?.billedS),
];

export const legColumns: readonly Column<RecordedLeg>[] = [
  column('leg', 'Number of the route, from 0; of a call in, of who was to ring', (l) => l.index),
  column('leg_kind', '`telephone`: an INVITE of ours; `ring`: somebody who was to ring', (l) => l.kind),
  column('leg_target', 'Number that was called; user or room that was to ring', (l) => l.target),
  column('leg_verdict', 'What became of who was to ring', (l) => (l.kind === 'ring' ? l.verdict : undefined)),
  column('leg_trunk', 'Trunk', (l) => telephone(l)?.trunk),
  column('leg_account', 'Extension in whose name', (l) => telephone(l)?.account),
  column('leg_caller_id', 'Caller ID that was shown; `anonymous` was withheld', (l) => telephone(l)?.callerId),
  column('leg_sip_call_id', '`Call-ID`', (l) => telephone(l)?.sipCallId),
  column('leg_started_at', 'Its INVITE', (l) => time(l.startedAt)),
  column('leg_ringing_at', 'Its ringing', (l) => time(l.ringingAt)),
  column('leg_answered_at', 'Its answer', (l) => time(l.answeredAt)),
  column('leg_ended_at', 'Its end', (l) => time(l.endedAt)),
  column('leg_cause', 'Why it ended', (l) => l.end?.cause),
  column('leg_sip_status', 'SIP status of its refusal', (l) => l.end?.sipStatus),
  column('leg_q850', 'Q.850 cause', (l) => l.end?.q850),
  column('leg_network_text', "The network's own words", (l) => l.end?.admin),
  column('leg_price', 'What the user paid for it', (l) => amount(telephone(l)?.money?.price, telephone(l)?.money)),
  column('leg_cost', 'What the provider takes for it', (l) => amount(telephone(l)?.money?.cost, telephone(l)?.money)),
  column('leg_rate', 'The rate', (l) => telephone(l)?.money?.rate),
  column('leg_billed_s', 'Seconds that were paid for', (l) => telephone(l)?.money?.billedS),
];
