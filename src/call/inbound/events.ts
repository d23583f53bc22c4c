/** Everything that can happen to a call in, as plain data. After the answer it is what can happen to any call. */
import type { IceCandidate } from '../../../media/index.ts';
import type { CallRoomFailure } from '../../matrix/index.ts';
import type { CallEvent } from '../machine/events.ts';
import type { InboundMedia } from '../media-leg.ts';
import type { InboundDecided } from '../ports.ts';
import type { OnwardEvent } from '../transfer/onward.ts';
import type { ClientParty, InboundFacts } from './state.ts';

/** From the telephone; what is not here comes as in any call (`sip-failed`: its caller gave up). */
export type InboundSipEvent =
  | { readonly type: 'sip-invite'; readonly facts: InboundFacts }
  /** Our 200 was acknowledged. `sdp`: the answer to our offer, in a call that asked for one. */
  | { readonly type: 'sip-acknowledged'; readonly sdp?: string };

/** From clients that ring. `ring` says which of the Matrix calls is meant. */
export type RingEvent =
  | { readonly type: 'ring-answer'; readonly ring: number; readonly party: ClientParty; readonly sdp: string }
  | {
      readonly type: 'ring-candidates';
      readonly ring: number;
      readonly party: ClientParty;
      readonly candidates: readonly IceCandidate[];
    }
  | { readonly type: 'ring-reject'; readonly ring: number; readonly party: ClientParty; readonly reason?: string }
  /** Of a device that has not answered. */
  | { readonly type: 'ring-hangup'; readonly ring: number; readonly party: ClientParty; readonly reason?: string }
  /** Nobody is left in the room. */
  | { readonly type: 'ring-left'; readonly ring: number }
  /** The user calls out in the same room: that call wins. */
  | { readonly type: 'ring-yields'; readonly ring: number };

export type InboundResult =
  | { readonly type: 'inbound-decided'; readonly decision: InboundDecided }
  | ({ readonly type: 'media-ready' } & InboundMedia)
  /** There is a room in which the target can be rung. `isBusy`: there is a call in it already. */
  | { readonly type: 'ring-room'; readonly ring: number; readonly isBusy: boolean }
  | {
      readonly type: 'ring-unreachable';
      readonly ring: number;
      readonly code: CallRoomFailure;
      readonly message: string;
    }
  /** The homeserver has the invite. */
  | { readonly type: 'ring-sent'; readonly ring: number }
  /** The client's answer is taken. `telephone`: our offer, for a telephone that asked for one. */
  | ({ readonly type: 'client-accepted' } & Pick<InboundMedia, 'telephone'>);

export type RingTimerName =
  /** The step's time is over. */
  | 'step'
  /** The caller has heard nothing for long enough. */
  | 'silence'
  /** Networks on the way want to hear now and then that it still rings. */
  | 'again'
  /** The client answered and its audio takes its time. */
  | 'audio';

export type InboundEvent =
  | InboundSipEvent
  | RingEvent
  | InboundResult
  | { readonly type: 'ring-timer'; readonly timer: RingTimerName }
  | OnwardEvent
  | CallEvent;

export type InboundEventType = InboundEvent['type'];
