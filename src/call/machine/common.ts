/** What holds in every phase with a plan, unless `progress` says otherwise: endings, talks, and what means nothing. */
import { explainEnd, explainFailure, explainGateway, explainMedia, telephoneCause } from '../reasons.ts';
import { callerHangsUp, callerLeaves, callerSelects, lifetimeIsOver } from './caller.ts';
import { creditIsLow } from './credit.ts';
import type { Step } from './effects.ts';
import { end, endByGateway, matrixAnswered, sipAnswered, sipPlaced } from './ending.ts';
import type { CallEvent, MatrixSend, MediaSideEvent, ResultEvent, TimerName } from './events.ts';
import { currentRoute, followingRoute, mostTelling, nextAttempt } from './failover.ts';
import type { CallState, PlannedState } from './state.ts';
import * as talks from './talks.ts';
import { clientTransfers, telephoneReplaced, telephoneTransfers } from './transfers.ts';

const same = (state: CallState): Step<CallState> => ({ state, effects: [] });

export function common(state: PlannedState, event: CallEvent): Step<CallState> {
  switch (event.type) {
    case 'matrix-candidates':
      return { state, effects: [{ type: 'addCandidates', candidates: event.candidates }] };
    case 'matrix-select-answer':
      return callerSelects(state, event.selectedParty) ?? same(state);
    case 'matrix-reject':
      return callerHangsUp(state, undefined);
    case 'matrix-hangup':
      return callerHangsUp(state, event.reason);
    case 'matrix-left':
      return callerLeaves(state);
    case 'matrix-replaces':
      return clientTransfers(state, event.request);
    case 'matrix-offer':
      return talks.matrixOffers(state, event.sdp);
    case 'matrix-reanswer':
      return talks.matrixReanswers(state, event.sdp);

    case 'sip-failed':
      return sipPlaced(state.phase) ? sipFails(state, event.failure) : same(state);
    case 'sip-ended':
      return sipPlaced(state.phase) ? sipEnds(state, event.end) : same(state);
    case 'sip-reoffer':
      return sipPlaced(state.phase)
        ? talks.sipOffers(state, event.id, event.sdp)
        : { state, effects: [{ type: 'refuseSipReoffer', id: event.id, status: 500 }] };

    case 'sip-refer':
    case 'sip-replacement':
      return telephoneTransfers(state, event);
    case 'sip-identity':
      // Before the answer a client listens to nobody: it is told when it is answered.
      return matrixAnswered(state.phase)
        ? { state, effects: [{ type: 'assertIdentity', party: event.party }] }
        : { state: { ...state, party: event.party }, effects: [] };
    case 'media-dtmf':
      return digitIsPressed(state, event);

    case 'telephone-replaced':
      return telephoneReplaced(state, event);

    case 'webrtc-connected':
      return talks.settle({ state: { ...state, webrtcUp: true }, effects: [] });
    case 'webrtc-closed':
      return clientLeaves(state);
    case 'webrtc-failed': {
      const why = explainGateway(state.webrtcUp ? 'media-lost' : 'media-never', `${event.why} failed`);
      return endByGateway(state, { ...why, reason: 'ice_failed' });
    }
    case 'media-timeout':
      return mediaDies(state, event.side);
    case 'engine-failed':
      return endByGateway(state, explainGateway('gateway-problem', event.message));

    case 'matrix-renegotiated':
      return talks.matrixRenegotiated(state, event.sdp, event.direction);
    case 'matrix-reoffer-ready':
      return talks.matrixReofferReady(state, event.sdp);
    case 'sip-renegotiated':
      return talks.sipRenegotiated(state, event.direction);
    case 'sip-reoffer-answered':
      return talks.sipReofferAnswered(state, event.direction);
    case 'sip-reoffer-failed':
      return talks.sipReofferFailed(state);
    case 'media-failed':
      return mediaFails(state, event);
    case 'matrix-send-failed':
      return sendFails(state, event.what, event.message);
    case 'gateway-failed':
      // Once media and journal stand, the call is worth more than the complaint.
      return state.phase === 'preparing'
        ? endByGateway(state, explainGateway('gateway-problem', event.message))
        : same(state);

    case 'timer':
      return timerFires(state, event.timer);
    case 'shutdown':
      return endByGateway(state, explainGateway('gateway-stopping'));
    // Nobody's emergency call ends for money, or for anybody's order.
    case 'credit-low':
      return state.plan.emergency ? same(state) : creditIsLow(state, event.leftMs);
    case 'credit-used-up':
      return state.plan.emergency ? same(state) : endByGateway(state, explainGateway('credit-used-up'));
    case 'end-now':
      return state.plan.emergency ? same(state) : endByGateway(state, explainGateway(event.cause));

    // Repeats, echoes, what came too late or too early, and what changes nothing here.
    case 'matrix-invite':
    case 'matrix-answer':
    case 'matrix-muted':
    case 'sip-provisional':
    case 'sip-answered':
    case 'sip-dtmf':
    case 'early-audio':
    case 'transfer-done':
    case 'transfer-failed':
    case 'decided':
    case 'prepared':
    case 'matrix-answer-ready':
      return same(state);
    default:
      return event satisfies never;
  }
}

