/** What the machine remembers of one call in from the telephone. All plain data. */
import type { Direction, IceCandidate } from '../../../media/index.ts';
import type { Party } from '../../../sip/index.ts';
import {
  type CallRoomFailure,
  type CallVersion,
  type MatrixUserId,
  type RingTarget,
  targetKey,
} from '../../matrix/index.ts';
import type { PlannedState } from '../machine/state.ts';
import type { InboundMedia } from '../media-leg.ts';
import type { InboundPlan } from '../ports.ts';
import type { Onward } from '../transfer/onward.ts';

/** One device of one user, as far as it names itself (absent: version 0). */
export interface ClientParty {
  readonly user: MatrixUserId;
  readonly id?: string;
  readonly version: CallVersion;
}

/** What became of one that was to ring. */
export type Verdict =
  /** Somebody there answered. */
  | 'answered'
  | 'rejected'
  /** Is on the telephone, or was about to call out. */
  | 'busy'
  /** Rang, and nobody answered. */
  | 'no-answer'
  /** The call ended before this one could say anything: the caller gave up, or somebody else answered. */
  | 'called-off'
  | CallRoomFailure;

export interface PartyCandidates {
  readonly party: string;
  readonly candidates: readonly IceCandidate[];
}

/** One Matrix call in one room: each target that rings has its own. */
export interface Ring {
  readonly id: number;
  readonly target: RingTarget;
  /**
   * `seeking`: its room is being found. `waiting`: the room is there, our offer is not. `ringing`: the invite is on its way
   * or there. `over`: it does not ring (any more).
   */
  readonly status: 'seeking' | 'waiting' | 'ringing' | 'over';
  /** Of one that is over. */
  readonly verdict?: Verdict;
  /** The homeserver has its invite. */
  readonly isSent?: true;
  /** A room was found for it: what is to be said can be said there. */
  readonly hasRoom: boolean;
  /** Somebody in a room of several declined: the others ring on. */
  readonly declined?: true;
  /** A device tried to answer and has no microphone. */
  readonly mediaFailed?: true;
  /** What devices sent ahead of their answer. */
  readonly candidates: readonly PartyCandidates[];
}

/** What is known from the INVITE on. */
export interface InboundFacts {
  readonly trunk: string;
  readonly called: string;
  /** The party that we are towards the clients. */
  readonly ownParty: string;
  /** The offer; absent: ours is asked for (late offer). */
  readonly sdp?: string;
}

export interface RingingState {
  readonly phase: 'ringing';
  readonly facts: InboundFacts;
  readonly plan: InboundPlan;
  /** Which step of the plan rings, from 0. */
  readonly step: number;
  /** Those of all steps so far. */
  readonly rings: readonly Ring[];
  /** The media are set up. */
  readonly media?: InboundMedia;
  /** Whom the caller turned out to be since the INVITE. */
  readonly party?: Party;
  /** 180 has been sent. */
  readonly isAlerted: boolean;
}

/** Nobody took it, and another number is called. */
export interface ForwardingState {
  readonly phase: 'forwarding';
  readonly facts: InboundFacts;
  readonly plan: InboundPlan;
  readonly rings: readonly Ring[];
  readonly onward: Onward;
  /** The media are set up. */
  readonly media?: InboundMedia;
  readonly party?: Party;
  /** 180 has been sent. */
  readonly isAlerted: boolean;
}

export interface AnsweredState {
  readonly phase: 'answered';
  readonly facts: InboundFacts;
  readonly rings: readonly Ring[];
  readonly winner: { readonly ring: number; readonly party: ClientParty };
  /** What the telephone will be told: our answer, or our offer once the client's answer allows one. */
  readonly ours?: { readonly sdp: string; readonly direction: Direction };
  /** The client's answer has been taken by the media. */
  readonly isTaken: boolean;
  /** As in a call out, from `early` on: the client is answered, the telephone is not. */
  readonly inCall: PlannedState;
}

export type InboundState =
  /** Before the INVITE. */
  | { readonly phase: 'new' }
  /** Whom it rings is being decided. */
  | { readonly phase: 'deciding'; readonly facts: InboundFacts }
  | RingingState
  | ForwardingState
  | AnsweredState
  /** Over. Nothing more is done for it. */
  | { readonly phase: 'ended'; readonly rings: readonly Ring[] };

export type InboundPhase = InboundState['phase'];

export const inboundPhases: readonly InboundPhase[] = ['new', 'deciding', 'ringing', 'forwarding', 'answered', 'ended'];

export const partyKey = ({ user, id }: ClientParty): string => `${user} ${id ?? ''}`;

/** Whether two targets are the same people. */
export function sameTarget(a: RingTarget, b: RingTarget): boolean {
  return targetKey(a) === targetKey(b);
}
