/**
 * A transfer to somebody who has to be called first, as a pure state machine. Two may ask for it: the client, whose telephone
 * is put through, or the telephone, in whose place somebody else is called (RFC 5589). What they have in common is here; what
 * is done with the media when the third one answers is each runner's.
 *
 *   deciding → (referring →) offering → calling → ringing → taking → over
 *                                ↑_________________|  the next route
 */
import type { MediaErrorCode } from '../../../media/index.ts';
import type { SipEnd, SipFailure } from '../../../sip/index.ts';
import { type FailedAttempt, followingRoute, mostTelling } from '../machine/failover.ts';
import type { CallEvent, Decided, Plan } from '../machine.ts';
import {
  type Explanation,
  explainEnd,
  explainFailure,
  explainGateway,
  explainMedia,
  type TelephoneCause,
  telephoneCause,
} from '../reasons.ts';
import type { EndedBy } from '../record.ts';
import type { Sentence } from '../sentences.ts';

interface Trying {
  readonly phase: 'offering' | 'calling' | 'ringing' | 'taking';
  readonly plan: Plan;
  /** Which of the plan's routes, from 0. */
  readonly attempt: number;
  readonly failed: readonly FailedAttempt[];
  /** Whoever waits has heard the network: another route would not go on from there. */
  readonly heard: boolean;
}

export type TransferState =
  /** Whether and how the third one may be called is being decided. */
  | { readonly phase: 'deciding'; readonly trunk: string | undefined }
  /** The trunk has been asked to do it (REFER). */
  | { readonly phase: 'referring'; readonly plan: Plan }
  | Trying
  | { readonly phase: 'over' };

export type TransferPhase = TransferState['phase'];

export type TransferMachineEvent =
  | { readonly type: 'decided'; readonly decision: Decided }
  | { readonly type: 'trunk-did-it' }
  | { readonly type: 'trunk-refused'; readonly message: string }
  | { readonly type: 'offered'; readonly sdp: string }
  /** The third one's audio is where it belongs. */
  | { readonly type: 'taken' }
  | { readonly type: 'media-failed'; readonly code: MediaErrorCode | 'unknown'; readonly message: string }
  | { readonly type: 'gateway-failed'; readonly message: string }
  | Extract<CallEvent, { type: 'sip-provisional' | 'sip-answered' | 'sip-failed' | 'sip-ended' }>
  /** The call that is transferred is over. */
  | { readonly type: 'cancel' }
  /** Of the user who pays for the third one. */
  | { readonly type: 'credit-used-up' };

/** Why a transfer came to nothing. */
export interface TransferFailure {
  readonly cause: Explanation['cause'];
  /** Whose doing it was. */
  readonly by: Extract<EndedBy, 'network' | 'gateway'>;
  /** Said to the user who asked. */
  readonly sentence?: Sentence;
  /** For administrators. */
  readonly why: string;
  /** The SIP status that says it to a telephone that asked. */
  readonly status: number;
  /** What a telephone that waits is told when nobody is left to talk to. */
  readonly telephone: TelephoneCause;
}

export type TransferEffect =
  /** ⇒ `decided` or `gateway-failed`. */
  | { readonly type: 'decide' }
  /** It may be done: a telephone that asked is told so. */
  | { readonly type: 'accept' }
  /** Ask the trunk to do it ⇒ `trunk-did-it` or `trunk-refused`. */
  | { readonly type: 'askTrunk'; readonly target: string }
  /** Make the offer for this route ⇒ `offered` or `media-failed`. */
  | { readonly type: 'offer'; readonly attempt: number }
  /** Send the INVITE ⇒ events of the leg. */
  | { readonly type: 'place'; readonly attempt: number; readonly sdp: string }
  | { readonly type: 'hangup'; readonly cause: TelephoneCause }
  /** Let whoever waits hear the network. */
  | { readonly type: 'early'; readonly sdp: string; readonly forkId: string }
  /** Let whoever waits hear a ringing tone. */
  | { readonly type: 'ringback' }
  /** Bring the third one's audio where it belongs ⇒ `taken` or `media-failed`. */
  | { readonly type: 'take'; readonly sdp: string; readonly forkId: string }
  /** Tell a telephone that asked how the new call gets on. */
  | { readonly type: 'report'; readonly status: number }
  /** Done. `byTrunk`: there is no new leg of ours. */
  | { readonly type: 'succeed'; readonly byTrunk: boolean }
  | { readonly type: 'fail'; readonly failure: TransferFailure }
  /** Broken off: nobody is to be told. */
  | { readonly type: 'abandon' };

