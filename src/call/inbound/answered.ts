/**
 * From the first answer of a client on. The telephone is answered when the client's audio is up, so that nobody pays for a
 * call that cannot be heard, and no first word is lost; a client that takes longer is not waited for. From then on the call
 * is stepped as any call is.
 */

import type { Effect, Step } from '../machine/effects.ts';
import { end, endByGateway } from '../machine/ending.ts';
import type { CallEvent } from '../machine/events.ts';
import { stepPlanned } from '../machine/planned.ts';
import { connectMs } from '../machine/progress.ts';
import { type CallState, type Plan, type PlannedState, quietTalks } from '../machine/state.ts';
import * as talks from '../machine/talks.ts';
import type { InboundPlan } from '../ports.ts';
import { explainGateway, explainMedia, telephoneCause } from '../reasons.ts';
import type { InboundEffect, InboundStep } from './effects.ts';
import { endRings, missedBy } from './ending.ts';
import type { InboundEvent } from './events.ts';
import { leftOver } from './left-over.ts';
import {
  type AnsweredState,
  type ClientParty,
  type InboundFacts,
  partyKey,
  type Ring,
  type RingingState,
} from './state.ts';

/** A client whose audio takes longer than this is answered for all the same. */
export const audioPatienceMs = 2_000;

/** The first answer: this party has the call, all others stop ringing. */
export function answer(state: RingingState, ring: Ring, party: ClientParty, sdp: string): InboundStep {
  const { rings, effects } = endRings(state.rings, 'answered_elsewhere', (other) =>
    other.id === ring.id ? undefined : 'called-off',
  );
  const won: Ring = { ...ring, status: 'over', verdict: 'answered', candidates: [] };
  const all = rings.map((other) => (other.id === ring.id ? won : other));
  const key = partyKey(party);
  const candidates = ring.candidates.find((kept) => kept.party === key)?.candidates ?? [];
  const { facts, plan, media } = state;
  return {
    state: {
      phase: 'answered',
      facts,
      rings: all,
      winner: { ring: ring.id, party },
      ...(media?.telephone ? { ours: media.telephone } : {}),
      isTaken: false,
      inCall: asInCall(facts, plan, party),
    },
    effects: [
      {
        type: 'selectAnswer',
        ring: ring.id,
        user: party.user,
        ...(party.id === undefined ? {} : { party: party.id }),
      },
      ...(state.party ? [{ type: 'assertIdentity', party: state.party } as const] : []),
      { type: 'clearRingTimer', timer: 'step' },
      { type: 'clearRingTimer', timer: 'silence' },
      { type: 'clearRingTimer', timer: 'again' },
      ...effects,
      {
        type: 'acceptClient',
        sdp,
        candidates,
        ...(facts.sdp === undefined ? { rtp: plan.rtp } : {}),
      },
      { type: 'setRingTimer', timer: 'audio', afterMs: audioPatienceMs },
      ...tellOthers(all, ring, party),
    ],
  };
}

/** Who took the call is said to whoever was rung, too, and in a room of several to all of them. */
function tellOthers(rings: readonly Ring[], won: Ring, { user }: ClientParty): InboundEffect[] {
  const others = missedBy(rings).filter(({ id }) => id !== won.id);
  const told = won.target.kind !== 'user' ? [won, ...others] : others;
  return told.map(({ id }) => ({ type: 'tellAnsweredBy', ring: id, user }));
}

/** The same call as the machine of any call knows it. */
function asInCall({ trunk, called, ownParty }: InboundFacts, plan: InboundPlan, party: ClientParty): PlannedState {
  const { rtp, dtmf, longestCallMs } = plan;
  const only: Plan = {
    routes: [{ trunk, target: called, rtp, dtmf, earlyMedia: 'ringback', ringTimeoutMs: 0 }],
    ...(longestCallMs === undefined ? {} : { longestCallMs }),
  };
  return {
    phase: 'early',
    facts: {
      version: party.version,
      ownParty,
      client: 'callee',
      ...(party.id === undefined ? {} : { callerParty: party.id }),
    },
    plan: only,
    talks: quietTalks,
    webrtcUp: false,
    attempt: 0,
    failed: [],
    heard: false,
  };
}

