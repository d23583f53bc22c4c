/** What the machine wants done, as plain data. `Matrix` stands for whichever Matrix leg the call has, `Sip` for its telephone leg. */
import type { Direction, IceCandidate } from '../../../media/index.ts';
import type { Party } from '../../../sip/index.ts';
import type { HangupReason, ReplacementRejection } from '../../matrix/index.ts';
import type { TelephoneCause } from '../reasons.ts';
import type { CallOutcome } from '../record.ts';
import type { Sentence } from '../sentences.ts';
import type { TimerName } from './events.ts';
import type { FailedAttempt } from './failover.ts';
import type { TransferRequest } from './state.ts';

export type Effect =
  /** Ask whether and how the call may be made ⇒ `decided` or `gateway-failed`. */
  | { readonly type: 'decide' }
  /** Write the call down and set up its media ⇒ `prepared`, `media-failed` or `gateway-failed`. */
  | { readonly type: 'prepare'; readonly offerSdp: string; readonly candidates: readonly IceCandidate[] }
  | { readonly type: 'addCandidates'; readonly candidates: readonly IceCandidate[] }

  /** Make the offer for the next route ⇒ `prepared` or `media-failed`. `failed`: what became of the last. */
  | { readonly type: 'nextRoute'; readonly attempt: number; readonly failed: FailedAttempt }
  /** Send the INVITE by this route of the plan ⇒ events of the SIP leg. */
  | { readonly type: 'placeSip'; readonly attempt: number; readonly sdp: string }
  /** CANCEL or BYE. */
  | { readonly type: 'hangupSip'; readonly cause: TelephoneCause }
  /** Answer the telephone's offer, or make the one it asks for ⇒ `sip-renegotiated` or `media-failed`. */
  | { readonly type: 'answerSipReoffer'; readonly id: number; readonly sdp?: string; readonly direction: Direction }
  | { readonly type: 'refuseSipReoffer'; readonly id: number; readonly status: 488 | 491 | 500 }
  /** Digits for a trunk that takes them by INFO alone. */
  | { readonly type: 'sendDtmfInfo'; readonly digit: string; readonly durationMs: number }

  /** Put the telephone through to somebody else ⇒ `transfer-done` or `transfer-failed`. */
  | { readonly type: 'startTransfer'; readonly request: TransferRequest }
  /** Call somebody in the telephone's place ⇒ `telephone-replaced` or `transfer-failed`. */
  | { readonly type: 'startReferral'; readonly id: number }
  /** Let the telephone that offers itself take the place of this one ⇒ as above. */
  | { readonly type: 'takeReplacement'; readonly id: number }
  | { readonly type: 'refuseReferral'; readonly id: number; readonly status: 403 | 405 | 603 }
  | { readonly type: 'refuseReplacement'; readonly id: number }
  /** The call ends in the middle of a transfer. */
  | { readonly type: 'cancelTransfer' }
  /**
   * Telephone and media belong to the transfer from now on. Stands for `hangupSip` and `closeMedia`. `told`: the direction that
   * the telephone knows of; `wish`: what its own one asks of whoever talks to it.
   */
  | { readonly type: 'handOver'; readonly told: Direction; readonly wish: Direction }
  /** Tell a client that its transfer came to nothing. */
  | { readonly type: 'rejectReplacement'; readonly replacementId: string; readonly reason: ReplacementRejection }
  /** Tell the client who is on the other side now. */
  | { readonly type: 'assertIdentity'; readonly party: Party }
  /** Offer the telephone a direction ⇒ `sip-reoffer-answered` or `sip-reoffer-failed`. */
  | { readonly type: 'reofferSip'; readonly direction: Direction }

  /** Let the early media of a 1xx be heard by the media engine ⇒ `early-audio` later. */
  | { readonly type: 'acceptEarlyMedia'; readonly sdp: string; readonly forkId: string }
  /** Take the telephone's final SDP, when there is one, and make the client's answer ⇒ `matrix-answer-ready`. */
  | { readonly type: 'prepareMatrixAnswer'; readonly final?: { readonly sdp: string; readonly forkId: string } }
  /** Take the telephone's final SDP; the client's answer is already made or being made. */
  | { readonly type: 'acceptFinalMedia'; readonly sdp: string; readonly forkId: string }
  | { readonly type: 'connectMedia' }
  | { readonly type: 'startRingback'; readonly country?: string }
  | { readonly type: 'stopRingback' }
  /** Press these keys towards the telephone, `,` is a pause. */
  | { readonly type: 'pressKeys'; readonly keys: string }
  /** A short tone for the client alone. */
  | { readonly type: 'beep' }
  | { readonly type: 'closeMedia' }

  /** Answer the client (written down first). */
  | { readonly type: 'answerMatrix'; readonly sdp: string }
  /** Refuse the client's call, which was never answered. */
  | { readonly type: 'rejectMatrix'; readonly reason: HangupReason }
  /** End the client's call: after its answer, or a version 0 call at any time. */
  | { readonly type: 'hangupMatrix'; readonly reason: HangupReason }
  /** Answer the client's new offer ⇒ `matrix-renegotiated`. */
  | { readonly type: 'renegotiateMatrix'; readonly sdp: string }
  | { readonly type: 'sendMatrixReanswer'; readonly sdp: string }
  /** Make an offer for the client ⇒ `matrix-reoffer-ready`. */
  | { readonly type: 'reofferMatrix'; readonly direction: Direction }
  | { readonly type: 'sendMatrixReoffer'; readonly sdp: string }
  | { readonly type: 'acceptMatrixReanswer'; readonly sdp: string }
  /** One sentence in the room. */
  | { readonly type: 'notice'; readonly sentence: Sentence }
  | { readonly type: 'setTimer'; readonly timer: TimerName; readonly afterMs: number }
  | { readonly type: 'clearTimer'; readonly timer: TimerName }
  /** Always the last effect of a call: record, journal, directory, timers. */
  | { readonly type: 'finish'; readonly outcome: CallOutcome };

export type EffectType = Effect['type'];

/** A state and what is to be done on the way into it. */
export interface Step<S> {
  readonly state: S;
  readonly effects: readonly Effect[];
}
