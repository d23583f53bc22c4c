/** Everything that can happen to a call, as plain data. Times are milliseconds; SDP is text that nobody here reads. */
import type { Direction, IceCandidate, MediaErrorCode } from '../../../media/index.ts';
import type { Party, SipEnd, SipFailure } from '../../../sip/index.ts';
import type { CallVersion, ReplacementRejection } from '../../matrix/index.ts';
import type { GatewayCause, TelephoneCause } from '../reasons.ts';
import type { Sentence, SentenceParameters } from '../sentences.ts';
import type { Plan, TransferRequest } from './state.ts';

/** From the client, by way of its Matrix leg. Only events of the party that calls get here, but for `matrix-answer`. */
export type MatrixLegEvent =
  | {
      readonly type: 'matrix-invite';
      readonly version: CallVersion;
      readonly callerParty?: string;
      readonly ownParty: string;
      readonly sdp: string;
      /** Candidates that came ahead of their invite. */
      readonly candidates: readonly IceCandidate[];
      /** What is left of the invite's lifetime; 0 or less: it is over. */
      readonly remainingMs: number;
    }
  | { readonly type: 'matrix-candidates'; readonly candidates: readonly IceCandidate[] }
  /** Somebody else in the room took the call, or echoes: the caller's `select_answer` will say who is meant. */
  | { readonly type: 'matrix-answer' }
  | { readonly type: 'matrix-select-answer'; readonly selectedParty: string }
  | { readonly type: 'matrix-reject' }
  | { readonly type: 'matrix-hangup'; readonly reason?: string }
  | { readonly type: 'matrix-offer'; readonly sdp: string }
  | { readonly type: 'matrix-reanswer'; readonly sdp: string }
  /** Muting is the client's own affair: its packets turn silent by themselves. */
  | { readonly type: 'matrix-muted' }
  | { readonly type: 'matrix-replaces'; readonly request: TransferRequest }
  /** Nobody is left in the room to talk to. */
  | { readonly type: 'matrix-left' };

/** From the telephone, by way of its SIP leg. */
export type SipSideEvent =
  | {
      readonly type: 'sip-provisional';
      readonly status: number;
      readonly forkId: string;
      readonly sdp?: string;
      readonly reliable: boolean;
    }
  | { readonly type: 'sip-answered'; readonly forkId: string; readonly sdp: string }
  | { readonly type: 'sip-failed'; readonly failure: SipFailure }
  | { readonly type: 'sip-ended'; readonly end: SipEnd }
  /** `id` names the offer in the effect that answers it; no `sdp`: ours is asked for. */
  | { readonly type: 'sip-reoffer'; readonly id: number; readonly sdp?: string }
  /** The far side is somebody else from now on. */
  | { readonly type: 'sip-identity'; readonly party: Party }
  /** The far side asks for a call to somebody else in its place; `id` names the request in the effect that answers it. */
  | { readonly type: 'sip-refer'; readonly id: number }
  /** Another telephone comes to take this one's place (RFC 3891); `id` as above. */
  | { readonly type: 'sip-replacement'; readonly id: number }
  /** A digit by INFO. Matrix has no way to carry it further, and media engines none to play it to the client. */
  | { readonly type: 'sip-dtmf'; readonly digit: string; readonly durationMs: number };

/** From the media engine. */
export type MediaSideEvent =
  | { readonly type: 'webrtc-connected' }
  | { readonly type: 'webrtc-failed'; readonly why: 'ice' | 'dtls' }
  /** The client said good-bye on the media path. Its call event says so, too, except in a transfer. */
  | { readonly type: 'webrtc-closed' }
  | { readonly type: 'early-audio'; readonly ms: number }
  /** A digit; the engine has relayed it already wherever both sides take it in their media. */
  | {
      readonly type: 'media-dtmf';
      readonly from: 'webrtc' | 'rtp';
      readonly digit: string;
      readonly durationMs: number;
    }
  | { readonly type: 'media-timeout'; readonly side: 'webrtc' | 'rtp' }
  | { readonly type: 'engine-failed'; readonly message: string };

/** What was being done when the media refused. */
export type MediaTask =
  | 'prepare'
  | 'candidates'
  | 'early-media'
  | 'matrix-answer'
  | 'final-media'
  | 'matrix-renegotiation'
  | 'matrix-reoffer'
  | 'matrix-reanswer'
  | 'sip-reoffer';