export function stepAnswered(state: AnsweredState, event: InboundEvent): InboundStep {
  switch (event.type) {
    case 'client-accepted':
      if (state.isTaken) return { state, effects: [] };
      return telephoneOrWait({ ...state, isTaken: true, ...(event.telephone ? { ours: event.telephone } : {}) });
    case 'ring-timer':
      return event.timer === 'audio' && state.isTaken ? answerTelephone(state) : { state, effects: [] };
    case 'sip-acknowledged':
      return acknowledged(state, event.sdp);
    case 'media-failed': {
      if (event.during !== 'matrix-answer' || state.isTaken) return inCall(state, event);
      // It is the client's answer that cannot be used: the telephone's offer was taken long ago.
      const why = explainMedia(event.code, 'webrtc', event.message);
      return within(state, endByGateway(state.inCall, why, { sipCause: telephoneCause('ice_failed') }));
    }
    case 'sip-failed':
      return within(state, callerIsGone(state.inCall, event));
    case 'sip-reoffer':
      // RFC 3311 §5.2: an UPDATE before the first offer is answered.
      return state.inCall.phase === 'early' ? leftOver(state, event) : inCall(state, event);
    case 'webrtc-connected':
      if (state.inCall.phase !== 'early') return inCall(state, event);
      return telephoneOrWait({ ...state, inCall: { ...state.inCall, webrtcUp: true } });

    // What came too late for the ringing, and what belongs to phases that are over.
    case 'sip-invite':
    case 'inbound-decided':
    case 'media-ready':
    case 'ring-room':
    case 'ring-unreachable':
    case 'ring-sent':
    case 'ring-answer':
    case 'ring-candidates':
    case 'ring-reject':
    case 'ring-hangup':
    case 'ring-left':
    case 'ring-yields':
    case 'forward-rings':
    case 'forward-done':
    case 'forward-failed':
    // A client does not choose among answers to a call that it did not make.
    case 'matrix-select-answer':
    case 'sip-provisional':
    case 'sip-answered':
      return { state, effects: [] };
    default:
      return inCall(state, event);
  }
}

function inCall(state: AnsweredState, event: CallEvent): InboundStep {
  return within(state, stepPlanned(state.inCall, event));
}

function within(state: AnsweredState, { state: next, effects }: Step<CallState>): InboundStep {
  switch (next.phase) {
    case 'ended':
      return { state: { phase: 'ended', rings: state.rings }, effects };
    case 'new':
    case 'deciding':
      throw new Error(`a call in cannot become ${next.phase}`);
    default:
      return { state: { ...state, inCall: next }, effects };
  }
}

function telephoneOrWait(state: AnsweredState): InboundStep {
  return state.isTaken && state.inCall.webrtcUp ? answerTelephone(state) : { state, effects: [] };
}

/** 200. Nothing is offered to the telephone before its ACK (RFC 3261 §14.1): until then its offer counts as being answered. */
function answerTelephone(state: AnsweredState): InboundStep {
  const { ours, inCall } = state;
  if (!ours || inCall.phase !== 'early') return { state, effects: [] };
  const { longestCallMs } = inCall.plan;
  const isLate = state.facts.sdp === undefined;
  const effects: Effect[] = [
    // A late offer's audio flows when the ACK has answered it.
    ...(isLate ? [] : [{ type: 'connectMedia' } as const]),
    ...(inCall.webrtcUp ? [] : [{ type: 'setTimer', timer: 'connect', afterMs: connectMs } as const]),
    ...(longestCallMs === undefined
      ? []
      : [{ type: 'setTimer', timer: 'longest-call', afterMs: longestCallMs } as const]),
  ];
  return {
    state: {
      ...state,
      inCall: {
        ...inCall,
        phase: inCall.webrtcUp ? 'talking' : 'connecting',
        talks: { ...inCall.talks, sip: 'answering' },
      },
    },
    effects: [{ type: 'clearRingTimer', timer: 'audio' }, { type: 'answerSip', sdp: ours.sdp }, ...effects],
  };
}

/** The ACK. An offer of ours that it does not answer ends the call (RFC 3261 §13.2.2.4, RFC 3264 §4). */
function acknowledged(state: AnsweredState, sdp: string | undefined): InboundStep {
  const { inCall, ours, facts } = state;
  if (facts.sdp === undefined && sdp === undefined) {
    const why = explainMedia('no-audio', 'rtp', 'the ACK had no answer to our offer');
    // Q.850 cause 88: incompatible destination.
    return within(state, endByGateway(inCall, why, { sipCause: { q850: 88, text: 'Incompatible destination' } }));
  }
  const late: InboundEffect[] =
    facts.sdp !== undefined || sdp === undefined
      ? []
      : [{ type: 'acceptFinalMedia', sdp, forkId: 'ack' }, { type: 'connectMedia' }];
  const step = within(state, talks.sipRenegotiated(inCall, ours?.direction ?? 'sendrecv'));
  return { state: step.state, effects: [...late, ...step.effects] };
}

/** Before the 200 the caller gave up; after it nobody acknowledged, so there is no call (RFC 3261 §13.3.1.4). */
function callerIsGone(state: PlannedState, { failure }: Extract<CallEvent, { type: 'sip-failed' }>): Step<CallState> {
  if (state.phase !== 'early') {
    const why = explainGateway('connection-lost', `no ACK: ${failure.status} ${failure.phrase}`);
    return end(state, { by: 'network', why, tellMatrix: true });
  }
  const why = explainGateway(failure.elsewhere ? 'answered-elsewhere' : 'ended-at-once');
  return end(state, { by: 'callee', why, tellMatrix: true });
}
