/** What a call that comes in can be in, what can happen to it, and what it can do: the alphabet of `inbound-machine.ts`. */
import type { Refusal, SipFailure, SipLegEvent } from '../leg.ts';
import type { DialogInput, HangupCause } from './leg-states.ts';

export type InboundState =
  /** The INVITE has no final response. */
  | { readonly name: 'waiting' }
  /** Our 200 is out, its ACK is not here. */
  | { readonly name: 'answered' }
  /** As before, but we have hung up: the BYE must wait for the ACK (RFC 3261 §15). */
  | { readonly name: 'leaving'; readonly cause: HangupCause }
  | { readonly name: 'confirmed' }
  /** BYE is out. */
  | { readonly name: 'terminating' }
  | { readonly name: 'terminated' };

export type InboundStateName = InboundState['name'];

export type InboundInput =
  | { readonly type: 'ring' }
  | { readonly type: 'progress'; readonly sdp: string }
  | { readonly type: 'answer'; readonly sdp: string }
  | { readonly type: 'reject'; readonly refusal: Refusal }
  | { readonly type: 'hangup'; readonly cause?: HangupCause }
  /** CANCEL; it has been answered, and the INVITE with 487. */
  | { readonly type: 'cancelled'; readonly q850?: number; readonly text?: string; readonly elsewhere: boolean }
  /** The ACK of our 200. `answered`: both descriptions are there, so media can flow. */
  | { readonly type: 'acknowledged'; readonly described: boolean }
  /** The server would not send a response: the INVITE is gone. */
  | { readonly type: 'unsent'; readonly status: number }
  /** Before the ACK, a dialog that the server has ended means that it never came. */
  | DialogInput;

export type InboundInputType = InboundInput['type'];

export type InboundEffect =
  | { readonly type: 'emit'; readonly event: SipLegEvent }
  | { readonly type: 'send-ringing' }
  | { readonly type: 'send-progress'; readonly sdp: string }
  | { readonly type: 'send-answer'; readonly sdp: string }
  | { readonly type: 'send-refusal'; readonly refusal: Refusal }
  | { readonly type: 'send-bye'; readonly cause: HangupCause | undefined }
  /** The call is answered: offers and DTMF begin. */
  | { readonly type: 'open-session' }
  | { readonly type: 'close-session' }
  /** Whoever waits for the ACK goes on. */
  | { readonly type: 'settle-answer' }
  | { readonly type: 'fail-answer'; readonly failure: SipFailure }
  | { readonly type: 'leave-behind' }
  | { readonly type: 'release' };

export interface InboundStep {
  readonly state: InboundState;
  readonly effects: readonly InboundEffect[];
}
