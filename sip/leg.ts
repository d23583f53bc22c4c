/** What the gateway sees of one SIP call: the contract between `sip` and whoever places or takes calls. */

/** A SIP Call-ID (RFC 3261 §20.8). */
export type SipCallId = string & { readonly __brand: 'SipCallId' };

/** A status with what the far side said about it: the facts from which words for the user are made. */
export interface SipFailure {
  /** Final SIP status, 300–699. 408 stands for "no answer to the request" too (RFC 3261 §8.1.3.1). */
  readonly status: number;
  /** Reason phrase of the status line, sanitised and at most 200 characters. */
  readonly phrase: string;
  /** `cause` of `Reason: Q.850;…` (RFC 3326), when there was one: it wins over the status (RFC 6432). */
  readonly q850?: number;
  /** `text` of the Reason header, for administrators. */
  readonly reasonText?: string;
  /** Text of a Warning header (RFC 3261 §20.43), for administrators. */
  readonly warning?: string;
  /** Seconds of Retry-After. */
  readonly retryAfterS?: number;
  /** Whether a 1xx other than 100 had come before: tells "no answer" from "no reply from the network". */
  readonly sawProvisional: boolean;
  /** Where the failure was decided. `local`: nothing was put on the wire, or no peer was reachable. */
  readonly origin: 'remote' | 'timeout' | 'transport' | 'local';
}

/** Why a call ended after the answer. */
export interface SipEnd {
  readonly by: 'remote' | 'local' | 'session-timer' | 'dialog-lost';
  readonly q850?: number;
  readonly text?: string;
}

/** What a leg tells its listener. Events of one leg come in order, never after `failed` or `ended`. */
export type SipLegEvent =
  /** A 1xx. `sdp` present: early media is described; `forkId` (the To-tag) tells forks apart; `reliable`: it was PRACKed. */
  | {
      readonly type: 'provisional';
      readonly status: number;
      readonly forkId: string;
      readonly sdp?: string;
      readonly reliable: boolean;
    }
  /** The 2xx; it has been acknowledged. `sdp` is the answer that counts from now on. */
  | { readonly type: 'answered'; readonly forkId: string; readonly sdp: string }
  /** The call ended before an answer. */
  | { readonly type: 'failed'; readonly failure: SipFailure }
  /** The call ended after an answer. */
  | { readonly type: 'ended'; readonly end: SipEnd }
  /**
   * The far side sends a new offer (re-INVITE or UPDATE), or asks for ours (`sdp` absent: late offer).
   * Exactly one of the two functions must be called. `accept` with our answer (or offer), settles with the answer to our
   * late offer (or undefined).
   */
  | {
      readonly type: 'reoffer';
      readonly sdp?: string;
      accept(localSdp: string): Promise<string | undefined>;
      /** status: 488 not acceptable, 491 pending, 500 */
      reject(status: 488 | 491 | 500): void;
    }
  /** A DTMF digit by INFO (application/dtmf-relay or application/dtmf). */
  | { readonly type: 'dtmf'; readonly digit: string; readonly durationMs: number };

export type SipLegListener = (event: SipLegEvent) => void;

/** One SIP call as the gateway holds it. Every method is idempotent: a second hang-up does nothing. */
export interface SipLeg {
  /** The Call-ID of the attempt in progress (a new attempt gets a new one). */
  readonly sipCallId: SipCallId;
  /** Before the answer: CANCEL (held back until a 1xx came, RFC 3261 §9.1; a crossing 200 gets ACK and BYE). After: BYE. */
  hangup(cause?: { q850: number; text?: string }): void;
  /** Sends a re-INVITE with a new offer; settles with the answer. Rejects with SipRequestError. 491 is retried inside (§14.1). */
  reoffer(sdp: string): Promise<string>;
}

export interface OutboundCallRequest {
  /** The id that stands in every log line of this call. */
  readonly callRef: string;
  /** What was dialled after number policy: a user part (`+441818118181`, `200`, `*31#…`) or a whole SIP URI. */
  readonly target: string;
  /** What the called party shall see, as user part, or undefined for the trunk's default; `anonymous` asks for CLIR. */
  readonly callerId?: string;
  readonly callerName?: string;
  /** Our RTP offer. */
  readonly sdp: string;
  /** CANCEL after this many ms without an answer. */
  readonly ringTimeoutMs: number;
}

/** Places calls on a trunk. */
export interface SipCalls {
  /** Starts a call; returns at once. The first event never comes before this returned. */
  placeCall(request: OutboundCallRequest, listener: SipLegListener): SipLeg;
  /** Settles when every leg has ended or `graceMs` is over, hanging up what is left. */
  close(graceMs: number): Promise<void>;
}

/** A request inside a call was refused or not answered. */
export class SipRequestError extends Error {
  readonly failure: SipFailure;
  constructor(failure: SipFailure, options?: ErrorOptions) {
    super(`${failure.status} ${failure.phrase}`, options);
    this.name = 'SipRequestError';
    this.failure = failure;
  }
}