/** So much later than the media the event of a hang-up may come. */
const leftMs = 5_000;

type Failure = Parameters<typeof explainFailure>[0];
type SipEnding = Parameters<typeof explainEnd>[0];

function sipFails(state: PlannedState, last: Failure): Step<CallState> {
  const attempt = nextAttempt(state, last);
  if (attempt !== undefined) return advance(state, attempt, last);
  return allFailed(state, last);
}

function allFailed(state: PlannedState, last: Failure): Step<CallState> {
  const failure = mostTelling(state.failed, last);
  return end(state, {
    by: failure.origin === 'remote' && isPersonal(failure) ? 'callee' : 'network',
    why: explainFailure(failure),
    tellMatrix: true,
    facts: { sipStatus: failure.status, ...(failure.q850 === undefined ? {} : { q850: failure.q850 }) },
  });
}

/** On to the next route. The client rings on; it is told nothing. */
function advance(state: PlannedState, attempt: number, failure: Failure): Step<CallState> {
  const failed = { trunk: currentRoute(state).trunk, failure };
  return {
    state: { ...state, phase: 'preparing', attempt, failed: [...state.failed, failed], heard: false },
    effects: [{ type: 'nextRoute', attempt, failed }],
  };
}

/** Busy, declined: a person or a telephone said so, not a network. */
function isPersonal(failure: Failure): boolean {
  const { cause } = explainFailure(failure);
  return cause === 'line-busy' || cause === 'declined' || cause === 'callee-unwilling';
}

function sipEnds(state: PlannedState, ended: SipEnding): Step<CallState> {
  const explained = explainEnd(ended);
  const unheard = explained.cause === 'normal' && !matrixAnswered(state.phase);
  return end(state, {
    by: ended.by === 'remote' ? 'callee' : 'network',
    why: unheard ? explainGateway('ended-at-once', explained.admin) : explained,
    tellMatrix: true,
    ...(ended.q850 === undefined ? {} : { facts: { q850: ended.q850 } }),
  });
}

/** A client that hangs up says so in the room, too, at about the same time; one whose page was closed says nothing there. */
function clientLeaves(state: PlannedState): Step<CallState> {
  return { state: { ...state, left: true }, effects: [{ type: 'setTimer', timer: 'left', afterMs: leftMs }] };
}

/** The client's digits reach most trunks in the media; the others by INFO, once each. */
function digitIsPressed(
  state: PlannedState,
  { from, digit, durationMs }: Extract<MediaSideEvent, { type: 'media-dtmf' }>,
): Step<CallState> {
  const byInfo = from === 'webrtc' && currentRoute(state).dtmf === 'info' && sipAnswered(state.phase);
  return byInfo ? { state, effects: [{ type: 'sendDtmfInfo', digit, durationMs }] } : same(state);
}