export interface TransferStep {
  readonly state: TransferState;
  readonly effects: readonly TransferEffect[];
}

const over: TransferState = { phase: 'over' };
const same = (state: TransferState): TransferStep => ({ state, effects: [] });

/** @param trunk the trunk of the telephone that could be referred; undefined: it must be done here */
export function beginTransfer(trunk: string | undefined): TransferStep {
  return { state: { phase: 'deciding', trunk }, effects: [{ type: 'decide' }] };
}

export function stepTransfer(state: TransferState, event: TransferMachineEvent): TransferStep {
  if (state.phase === 'over') return same(state);
  if (event.type === 'cancel') return cancel(state);
  if (event.type === 'gateway-failed') {
    return fail(state, explainGateway('gateway-problem', event.message), { status: 500 });
  }
  if (event.type === 'credit-used-up') return fail(state, explainGateway('credit-used-up'), { status: 403 });
  switch (state.phase) {
    case 'deciding':
      return event.type === 'decided' ? onDecision(state.trunk, event.decision) : same(state);
    case 'referring':
      if (event.type === 'trunk-did-it') return { state: over, effects: [{ type: 'succeed', byTrunk: true }] };
      return event.type === 'trunk-refused' ? attempt(state.plan, 0, []) : same(state);
    case 'offering':
      return offering(state, event);
    case 'calling':
    case 'ringing':
      return calling(state, event);
    case 'taking':
      return taking(state, event);
    default:
      return state satisfies never;
  }
}

function onDecision(trunk: string | undefined, decision: Decided): TransferStep {
  switch (decision.kind) {
    case 'allow': {
      const [first] = decision.plan.routes;
      const accepted: TransferEffect[] = [{ type: 'accept' }];
      // What the trunk does by itself it charges for, and nobody here could say how long it lasted.
      if (first.refer && first.trunk === trunk && first.tariff === undefined) {
        return {
          state: { phase: 'referring', plan: decision.plan },
          effects: [...accepted, { type: 'askTrunk', target: first.target }],
        };
      }
      return prepend(accepted, attempt(decision.plan, 0, []));
    }
    case 'inside':
      return prepend([{ type: 'accept' }], attempt(decision.plan, 0, []));
    case 'refuse': {
      const why = explainGateway(decision.cause, decision.admin);
      const sentence = why.sentence && { key: why.sentence, ...(decision.params ? { params: decision.params } : {}) };
      return fail({ phase: 'deciding', trunk }, why, { status: 403, ...(sentence ? { sentence } : {}) });
    }
    case 'not-ours':
      return fail({ phase: 'deciding', trunk }, explainGateway('number-unusable'), { status: 404, silent: true });
    default:
      return decision satisfies never;
  }
}

function attempt(plan: Plan, number: number, failed: readonly FailedAttempt[]): TransferStep {
  return {
    state: { phase: 'offering', plan, attempt: number, failed, heard: false },
    effects: [{ type: 'offer', attempt: number }],
  };
}

function offering(state: Trying, event: TransferMachineEvent): TransferStep {
  if (event.type === 'offered') {
    return {
      state: { ...state, phase: 'calling' },
      effects: [{ type: 'place', attempt: state.attempt, sdp: event.sdp }],
    };
  }
  return event.type === 'media-failed' ? fail(state, explainMedia(event.code, 'rtp', event.message)) : same(state);
}