export type MatrixSend =
  | 'invite'
  | 'select-answer'
  | 'answer'
  | 'reject'
  | 'hangup'
  | 'reanswer'
  | 'reoffer'
  | 'notice'
  | 'identity'
  | 'replacement';

/** How effects came out. */
export type ResultEvent =
  | { readonly type: 'decided'; readonly decision: Decided }
  /** The call is on record and its media are set up. */
  | { readonly type: 'prepared'; readonly rtpOffer: string }
  | { readonly type: 'matrix-answer-ready'; readonly sdp: string }
  /** The client's offer has an answer. `direction` is ours towards the client. */
  | { readonly type: 'matrix-renegotiated'; readonly sdp: string; readonly direction: Direction }
  | { readonly type: 'matrix-reoffer-ready'; readonly sdp: string }
  /** The telephone's offer is answered. `direction` is ours towards the telephone. */
  | { readonly type: 'sip-renegotiated'; readonly direction: Direction }
  /** The telephone answered our offer. */
  | { readonly type: 'sip-reoffer-answered'; readonly direction: Direction }
  | { readonly type: 'sip-reoffer-failed'; readonly message: string }
  | {
      readonly type: 'media-failed';
      readonly during: MediaTask;
      readonly code: MediaErrorCode | 'unknown';
      readonly message: string;
      /** For `sip-reoffer`: which one is left without an answer. */
      readonly reofferId?: number;
    }
  | { readonly type: 'matrix-send-failed'; readonly what: MatrixSend; readonly message: string }
  /** Something of the gateway itself broke: the journal, the decision. */
  | { readonly type: 'gateway-failed'; readonly message: string };

/** What became of a transfer. */
export type TransferEvent =
  /** The telephone of this call talks to somebody else now. */
  | { readonly type: 'transfer-done' }
  /** Another telephone has taken the place of this call's; `party` when it is known who that is. */
  | {
      readonly type: 'telephone-replaced';
      readonly party?: Party;
      /** So long may the call last from now on; absent: as long as it might before. */
      readonly longestMs?: number;
    }
  | {
      readonly type: 'transfer-failed';
      /** For a client that asked (MSC2747). */
      readonly rejection: ReplacementRejection;
      /** For administrators. */
      readonly why: string;
      /** Why, for the user who asked. */
      readonly sentence?: Sentence;
      /** What the telephone is told when nobody is left to talk to. */
      readonly telephone: TelephoneCause;
    };

/** The decision, as far as the machine is concerned. */
export type Decided =
  | { readonly kind: 'allow'; readonly plan: Plan }
  /**
   * The number is one of our own: the call comes in again without leaving the house. `plan` as for any call; of its first
   * route the codecs and the ring time count. `caller` is whom the other side sees.
   */
  | { readonly kind: 'inside'; readonly plan: Plan; readonly called: string; readonly caller: Party }
  | {
      readonly kind: 'refuse';
      readonly cause: GatewayCause;
      /** For the cause's sentence. */
      readonly params?: SentenceParameters;
      readonly admin?: string;
    }
  /** The call is for nobody of ours. */
  | { readonly kind: 'not-ours' };

export type TimerName =
  /** The invite's lifetime is over. */
  | 'lifetime'
  /** The client was answered long ago and no audio has come up. */
  | 'connect'
  /** The client left its media and has not said why. */
  | 'left'
  /** The client owes an answer to our offer. */
  | 'reanswer'
  /** The call has lasted as long as it may. */
  | 'longest-call';

export type HouseEvent =
  | { readonly type: 'timer'; readonly timer: TimerName }
  /** The gateway stops. */
  | { readonly type: 'shutdown' }
  /** The user's credit ends in so long. */
  | { readonly type: 'credit-low'; readonly leftMs: number }
  /** The user's credit is used up. */
  | { readonly type: 'credit-used-up' }
  /** Somebody who may do so ends the call. */
  | { readonly type: 'end-now'; readonly cause: GatewayCause };

export type CallEvent = MatrixLegEvent | SipSideEvent | MediaSideEvent | ResultEvent | TransferEvent | HouseEvent;
export type EventType = CallEvent['type'];
