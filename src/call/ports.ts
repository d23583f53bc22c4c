/** What a call needs of the world around it, as interfaces: time, the decision, the journal of live calls. */
import type { RtpOfferOptions } from '../../media/index.ts';
import type { Party, Refusal } from '../../sip/index.ts';
import type { CallId, CallVersion, MatrixUserId, RingTarget, RoomId } from '../matrix/index.ts';
import type { Currency, Micros } from '../money.ts';
import type { Decided, Plan, Route } from './machine.ts';
import type { GatewayCause } from './reasons.ts';
import type { CallRecord } from './record.ts';
import type { SentenceParameters } from './sentences.ts';

/** Time. `now` is milliseconds since the Unix epoch and never runs backwards (fractions allowed). */
export interface Clock {
  now(): number;
  /** Runs `task` once after `delayMs`; the function returned prevents it. */
  after(delayMs: number, task: () => void): () => void;
}

/** Whom a call in a room is for. */
export interface Callee {
  /** The ghost that answers. */
  readonly ghost: MatrixUserId;
  /** The string that was dialled, as the ghost's user ID carries it. */
  readonly dialled: string;
}

/** How many calls there are besides the one that is being decided. */
export interface LiveCounts {
  readonly total: number;
  readonly ofCaller: number;
  readonly inRoom: number;
}

/** A call that wants to be made. */
export interface CallRequest {
  readonly callRef: string;
  readonly caller: MatrixUserId;
  /** The room of the call: users may have chosen for it what they want to be seen as. */
  readonly roomId?: RoomId;
  /** As dialled. */
  readonly dialled: string;
  readonly live: LiveCounts;
  /** The call is made because another one is transferred: the line it stands in for is one that the user has already. */
  readonly isTransfer?: true;
  /** Max-Forwards that is left (RFC 3261 §20.22) when the call is made because of another one. */
  readonly maxForwards?: number;
}

/** Decides whether and how a call is made. Quick: it is on the way to the INVITE. Must not change anything. */
export type Decide = (request: CallRequest) => Decided | Promise<Decided>;

/** Whether a call of this user that went out by a route may be sent on to a number by the network (3xx). */
export type MayBeSentOn = (caller: MatrixUserId, target: string, route: Route) => boolean;

/** A call from the telephone that wants to ring somebody. */
export interface InboundRequest {
  readonly callRef: string;
  readonly trunk: string;
  readonly account?: string;
  /** In E.164 where the trunk's number format allows, else as it came. */
  readonly called: string;
  readonly caller: Party;
  /** All live calls of the gateway. */
  readonly live: number;
}

/** Who rings together, and for how long. */
export interface RingStep {
  readonly targets: readonly RingTarget[];
  readonly forMs: number;
}

/** What becomes of a call that nobody took. */
export type InboundOutcome =
  | { readonly kind: 'refuse'; readonly refusal: Refusal }
  /** The telephone network is told to try another number (302). */
  | { readonly kind: 'redirect'; readonly to: string }
  /** It goes on to a number, as `by` dials it: in their name and at their price. */
  | { readonly kind: 'forward'; readonly to: string; readonly by: MatrixUserId };

/** Why nobody took it. Of several in one call the first in this order counts. */
export type NobodyTook = 'rejected' | 'busy' | 'no-answer' | 'nobody-reachable';

export interface InboundPlan {
  /** One after the other, until somebody answers. None: the call goes to the outcome for `instead` at once. */
  readonly steps: readonly RingStep[];
  /** Of a plan without steps. Default `nobody-reachable`. */
  readonly instead?: NobodyTook;
  /** Who would ring and is not to be disturbed: they are told of a call that nobody took. */
  readonly quiet?: readonly MatrixUserId[];
  readonly rtp: RtpOfferOptions;
  /** A reject of one ends the ringing of all (`all`), or takes that one out alone (`one`). */
  readonly rejectEnds: 'all' | 'one';
  readonly outcomes: Readonly<Record<NobodyTook, InboundOutcome>>;
  readonly longestCallMs?: number;
  /** Digits go as RFC 4733 events, or as INFO requests. */
  readonly dtmf: 'rtp' | 'info';
}

export type InboundDecided =
  | { readonly kind: 'ring'; readonly plan: InboundPlan }
  /** `admin` says why, for the log. */
  | { readonly kind: 'refuse'; readonly refusal: Refusal; readonly admin: string };

/** Decides whom a call from the telephone rings. Quick; must not change anything. */
export type DecideInbound = (request: InboundRequest) => InboundDecided | Promise<InboundDecided>;

/**
 * What must be known of a live Matrix call to end it in words after the process died. A call in from the telephone has one
 * for each room in which it rings.
 */
export interface JournalEntry {
  /** Names the entry; of a call in that rings in several rooms, one of these. */
  readonly callRef: string;
  readonly roomId: RoomId;
  readonly callId: CallId;
  readonly ghost: MatrixUserId;
  /** The user who called or is called; absent where everybody in a room rings. */
  readonly caller?: MatrixUserId;
  readonly partyId: string;
  readonly version: CallVersion;
  /** Milliseconds since the Unix epoch. */
  readonly openedAt: number;
  /** Whether the call had an answer in Matrix, or was about to: decides between reject and hang-up. */
  readonly matrixAnswered: boolean;
  /** By which the telephone's side can be ended after a restart (`SipLeg.lastWill`); once it is answered. */
  readonly lastWill?: string;
  /** Of a call in: what is said to whoever missed it. */
  readonly inbound?: { readonly callRef: string; readonly missed: string };
}