function calling(state: Trying, event: TransferMachineEvent): TransferStep {
  switch (event.type) {
    case 'sip-provisional': {
      if (event.status < 180 || event.status >= 190) return same(state);
      const told: TransferEffect[] = state.phase === 'calling' ? [{ type: 'report', status: event.status }] : [];
      if (event.sdp === undefined) {
        const rings: TransferEffect[] = state.heard || state.phase === 'ringing' ? [] : [{ type: 'ringback' }];
        return { state: { ...state, phase: 'ringing' }, effects: [...told, ...rings] };
      }
      return {
        state: { ...state, phase: 'ringing', heard: true },
        effects: [...told, { type: 'early', sdp: event.sdp, forkId: event.forkId }],
      };
    }
    case 'sip-answered':
      return {
        state: { ...state, phase: 'taking' },
        effects: [{ type: 'take', sdp: event.sdp, forkId: event.forkId }],
      };
    case 'sip-failed':
      return legFails(state, event.failure);
    case 'sip-ended':
      return legEnds(event.end);
    default:
      return same(state);
  }
}

function legFails(state: Trying, last: SipFailure): TransferStep {
  const next = state.heard ? undefined : followingRoute(state.plan, state.attempt, last);
  if (next !== undefined) {
    const trunk = state.plan.routes[state.attempt]?.trunk ?? '';
    return attempt(state.plan, next, [...state.failed, { trunk, failure: last }]);
  }
  const failure = mostTelling(state.failed, last);
  return failed(explainFailure(failure), { status: failure.status });
}

/** It answered, and was gone before its audio was there. */
function legEnds(end: SipEnd): TransferStep {
  const { admin } = explainEnd(end);
  return failed(explainGateway('ended-at-once', admin), { status: 480 });
}

function taking(state: Trying, event: TransferMachineEvent): TransferStep {
  switch (event.type) {
    case 'taken':
      return {
        state: over,
        effects: [
          { type: 'report', status: 200 },
          { type: 'succeed', byTrunk: false },
        ],
      };
    case 'media-failed':
      return fail(state, explainMedia(event.code, 'rtp', event.message), { status: 488 });
    case 'sip-failed':
    case 'sip-ended':
      return legEnds(event.type === 'sip-ended' ? event.end : { by: 'dialog-lost' });
    default:
      return same(state);
  }
}

interface Wording {
  /** Default 500. */
  readonly status?: number;
  readonly sentence?: Sentence;
  /** Without a sentence. */
  readonly silent?: true;
}

/** Fails on our side: a leg that may be there is ended, too. */
function fail(state: TransferState, why: Explanation, wording: Wording = {}): TransferStep {
  return prepend(hangup(state, telephoneCause('unknown_error')), failed(why, wording, 'gateway'));
}

function failed(
  why: Explanation,
  { status = 500, sentence, silent }: Wording,
  by: TransferFailure['by'] = 'network',
): TransferStep {
  const said = sentence ?? (why.sentence && !silent ? { key: why.sentence } : undefined);
  const failure: TransferFailure = {
    cause: why.cause,
    by,
    why: why.admin,
    status,
    telephone: telephoneCause(why.reason),
    ...(said ? { sentence: said } : {}),
  };
  return {
    state: over,
    effects: [
      { type: 'report', status },
      { type: 'fail', failure },
    ],
  };
}

function cancel(state: TransferState): TransferStep {
  return {
    state: over,
    effects: [...hangup(state, telephoneCause('user_hangup')), { type: 'report', status: 487 }, { type: 'abandon' }],
  };
}

function hangup(state: TransferState, cause: TelephoneCause): TransferEffect[] {
  const isPlaced = state.phase === 'calling' || state.phase === 'ringing' || state.phase === 'taking';
  return isPlaced ? [{ type: 'hangup', cause }] : [];
}

function prepend(effects: readonly TransferEffect[], step: TransferStep): TransferStep {
  return { state: step.state, effects: [...effects, ...step.effects] };
}
