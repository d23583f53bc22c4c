/** The phases before there is a plan: `new` and `deciding`; and the one after everything, `ended`. */
import { explainGateway } from '../reasons.ts';
import { callerHangsUp, callerLeaves, callerSelects, callerTransfersTooEarly, lifetimeIsOver } from './caller.ts';
import type { Step } from './effects.ts';
import { end, endByGateway } from './ending.ts';
import type { CallEvent, Decided } from './events.ts';
import { type CallState, type Facts, mostCandidates, quietTalks } from './state.ts';
import { refusal } from './transfers.ts';

type StateOf<P extends CallState['phase']> = Extract<CallState, { phase: P }>;

const same = (state: CallState): Step<CallState> => ({ state, effects: [] });

export function stepNew(state: StateOf<'new'>, event: CallEvent): Step<CallState> {
  if (event.type === 'sip-reoffer') return refuseReoffer(state, event.id);
  if (event.type === 'sip-refer' || event.type === 'sip-replacement') return { state, effects: [refusal(event)] };
  if (event.type !== 'matrix-invite') return same(state);
  const facts: Facts = {
    version: event.version,
    ownParty: event.ownParty,
    ...(event.callerParty === undefined ? {} : { callerParty: event.callerParty }),
  };
  const deciding: StateOf<'deciding'> = {
    phase: 'deciding',
    facts,
    offerSdp: event.sdp,
    candidates: event.candidates.slice(0, mostCandidates),
  };
  if (event.remainingMs <= 0) {
    // Its client has given up long ago (the gateway was down): ringing anybody now would be wrong.
    return end(deciding, { by: 'gateway', why: explainGateway('invite-stale'), tellMatrix: false });
  }
  return {
    state: deciding,
    effects: [{ type: 'setTimer', timer: 'lifetime', afterMs: event.remainingMs }, { type: 'decide' }],
  };
}

export function stepDeciding(state: StateOf<'deciding'>, event: CallEvent): Step<CallState> {
  switch (event.type) {
    case 'decided':
      return onDecision(state, event.decision);
    case 'matrix-candidates': {
      const candidates = [...state.candidates, ...event.candidates].slice(0, mostCandidates);
      return { state: { ...state, candidates }, effects: [] };
    }
    case 'matrix-hangup':
      return callerHangsUp(state, event.reason);
    case 'matrix-reject':
      return callerHangsUp(state, undefined);
    case 'matrix-select-answer':
      return callerSelects(state, event.selectedParty) ?? same(state);
    case 'matrix-left':
      return callerLeaves(state);
    case 'matrix-replaces':
      return callerTransfersTooEarly(state);
    case 'timer':
      return event.timer === 'lifetime' ? lifetimeIsOver(state) : same(state);
    case 'gateway-failed':
      return endByGateway(state, explainGateway('gateway-problem', event.message));
    case 'shutdown':
      return endByGateway(state, explainGateway('gateway-stopping'));
    case 'credit-used-up':
      return endByGateway(state, explainGateway('credit-used-up'));
    case 'end-now':
      return endByGateway(state, explainGateway(event.cause));
    case 'sip-reoffer':
      return refuseReoffer(state, event.id);
    case 'sip-refer':
    case 'sip-replacement':
      return { state, effects: [refusal(event)] };
    // A repeated invite, a client that negotiates too early, and whatever belongs to legs that do not exist yet.
    case 'matrix-invite':
    case 'matrix-answer':
    case 'matrix-offer':
    case 'matrix-reanswer':
    case 'matrix-muted':
    case 'sip-provisional':
    case 'sip-answered':
    case 'sip-failed':
    case 'sip-ended':
    case 'sip-identity':
    case 'sip-dtmf':
    case 'webrtc-connected':
    case 'webrtc-failed':
    case 'webrtc-closed':
    case 'early-audio':
    case 'media-dtmf':
    case 'media-timeout':
    case 'engine-failed':
    case 'prepared':
    case 'matrix-answer-ready':
    case 'matrix-renegotiated':
    case 'matrix-reoffer-ready':
    case 'sip-renegotiated':
    case 'sip-reoffer-answered':
    case 'sip-reoffer-failed':
    case 'transfer-done':
    case 'transfer-failed':
    case 'telephone-replaced':
    case 'media-failed':
    case 'matrix-send-failed':
    // Nothing costs yet.
    case 'credit-low':
      return same(state);
    default:
      return event satisfies never;
  }
}

function onDecision(state: StateOf<'deciding'>, decision: Decided): Step<CallState> {
  switch (decision.kind) {
    case 'allow':
    case 'inside':
      return {
        state: {
          phase: 'preparing',
          facts: state.facts,
          plan: decision.plan,
          talks: quietTalks,
          webrtcUp: false,
          attempt: 0,
          failed: [],
          heard: false,
        },
        effects: [
          { type: 'prepare', offerSdp: state.offerSdp, candidates: state.candidates },
          ...(decision.plan.notice ? [{ type: 'notice', sentence: decision.plan.notice } as const] : []),
        ],
      };
    case 'refuse': {
      const why = explainGateway(decision.cause, decision.admin);
      const sentence =
        why.sentence && decision.params ? { sentence: { key: why.sentence, params: decision.params } } : {};
      return endByGateway(state, why, sentence);
    }
    case 'not-ours':
      return end(state, { by: 'gateway', why: explainGateway('not-ours'), tellMatrix: false });
    default:
      return decision satisfies never;
  }
}

/** An ended call answers only what must not be left without an answer. */
export function stepEnded(state: StateOf<'ended'>, event: CallEvent): Step<CallState> {
  if (event.type === 'sip-refer' || event.type === 'sip-replacement') return { state, effects: [refusal(event)] };
  return event.type === 'sip-reoffer' ? refuseReoffer(state, event.id) : same(state);
}

function refuseReoffer(state: CallState, id: number): Step<CallState> {
  return { state, effects: [{ type: 'refuseSipReoffer', id, status: 500 }] };
}
