/** What the machine of a call in wants done, as plain data. After the answer: the effects of any call. */
import type { IceCandidate, RtpOfferOptions } from '../../../media/index.ts';
import type { Refusal } from '../../../sip/index.ts';
import type { HangupReason, MatrixUserId, RingTarget } from '../../matrix/index.ts';
import type { Effect } from '../machine/effects.ts';
import type { Onward } from '../transfer/onward.ts';
import type { RingTimerName } from './events.ts';
import type { InboundState } from './state.ts';

export type InboundEffect =
  /** Ask whom the call rings ⇒ `inbound-decided` or `gateway-failed`. */
  | { readonly type: 'decideInbound' }
  /** Take the telephone's offer and make ours for the clients ⇒ `media-ready` or `media-failed`. */
  | { readonly type: 'prepareInbound'; readonly rtp: RtpOfferOptions; readonly sdp?: string }
  /** Find or make the room ⇒ `ring-room` or `ring-unreachable`. */
  | { readonly type: 'seekRoom'; readonly ring: number; readonly target: RingTarget }
  /** Write the Matrix call down and send its invite ⇒ `ring-sent` or `ring-unreachable`. */
  | { readonly type: 'inviteClient'; readonly ring: number; readonly sdp: string; readonly lifetimeMs: number }
  /** It rings no longer: the room is not looked for any more, or the clients are told. */
  | { readonly type: 'endRing'; readonly ring: number; readonly reason: HangupReason }
  /** The clients know it already: what is left of the ring is put away. */
  | { readonly type: 'dropRing'; readonly ring: number }
  /** Choose this answer: the room's other devices stop ringing, and what follows in the call goes here. */
  | { readonly type: 'selectAnswer'; readonly ring: number; readonly party?: string; readonly user: MatrixUserId }
  /** Take the client's answer ⇒ `client-accepted` or `media-failed`. `rtp`: make our offer for the telephone, too. */
  | {
      readonly type: 'acceptClient';
      readonly sdp: string;
      readonly candidates: readonly IceCandidate[];
      readonly rtp?: RtpOfferOptions;
    }
  /** 180. */
  | { readonly type: 'alertSip' }
  /** 200 ⇒ `sip-acknowledged` or `sip-failed`. */
  | { readonly type: 'answerSip'; readonly sdp: string }
  | { readonly type: 'refuseSip'; readonly refusal: Refusal }
  /** Tell whoever was rung that there was a call. `givenUp`: by the caller, before anybody could take it. */
  | { readonly type: 'tellMissed'; readonly ring: number; readonly givenUp?: true }
  /** Call the other number ⇒ `forward-rings`, `forward-done` or `forward-failed`. */
  | { readonly type: 'startForward'; readonly onward: Onward }
  | { readonly type: 'cancelForward' }
  /** Tell whoever was rung where the call went. */
  | { readonly type: 'tellForwarded'; readonly ring: number; readonly to: string }
  /** Tell whoever was rung, too, who took the call. */
  | { readonly type: 'tellAnsweredBy'; readonly ring: number; readonly user: MatrixUserId }
  | { readonly type: 'setRingTimer'; readonly timer: RingTimerName; readonly afterMs: number }
  | { readonly type: 'clearRingTimer'; readonly timer: RingTimerName }
  | Effect;

export type InboundEffectType = InboundEffect['type'];

export interface InboundStep<S = InboundState> {
  readonly state: S;
  readonly effects: readonly InboundEffect[];
}
