/** What the machine remembers of one call out of Matrix. All plain data. */
import type { Direction, IceCandidate, RtpOfferOptions } from '../../../media/index.ts';
import type { Party } from '../../../sip/index.ts';
import type { CallVersion, MatrixUserId } from '../../matrix/index.ts';
import type { RouteTariff } from '../ports.ts';
import type { Sentence } from '../sentences.ts';
import type { FailedAttempt } from './failover.ts';

/** What is known from the invite on. */
export interface Facts {
  readonly version: CallVersion;
  /** The party that calls; absent in version 0. */
  readonly callerParty?: string;
  /** The party that we are in this call. */
  readonly ownParty: string;
  /** Whether the client called or was called. Default: it called. */
  readonly client?: 'caller' | 'callee';
}

/**
 * Whether the Matrix client is answered before the telephone is (Matrix calls have no early media): `ringback` never;
 * `answer-on-early-rtp` when enough of it has come to be an announcement.
 */
export type EarlyMediaPolicy = 'ringback' | 'answer-on-early-rtp';

/** One way out: a trunk, and how this call is put to it. */
export interface Route {
  /** Name of the trunk. */
  readonly trunk: string;
  /** The account (extension) in whose name it goes; default: the trunk's own. */
  readonly account?: string;
  /** What is put on the wire, before the trunk's own number format. */
  readonly target: string;
  readonly rtp: RtpOfferOptions;
  /** What the called party sees; `anonymous` withholds it, undefined leaves it to the trunk. */
  readonly callerId?: string;
  readonly callerName?: string;
  readonly earlyMedia: EarlyMediaPolicy;
  /** CANCEL after this long without an answer. */
  readonly ringTimeoutMs: number;
  /** Go on to the next route when not even a 1xx came in this time. */
  readonly responseTimeoutMs?: number;
  /** Statuses that go on to the next route although the cause table leaves that to the trunk. */
  readonly advanceOn?: readonly number[];
  readonly extraHeaders?: Readonly<Record<string, string>>;
  /** Digits go as RFC 4733 events, or as INFO requests. Default `rtp`. */
  readonly dtmf?: 'rtp' | 'info';
  /** The trunk takes a REFER of ours: a transfer is tried there before it is made inside the gateway. */
  readonly refer?: true;
  /** What it costs; absent where nothing is charged for. */
  readonly tariff?: RouteTariff;
}

/** What the decision laid down for this call. */
export interface Plan {
  /** Tried in this order, each only when the one before failed as a trunk fails, not as a person does. */
  readonly routes: readonly [Route, ...Route[]];
  /** The number in E.164, when it is one. */
  readonly e164?: string;
  /** Digits for after the answer; `,` is a pause of two seconds. */
  readonly afterAnswer?: string;
  /** The longest a call may last from its answer, or undefined. */
  readonly longestCallMs?: number;
  /** Country of the ringback tone. */
  readonly toneCountry?: string;
  /** An emergency call: no limit of the gateway ends or refuses it. */
  readonly emergency?: true;
  /** Said in the room when the call is made. */
  readonly notice?: Sentence;
}

/**
 * Who asks for which direction of audio, and who has been told. A side is told by an offer of ours; a side's wish is
 * what its own last offer asked for, seen from us towards the other side.
 */
export interface Talks {
  readonly matrix: 'idle' | 'answering' | 'offering' | 'waiting';
  readonly sip: 'idle' | 'answering' | 'offering';
  /** Direction that the telephone's wish asks us to have towards the client; and what the client has been told. */
  readonly towardsMatrix: Direction;
  readonly toldMatrix: Direction;
  /** Direction that the client's wish asks us to have towards the telephone; and what the telephone has been told. */
  readonly towardsSip: Direction;
  readonly toldSip: Direction;
  /** The direction in our offer that is under way. */
  readonly offeredMatrix?: Direction;
  readonly offeredSip?: Direction;
  /** A client's offer that came while its last one was being answered. Only the newest counts. */
  readonly nextMatrixOffer?: string;
}

export const quietTalks: Talks = {
  matrix: 'idle',
  sip: 'idle',
  towardsMatrix: 'sendrecv',
  toldMatrix: 'sendrecv',
  towardsSip: 'sendrecv',
  toldSip: 'sendrecv',
};

/** What a client asks for with `m.call.replaces` (MSC2747). */
export interface TransferRequest {
  readonly replacementId: string;
  /** Whom the telephone shall talk to. */
  readonly targetUser?: MatrixUserId;
  /** The call that the telephone's side is to make; of an attended transfer also the one that the other call awaits. */
  readonly createCall?: string;
  readonly awaitCall?: string;
}

/** Phases with a plan, in the order of a call that goes well. */
export type PlannedPhase =
  /** The media are being set up; nothing is on the wire. */
  | 'preparing'
  /** The INVITE is out; nobody rings yet. */
  | 'calling'
  /** The telephone rings. */
  | 'ringing'
  /** The Matrix answer is being made while the telephone still rings: early media shall be heard. */
  | 'answering-early'
  /** The client is answered, the telephone is not. */
  | 'early'
  /** The telephone answered; the Matrix answer is being made. */
  | 'answering'
  /** Both are answered; audio does not reach the client yet. */
  | 'connecting'
  | 'talking'
  /** The client has asked for its telephone to be put through to somebody else, and may be gone. */
  | 'transferring'
  /** The telephone has asked for somebody else in its place, and may be gone. */
  | 'referred';

export interface PlannedState {
  readonly phase: PlannedPhase;
  readonly facts: Facts;
  readonly plan: Plan;
  readonly talks: Talks;
  /** ICE and DTLS towards the client are up. */
  readonly webrtcUp: boolean;
  /** Which of the plan's routes is being tried, from 0. */
  readonly attempt: number;
  /** What was tried before it. */
  readonly failed: readonly FailedAttempt[];
  /** So much early audio has come that this attempt is more than a signal. */
  readonly heard: boolean;
  /** Whom the far side turned out to be, before the client could be told. */
  readonly party?: Party;
  /** What the client asked for. */
  readonly transfer?: TransferRequest;
  /** The client said good-bye on its media path: what its call event says is still on the way, or never comes. */
  readonly left?: true;
  /** The client is to hear the tone for credit that ends soon, and hears nothing yet. */
  readonly beepDue?: true;
  /** In a transfer: whoever asked for it has left. */
  readonly gone?: true;
}

export type CallState =
  /** Before the invite. */
  | { readonly phase: 'new' }
  /** Whether and how the call may be made is being decided. */
  | {
      readonly phase: 'deciding';
      readonly facts: Facts;
      readonly offerSdp: string;
      readonly candidates: readonly IceCandidate[];
    }
  | PlannedState
  /** Over. Nothing more is done for it. */
  | { readonly phase: 'ended' };

export type Phase = CallState['phase'];

export const phases: readonly Phase[] = [
  'new',
  'deciding',
  'preparing',
  'calling',
  'ringing',
  'answering-early',
  'early',
  'answering',
  'connecting',
  'talking',
  'transferring',
  'referred',
  'ended',
];

/** More candidates than any client gathers: what comes beyond is dropped. */
export const mostCandidates = 200;
