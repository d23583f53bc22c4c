/** What an outbound call can be in, what can happen to it, and what it can do: the alphabet of `leg-machine.ts`. */
import type { SipFailure, SipLegEvent } from '../leg.ts';
import type { Retry } from './retry.ts';

export type LegState =
  /** An INVITE was given to the SIP server (`sent`: and has left it); nothing has come back. */
  | { readonly name: 'calling'; readonly sent: boolean; readonly sawProvisional: boolean }
  /** A 1xx has come. */
  | { readonly name: 'proceeding'; readonly sawProvisional: boolean; readonly early: EarlyForks }
  /** Given up before the server said which transaction the INVITE is: there is nothing yet to cancel. */
  | { readonly name: 'cancel-held'; readonly cause: HangupCause | undefined }
  /** CANCEL is out, the final response is not here. */
  | { readonly name: 'cancelling'; readonly cause: HangupCause | undefined }
  | { readonly name: 'confirmed'; readonly forkId: string }
  /** BYE is out. */
  | { readonly name: 'terminating'; readonly forkId: string }
  | { readonly name: 'terminated' };

export type LegStateName = LegState['name'];

/** Early dialogs by To-tag: the last RSeq (RFC 3262) and the last session description of each. */
export type EarlyForks = Readonly<Record<string, { readonly rseq?: number; readonly sdp?: string }>>;

export interface HangupCause {
  readonly q850: number;
  readonly text?: string;
}

export type LegInput =
  /** The INVITE has left the server: it can be cancelled. (The server holds the CANCEL back until a 1xx, RFC 3261 §9.1.) */
  | { readonly type: 'sent' }
  /** A 1xx. `rseq`: it asks for a PRACK. */
  | {
      readonly type: 'provisional';
      readonly status: number;
      readonly forkId: string;
      readonly sdp?: string;
      readonly rseq?: number;
    }
  /** A 2xx. */
  | { readonly type: 'success'; readonly forkId: string; readonly sdp?: string }
  /** A final response of 300 and more; `retry` when another INVITE may do better. */
  | { readonly type: 'rejected'; readonly failure: SipFailure; readonly retry?: Retry }
  /** No final response will come: nothing could be sent, or the server has fallen silent. */
  | { readonly type: 'unanswerable'; readonly failure: SipFailure }
  | { readonly type: 'hangup'; readonly cause?: HangupCause }
  | { readonly type: 'ring-timeout' }
  /** Not even a 1xx came in the time that the caller gives the trunk. */
  | { readonly type: 'response-timeout' }
  | DialogInput;

/** What ends a dialog, whoever called. */
export type DialogInput =
  /** The far side's BYE; it has been answered. */
  | { readonly type: 'bye'; readonly q850?: number; readonly text?: string }
  /**
   * The dialog exists on one side only: 481 or 408 inside it, or the server has ended it (`serverSide`): the session interval
   * was over without a refresh (RFC 4028 §10), or no ACK came.
   */
  | {
      readonly type: 'dialog-lost';
      readonly serverSide: boolean;
      readonly by: 'dialog-lost' | 'session-timer';
      readonly text?: string;
    }
  /** The BYE was answered, or never will be. */
  | { readonly type: 'bye-done' }
  /** The connection to the SIP server is gone, and with it all that it knew. */
  | { readonly type: 'connection-lost' };

export type LegInputType = LegInput['type'];

export type LegEffect =
  | { readonly type: 'emit'; readonly event: SipLegEvent }
  | { readonly type: 'send-invite'; readonly retry: Retry }
  | { readonly type: 'send-prack'; readonly forkId: string; readonly rseq: number }
  | { readonly type: 'send-cancel'; readonly cause: HangupCause | undefined }
  | { readonly type: 'send-ack'; readonly forkId: string }
  | {
      readonly type: 'send-bye';
      readonly forkId: string;
      readonly cause: HangupCause | undefined;
      readonly awaited: boolean;
    }
  /** The call is answered: offers and DTMF begin. */
  | { readonly type: 'open-session'; readonly forkId: string }
  /** The listener's call is over: its timers stop, what it waits for is refused, what the peer waits for is answered. */
  | { readonly type: 'close-session' }
  /** What stays behind on the server must be cleared once it can be reached again. */
  | { readonly type: 'leave-behind'; readonly what: 'invite' }
  | { readonly type: 'leave-behind'; readonly what: 'dialog'; readonly forkId: string }
  /** A final response must come by now + 64·T1 and a little, or never will. */
  | { readonly type: 'guard-final' }
  /** Nothing is left on the wire. */
  | { readonly type: 'release' };

export interface LegStep {
  readonly state: LegState;
  readonly effects: readonly LegEffect[];
}
