/** What is left of a call when it is over: for metrics, call detail records and the administrator's log. */
import type { MediaStats } from '../../media/index.ts';
import type { SipCallId } from '../../sip/index.ts';
import type { CallId, HangupReason, MatrixUserId, RoomId } from '../matrix/index.ts';
import type { CallAttempt } from './attempts.ts';
import type { InboundRecord } from './inbound/record.ts';
import type { CauseKey } from './reasons.ts';
import type { Sentence } from './sentences.ts';

/** Who brought the end about. `network`: the telephone network or provider refused or failed. */
export type EndedBy = 'caller' | 'callee' | 'network' | 'gateway';

/** How a call came to its end. */
export interface CallOutcome {
  readonly endedBy: EndedBy;
  readonly cause: CauseKey;
  /** The reason that was put on the wire to the client, or that came from it. */
  readonly reason?: HangupReason;
  /** What the user was told. */
  readonly sentence?: Sentence;
  /** What an administrator should read: the provider's own text, a limit's name. */
  readonly admin?: string;
  readonly sipStatus?: number;
  readonly q850?: number;
}

/** Moments of a call, milliseconds since the Unix epoch; absent when the call never got there. */
export interface CallTimes {
  /** The invite reached the gateway. */
  readonly arrivedAt: number;
  /** The decision was made. */
  readonly decidedAt?: number;
  /** The INVITE was handed to the wire. */
  readonly inviteSentAt?: number;
  /** The first 18x. */
  readonly ringingAt?: number;
  /** `m.call.answer` was sent. */
  readonly matrixAnsweredAt?: number;
  /** The 2xx: what a charge counts from. */
  readonly answeredAt?: number;
  /** Audio could flow to and from the client for the first time. */
  readonly mediaAt?: number;
  readonly endedAt: number;
}

/** A call out of Matrix. */
export interface OutboundRecord {
  readonly direction: 'out';
  readonly callRef: string;
  /**
   * The call that was transferred, or forwarded, to this one. Put through by a client, the telephone of that call talked to this one, until
   * this one's end.
   */
  readonly transferOf?: string;
  /** Room, `call_id` and ghost are absent of a call that was forwarded: it is in no room. */
  readonly roomId?: RoomId;
  readonly callId?: CallId;
  readonly caller: MatrixUserId;
  readonly ghost?: MatrixUserId;
  readonly dialled: string;
  /** What was put on the wire, and by which trunk, at the last attempt. */
  readonly target?: string;
  readonly trunk?: string;
  readonly sipCallId?: SipCallId;
  /** All that was tried, in order; the last one carried the call, if any did. */
  readonly attempts: readonly CallAttempt[];
  readonly times: CallTimes;
  /** From the 2xx to the end; 0 when never answered. */
  readonly talkMs: number;
  readonly outcome: CallOutcome;
  readonly media?: MediaStats;
}

export type CallRecord = OutboundRecord | InboundRecord;

/** The record of a telephone that left before its call ended, as the books have it: it costs until then. */
export function untilLeft<R extends CallRecord>(record: R, leftAt: number | undefined): R {
  if (leftAt === undefined) return record;
  const times = { ...record.times, endedAt: leftAt };
  return { ...record, times, talkMs: talkMsOf(times) };
}

/** The record of a telephone that went on after its call, until it was gone. */
export function untilGone<R extends CallRecord>(record: R, endedAt: number, by: 'us' | 'far'): R {
  const times = { ...record.times, endedAt };
  const ours = record.direction === 'out' ? 'caller' : 'callee';
  const theirs = record.direction === 'out' ? 'callee' : 'caller';
  const endedBy = by === 'us' ? ours : theirs;
  return { ...record, times, talkMs: talkMsOf(times), outcome: { ...record.outcome, endedBy } };
}

/** From the 2xx to the end; 0 when never answered. */
export function talkMsOf({ answeredAt, endedAt }: Pick<CallTimes, 'answeredAt' | 'endedAt'>): number {
  return answeredAt === undefined ? 0 : Math.max(0, Math.round(endedAt - answeredAt));
}

type OutboundFacts = Pick<
  OutboundRecord,
  'callRef' | 'transferOf' | 'roomId' | 'callId' | 'caller' | 'ghost' | 'dialled'
>;

/** Puts the record of a call out of Matrix together when it is over. */
export function recordOf(ended: {
  readonly call: OutboundFacts;
  readonly attempts: readonly CallAttempt[];
  readonly times: CallTimes;
  readonly outcome: CallOutcome;
  readonly media: MediaStats | undefined;
}): OutboundRecord {
  const { call, attempts, times, outcome, media } = ended;
  const last = attempts.at(-1);
  return {
    direction: 'out',
    ...call,
    ...(last ? { target: last.target, trunk: last.trunk } : {}),
    ...(last?.sipCallId === undefined ? {} : { sipCallId: last.sipCallId }),
    attempts,
    times,
    talkMs: talkMsOf(times),
    outcome,
    ...(media ? { media } : {}),
  };
}
