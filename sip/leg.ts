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
  /** Of a call that came in: its caller's side has taken it somewhere else (RFC 3326: CANCEL with `Reason: SIP;cause=200`). */
  readonly elsewhere?: true;
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
  /** The call ended before an answer; of a call that came in: its caller gave up, or never acknowledged. */
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
  | { readonly type: 'dtmf'; readonly digit: string; readonly durationMs: number }
  /** The far side is somebody else from now on: a changed P-Asserted-Identity or Remote-Party-ID, in or before the call. */
  | { readonly type: 'identity'; readonly party: Party }
  /**
   * The far side asks us to call somebody else in its place (REFER, RFC 3515). Exactly one of the two functions must be
   * called; after `accept` the progress is reported until it is final.
   */
  | {
      readonly type: 'refer';
      readonly to: ReferTarget;
      accept(): ReferProgress;
      reject(status: 403 | 405 | 603): void;
    };

/** Whom a REFER names. */
export interface ReferTarget {
  /** User part (unescaped) when the URI is one of the trunk's own, else the whole SIP URI: what a user could have dialled. */
  readonly target: string;
  /** The call of ours that the new one shall take the place of (Replaces, RFC 3891): an attended transfer. */
  readonly replaces?: SipLeg;
  /** Replaces names a dialog that is not ours: the header's value, for the INVITE that follows. */
  readonly foreignReplaces?: string;
  /** User part of Referred-By (RFC 3892). */
  readonly referredBy?: string;
}

/** Tells the far side what becomes of its REFER (NOTIFY with message/sipfrag, RFC 3515 §2.4.4). */
export interface ReferProgress {
  /** `status`: what the new call got so far, such as 180 or 200; the first one of 200 or more is the last. */
  notify(status: number): void;
}

/** A person or telephone on the far side, as the trunk names it. */
export interface Party {
  /**
   * In E.164 (`+441818118181`) when the trunk's number format lets that be known; else the user part as it came (an
   * extension, a name). Absent when it is withheld or there is none.
   */
  readonly number?: string;
  /** Display name, made harmless (no control or direction characters) and at most 80 characters. */
  readonly name?: string;
  /** Anonymous or with Privacy: nothing that says who it is may be shown, also not what P-Asserted-Identity said. */
  readonly withheld: boolean;
  /** The trunk's own judgement of the number, from trunks that may be believed (`verstat`, RFC 8588). */
  readonly verification?: 'passed' | 'failed' | 'none';
}

export type SipLegListener = (event: SipLegEvent) => void;

/** One SIP call as the gateway holds it. Every method is idempotent: a second hang-up does nothing. */
export interface SipLeg {
  /** Name of the trunk that it goes or came by. */
  readonly trunk: string;
  /** The Call-ID of the attempt in progress (a new attempt gets a new one). */
  readonly sipCallId: SipCallId;
  /**
   * Of an answered call: text by which another process can end it when this one dies (`SipCalls.endAbandoned`). It names the
   * far side: to be kept like the call's record, and never to be logged.
   */
  readonly lastWill?: string | undefined;
  /** Before the answer: CANCEL (held back until a 1xx came, RFC 3261 §9.1; a crossing 200 gets ACK and BYE). After: BYE. */
  hangup(cause?: { q850: number; text?: string }): void;
  /** Sends a re-INVITE with a new offer; settles with the answer. Rejects with SipRequestError. 491 is retried inside (§14.1). */
  reoffer(sdp: string): Promise<string>;
  /** Sends a digit by INFO (application/dtmf-relay), for trunks that take nothing else. Failures are logged only. */
  sendDtmfInfo(digit: string, durationMs: number): void;
  /**
   * Asks the far side to call somebody else in our place (REFER). `to`: a user part or a SIP URI, or another call of ours
   * that the far side shall take over (Replaces: attended). Settles when the far side said that the new call is answered
   * (then this leg is to be hung up); rejects with SipRequestError when it refused, failed or said nothing in time.
   */
  refer(to: string | SipLeg): Promise<void>;
}

/** Why a call that came in is refused. */
export interface Refusal {
  /** 300–699. */
  readonly status: number;
  readonly q850?: number;
  /** For the Reason header; at most one short sentence without numbers. */
  readonly text?: string;
  readonly retryAfterS?: number;
  /** Where it is to go instead (302). A user part or SIP URI. */
  readonly contact?: string;
}

/** A call that comes in, before its answer. After the answer it is a leg like any other. */
export interface InboundLeg extends SipLeg {
  /** 180, once more is harmless. */
  ring(): void;
  /** 183 with our description: the caller hears what we send. */
  progress(sdp: string): void;
  /**
   * 200. `sdp` is our answer, or our offer when the INVITE had none: then settles with the answer of the ACK (undefined
   * when the ACK had none: RFC 3264 wants the call ended). Settles when the ACK came; rejects with SipRequestError when
   * the call was cancelled, or nobody acknowledged.
   */
  answer(sdp: string): Promise<string | undefined>;
  /** The final failure. */
  reject(refusal: Refusal): void;
}

