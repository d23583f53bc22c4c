/** What is left of a call in from the telephone when it is over. */
import type { MediaStats } from '../../../media/index.ts';
import type { InboundCall, Party, SipCallId } from '../../../sip/index.ts';
import type { CallId, MatrixUserId, RingTarget, RoomId } from '../../matrix/index.ts';
import { type CallOutcome, type CallTimes, talkMsOf } from '../record.ts';
import type { Onward } from '../transfer/onward.ts';
import type { Ring, Verdict } from './state.ts';

/** One that was to ring, and what became of it. */
export interface RangTarget {
  readonly target: RingTarget;
  readonly verdict: Verdict;
}

export interface InboundRecord {
  readonly direction: 'in';
  readonly callRef: string;
  readonly trunk: string;
  /** The extension whose registration it was sent to. */
  readonly account?: string;
  readonly sipCallId: SipCallId;
  readonly caller: Party;
  /** Who was called: the number (DID), extension or name. */
  readonly called: string;
  /** Who forwarded the call, last first. */
  readonly divertedBy: readonly Party[];
  /** In the order in which they were rung. */
  readonly rang: readonly RangTarget[];
  /** Where it went on to, or was to go on to, and in whose name. */
  readonly onward?: Onward;
  readonly answeredBy?: MatrixUserId;
  /** The Matrix call that was answered. */
  readonly roomId?: RoomId;
  readonly callId?: CallId;
  readonly times: CallTimes;
  /** From our 200 to the end; 0 when never answered. */
  readonly talkMs: number;
  readonly outcome: CallOutcome;
  readonly media?: MediaStats;
}

/** Puts it together when the call is over. */
export function inboundRecordOf(ended: {
  readonly call: InboundCall;
  readonly rings: readonly Ring[];
  readonly onward?: Onward | undefined;
  readonly answered: { readonly by: MatrixUserId; readonly roomId: RoomId; readonly callId: CallId } | undefined;
  readonly times: CallTimes;
  readonly outcome: CallOutcome;
  readonly media: MediaStats | undefined;
}): InboundRecord {
  const { call, rings, onward, answered, times, outcome, media } = ended;
  const { callRef, trunk, account, leg, caller, called, divertedBy } = call;
  return {
    direction: 'in',
    callRef,
    trunk,
    ...(account === undefined ? {} : { account }),
    sipCallId: leg.sipCallId,
    caller,
    called,
    divertedBy,
    rang: rings.map(({ target, verdict = 'called-off' }) => ({ target, verdict })),
    ...(onward ? { onward } : {}),
    ...(answered ? { answeredBy: answered.by, roomId: answered.roomId, callId: answered.callId } : {}),
    times,
    talkMs: talkMsOf(times),
    outcome,
    ...(media ? { media } : {}),
  };
}