/** Silence before the telephone answered is only silence; afterwards it is a dead connection. */
function mediaDies(state: PlannedState, side: 'webrtc' | 'rtp'): Step<CallState> {
  const expected = side === 'rtp' ? sipAnswered(state.phase) : matrixAnswered(state.phase);
  if (!expected) return same(state);
  return endByGateway(state, explainGateway('media-lost', `no packets from the ${side} side`));
}

function mediaFails(state: PlannedState, event: Extract<ResultEvent, { type: 'media-failed' }>): Step<CallState> {
  switch (event.during) {
    case 'prepare':
      return state.phase === 'preparing' ? preparationFails(state, event) : same(state);
    case 'matrix-answer':
    case 'final-media': {
      const incompatible = event.code === 'no-common-codec';
      return endByGateway(state, explainMedia(event.code, 'rtp', event.message), {
        // Q.850 cause 88: incompatible destination.
        sipCause: incompatible ? { q850: 88, text: 'Incompatible destination' } : telephoneCause('ice_failed'),
      });
    }
    case 'matrix-renegotiation':
      return talks.matrixRenegotiationFailed(state);
    case 'matrix-reoffer':
      return talks.matrixReofferFailed(state);
    case 'sip-reoffer':
      return talks.sipRenegotiationFailed(state, event.reofferId);
    // A bad candidate, early media that cannot be used, a bad answer to our offer: the call can do without.
    case 'candidates':
    case 'early-media':
    case 'matrix-reanswer':
      return same(state);
    default:
      return event.during satisfies never;
  }
}

/** A trunk that takes none of the client's codecs has failed before it was tried: the next one may take them. */
function preparationFails(
  state: PlannedState,
  { code, message }: Extract<ResultEvent, { type: 'media-failed' }>,
): Step<CallState> {
  if (code === 'no-common-codec') {
    const failure: Failure = { status: 488, phrase: message, sawProvisional: false, origin: 'local' };
    const attempt = followingRoute(state.plan, state.attempt, failure);
    if (attempt !== undefined) return advance(state, attempt, failure);
    // The trunks that were tried before it say more than that this one could not be.
    if (state.failed.length > 0) return allFailed(state, failure);
  }
  return endByGateway(state, explainMedia(code, 'webrtc', message));
}

function sendFails(state: PlannedState, what: MatrixSend, message: string): Step<CallState> {
  switch (what) {
    case 'answer':
      // A client whose audio is up has the answer, whatever the homeserver said.
      return matrixAnswered(state.phase) && !state.webrtcUp
        ? endByGateway(state, explainGateway('gateway-problem', `m.call.answer could not be sent: ${message}`), {
            answerLost: true,
          })
        : same(state);
    case 'reoffer':
      return talks.matrixReofferFailed(state);
    case 'invite':
    case 'select-answer':
    case 'reanswer':
    case 'notice':
    case 'identity':
    case 'replacement':
    case 'reject':
    case 'hangup':
      return same(state);
    default:
      return what satisfies never;
  }
}

function timerFires(state: PlannedState, timer: TimerName): Step<CallState> {
  switch (timer) {
    case 'lifetime':
      return matrixAnswered(state.phase) ? same(state) : lifetimeIsOver(state);
    case 'connect':
      return matrixAnswered(state.phase) && !state.webrtcUp
        ? endByGateway(state, explainGateway('media-never', 'no connection in time'))
        : same(state);
    case 'reanswer':
      return state.talks.matrix === 'waiting' ? talks.matrixReofferFailed(state) : same(state);
    case 'left':
      return state.left ? endByGateway(state, explainGateway('media-lost', 'the client has left')) : same(state);
    case 'longest-call':
      return sipAnswered(state.phase) ? endByGateway(state, explainGateway('longest-call')) : same(state);
    default:
      return timer satisfies never;
  }
}