/** What is known of a call that comes in. */
export interface InboundCall {
  readonly leg: InboundLeg;
  /** The id that stands in every log line of this call; the SIP side made it. */
  readonly callRef: string;
  /** The trunk that it came by, and the account (of an extension) whose registration it was sent to. */
  readonly trunk: string;
  readonly account?: string;
  /**
   * Who is called: from the first of the trunk's sources (Request-URI, To, P-Called-Party-ID, Diversion, a header) that has
   * it; in E.164 where the trunk's number format allows, else as it came (`200`, `alice`).
   */
  readonly called: string;
  readonly caller: Party;
  /** Who forwarded the call, last first (Diversion, History-Info). */
  readonly divertedBy: readonly Party[];
  /** The offer; absent: ours is asked for (late offer). */
  readonly sdp?: string;
  /** The call of ours that this one takes the place of (INVITE with Replaces, RFC 3891), checked to be one. */
  readonly replaces?: SipLeg;
  /** Max-Forwards that is left; an outbound call made because of this one carries one less. */
  readonly maxForwards: number;
  /** Set the listener at once, before anything else is awaited. */
  listen(listener: SipLegListener): void;
}

export interface OutboundCallRequest {
  /** The id that stands in every log line of this call. */
  readonly callRef: string;
  /** Name of the trunk. */
  readonly trunk: string;
  /** The account of the trunk (an extension) in whose name the call is made. Default: the trunk's own. */
  readonly account?: string;
  /** What was dialled after number policy: a user part (`+441818118181`, `200`, `*31#…`) or a whole SIP URI. */
  readonly target: string;
  /** What the called party shall see, as user part, or undefined for the trunk's default; `anonymous` asks for CLIR. */
  readonly callerId?: string;
  readonly callerName?: string;
  /** Our RTP offer. */
  readonly sdp: string;
  /** CANCEL after this many ms without an answer. */
  readonly ringTimeoutMs: number;
  /** Give the trunk up when not even a 1xx came after this many ms, so that another can be tried. */
  readonly responseTimeoutMs?: number;
  /** Who forwarded the call to here, last first: Diversion where the trunk's settings want it. */
  readonly divertedBy?: readonly Party[];
  /** Default 70. */
  readonly maxForwards?: number;
  /** Value of a Replaces header. */
  readonly replaces?: string;
  /** User part for Referred-By. */
  readonly referredBy?: string;
  /** Whether the call may be sent on to this number (3xx); default: what holds for every call. */
  readonly mayRedirectTo?: (user: string) => boolean;
  /** Headers of this call alone, such as the location text of an emergency call. */
  readonly extraHeaders?: Readonly<Record<string, string>>;
}

export type TrunkState = 'up' | 'down' | 'unknown';

/** A trunk, as administrators and routing see it. */
export interface TrunkStatus {
  readonly name: string;
  /** `down`: neither keep-alive nor calls get an answer, or it is not registered. `unknown`: nothing was tried yet. */
  readonly state: TrunkState;
  /** In words, when there is anything to say: what is wrong and what to do. */
  readonly detail?: string;
  /** Since when it is so: ms since 1970. */
  readonly since: number;
  readonly calls: number;
  readonly maxCalls?: number;
  /** One for each account that registers: the trunk's own and its extensions. */
  readonly registrations: readonly RegistrationStatus[];
  /** Of a trunk by TLS, when its certificate was seen: when that expires, ms since 1970. */
  readonly certificateExpiresAt?: number;
}

/** What a PBX says about voicemail of an account (RFC 3842). */
export interface MessageWaiting {
  readonly trunk: string;
  readonly account: string;
  readonly waiting: boolean;
  readonly newMessages?: number;
  readonly oldMessages?: number;
}

export interface RegistrationStatus {
  readonly account: string;
  readonly state: 'registered' | 'registering' | 'refused' | 'unreachable' | 'unregistered';
  /** In words. */
  readonly detail?: string;
  /** ms since 1970. */
  readonly expiresAt?: number;
  readonly lastRegisteredAt?: number;
}

/** Places and takes calls on the trunks. */
export interface SipCalls {
  /** Takes calls in. Before it is called, and when it throws, they are refused with 503. */
  onCall(take: (call: InboundCall) => void): void;
  /** Every trunk, in the order of the configuration. Quick: it is asked for each call. */
  trunks(): readonly TrunkStatus[];
  /** Starts a call; returns at once. The first event never comes before this returned. */
  placeCall(request: OutboundCallRequest, listener: SipLegListener): SipLeg;
  /**
   * Ends by BYE the calls that an earlier process has left behind, by their `lastWill`.
   * @returns when each is answered, or will not be
   */
  endAbandoned?(lastWills: readonly string[]): Promise<void>;
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