/** Kinds of notices that users may choose not to get. */
export type CallNoticeKind =
  /** A call from the telephone that nobody took. */
  | 'missed'
  /** Somebody else took it. */
  | 'elsewhere'
  /** Why a call failed or ended. */
  | 'failed';

/** Whether this user wants this kind of notice; without a user: whether a room of several gets it. */
export type MayNotify = (user: MatrixUserId | undefined, kind: CallNoticeKind) => boolean | Promise<boolean>;

export type JournalChange = { readonly matrixAnswered: true } | { readonly lastWill: string };

/** Live calls on disk. Each method settles when its change is durable. Implemented by the store. */
export interface CallJournal {
  /** Before the first outside effect of a call that is let through. */
  opened(entry: JournalEntry): Promise<void>;
  /** `matrixAnswered`: before `m.call.answer` is sent, or the answer of a client is taken. */
  updated(callRef: string, change: JournalChange): Promise<void>;
  /** The call is over; the entry is no longer live. Unknown references are not an error. */
  closed(callRef: string, record: CallRecord | undefined): Promise<void>;
  /** The entries that were never closed: calls that died with an earlier process. */
  live(): Promise<readonly JournalEntry[]>;
}

// ── Money and records ────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * What a call costs from its 2xx on: the fee, then `firstS` seconds, then steps of `nextS` seconds, at `perMinute`. The whole is
 * rounded up once, to a millionth.
 */
export interface Tariff {
  readonly currency: Currency;
  readonly connectFee: Micros;
  readonly perMinute: Micros;
  /** Whole seconds, at least 1. */
  readonly firstS: number;
  readonly nextS: number;
}

/** What a route costs. `call` hands it on and does not look inside. */
export interface RouteTariff {
  /** What the user pays. */
  readonly price: Tariff;
  /** What the provider takes, where that is known. */
  readonly cost?: Tariff;
  /** Names the rate in records: deck, prefix, and from when it holds. */
  readonly rate: string;
}

/** A call that is about to begin, as it is entered in the books. */
export type AccountedCall =
  | {
      readonly direction: 'out';
      readonly callRef: string;
      readonly user: MatrixUserId;
      /** Room, `call_id` and ghost are absent of a call that was forwarded: it is in no room. */
      readonly roomId?: RoomId;
      readonly callId?: CallId;
      readonly ghost?: MatrixUserId;
      readonly dialled: string;
      readonly plan: Plan;
      /** To a number of our own: it never leaves the house and costs nothing. */
      readonly isInside: boolean;
      /** The call in whose place it comes. */
      readonly transferOf?: string;
      /** ms since 1970. */
      readonly openedAt: number;
    }
  | {
      readonly direction: 'in';
      readonly callRef: string;
      readonly trunk: string;
      readonly account?: string;
      readonly sipCallId: string;
      /** As the caller may be shown; absent when withheld. */
      readonly callerNumber?: string;
      readonly called: string;
      readonly openedAt: number;
    };

export type CallEntered =
  /** `longestMs`: what is left of a limit, from the answer on. */
  | { readonly kind: 'entered'; readonly longestMs?: number }
  /** Not enough credit, or a limit: nothing was reserved, and the call must not be made. */
  | {
      readonly kind: 'refused';
      readonly cause: GatewayCause;
      readonly params?: SentenceParameters;
      readonly admin?: string;
    };

export type CreditEvent =
  /** The credit ends in so long, unless more comes: told once. */
  { readonly type: 'low'; readonly leftMs: number } | { readonly type: 'used-up' };

/** What happened to a call that must not be forgotten if the process dies. `attempt` counts from 0. */
export type CallProgress =
  | {
      readonly type: 'placed' | 'ringing' | 'answered';
      readonly attempt: number;
      readonly at: number;
      readonly sipCallId?: string;
    }
  /** Of a call in: who took it, and where. */
  | {
      readonly type: 'taken';
      readonly at: number;
      readonly user: MatrixUserId;
      readonly roomId: RoomId;
      readonly callId: CallId;
    };

/** The books of calls: a record for each, and the money for those that cost any. */
export interface CallAccounting {
  /**
   * Before the first outside effect of a call that was let through: settles when it is on record, and the first increment and
   * the fee of its dearest route are reserved. One at a time for each user, so that limits hold for calls at once.
   * Rejects when the books cannot be written: then the call is not made.
   * @param onCredit may be called at any time until `close`
   */
  enter(call: AccountedCall, onCredit: (event: CreditEvent) => void): Promise<CallEntered>;
  /** Not waited for. From `answered` on the call costs. */
  progressed(callRef: string, progress: CallProgress): void;
  /**
   * The call is over: its record is closed and its price settled, in one commit. Also of calls that were refused and never
   * entered. The same call twice changes nothing.
   */
  close(record: CallRecord): Promise<void>;
}

/** The clock of the machine: monotonic, and close to the wall clock. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};
