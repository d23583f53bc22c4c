/** The way forward: from the media being set up to two people talking. Undefined: nothing special to this phase. */

import type { Effect, Step } from './effects.ts';
import type { CallEvent, SipSideEvent } from './events.ts';
import { currentRoute } from './failover.ts';
import type { PlannedPhase, PlannedState } from './state.ts';
import { settle } from './talks.ts';

/** So much audio before the answer is an announcement and no stray packet. */
export const earlyAudioMs = 500;
/** After the Matrix answer, audio must have come up within this time. */
export const connectMs = 30_000;

type Provisional = Extract<SipSideEvent, { type: 'sip-provisional' }>;
type Answered = Extract<SipSideEvent, { type: 'sip-answered' }>;

const to = (state: PlannedState, phase: PlannedPhase, effects: readonly Effect[] = []): Step<PlannedState> => ({
  state: { ...state, phase },
  effects,
});

export function progress(state: PlannedState, event: CallEvent): Step<PlannedState> | undefined {
  switch (state.phase) {
    case 'preparing':
      return event.type === 'prepared'
        ? to(state, 'calling', [{ type: 'placeSip', attempt: state.attempt, sdp: event.rtpOffer }])
        : undefined;
    case 'calling':
    case 'ringing':
      return beforeAnyAnswer(state, event);
    case 'answering-early':
      return answeringEarly(state, event);
    case 'early':
      return early(state, event);
    case 'answering':
      return event.type === 'matrix-answer-ready'
        ? to(state, state.webrtcUp ? 'talking' : 'connecting', answerMatrix(state, event.sdp))
        : undefined;
    case 'connecting':
      return event.type === 'webrtc-connected'
        ? settle(
            to({ ...state, webrtcUp: true }, 'talking', [{ type: 'clearTimer', timer: 'connect' }, ...keys(state)]),
          )
        : undefined;
    case 'talking':
    case 'transferring':
    case 'referred':
      return undefined;
    default:
      return state.phase satisfies never;
  }
}

function beforeAnyAnswer(state: PlannedState, event: CallEvent): Step<PlannedState> | undefined {
  if (event.type === 'sip-provisional') {
    if (!isRinging(event)) return undefined;
    return to(state, 'ringing', earlyMedia(event));
  }
  if (event.type === 'early-audio' && state.phase === 'ringing') {
    if (event.ms < earlyAudioMs) return undefined;
    const heard: PlannedState = { ...state, heard: true };
    if (currentRoute(state).earlyMedia !== 'answer-on-early-rtp') return { state: heard, effects: [] };
    return to(heard, 'answering-early', [{ type: 'prepareMatrixAnswer' }]);
  }
  if (event.type === 'sip-answered') {
    return to(state, 'answering', [
      { type: 'prepareMatrixAnswer', final: { sdp: event.sdp, forkId: event.forkId } },
      ...answerLimits(state),
    ]);
  }
  return undefined;
}

function answeringEarly(state: PlannedState, event: CallEvent): Step<PlannedState> | undefined {
  if (event.type === 'sip-provisional') return to(state, state.phase, earlyMedia(event));
  if (event.type === 'matrix-answer-ready') {
    return to(state, 'early', [
      ...answerMatrix(state, event.sdp),
      { type: 'notice', sentence: { key: 'early-media' } },
    ]);
  }
  if (event.type === 'sip-answered') return to(state, 'answering', finalMedia(state, event));
  return undefined;
}

/** The client is answered and hears the network; the call proper starts with the 2xx. */
function early(state: PlannedState, event: CallEvent): Step<PlannedState> | undefined {
  if (event.type === 'sip-provisional') {
    // 180 without SDP after an announcement: the far side rings and sends nothing, so the caller hears our tone.
    const rings = event.status === 180 && event.sdp === undefined;
    return to(state, state.phase, rings ? [ringback(state)] : earlyMedia(event));
  }
  if (event.type === 'webrtc-connected') {
    return settle({ state: { ...state, webrtcUp: true }, effects: [{ type: 'clearTimer', timer: 'connect' }] });
  }
  if (event.type === 'sip-answered') {
    const effects: Effect[] = [{ type: 'stopRingback' }, ...finalMedia(state, event)];
    return settle(
      state.webrtcUp ? to(state, 'talking', [...effects, ...keys(state)]) : to(state, 'connecting', effects),
    );
  }
  return undefined;
}

/** 180 to 189: somebody is being alerted, or the network speaks. 100 is hop by hop, 199 the end of one fork. */
function isRinging({ status }: Provisional): boolean {
  return status >= 180 && status < 190;
}

/** Taken whatever the policy: the SDP of a reliable 1xx counts as the answer, an UPDATE may follow (RFC 3262, 3311). */
function earlyMedia(event: Provisional): Effect[] {
  if (event.sdp === undefined || !isRinging(event)) return [];
  return [{ type: 'acceptEarlyMedia', sdp: event.sdp, forkId: event.forkId }];
}

function ringback({ plan }: PlannedState): Effect {
  return { type: 'startRingback', ...(plan.toneCountry === undefined ? {} : { country: plan.toneCountry }) };
}

function finalMedia(state: PlannedState, { sdp, forkId }: Answered): Effect[] {
  return [{ type: 'acceptFinalMedia', sdp, forkId }, ...answerLimits(state)];
}

/** An extension, or what was dialled behind a pause. */
function keys({ plan }: PlannedState): Effect[] {
  return plan.afterAnswer === undefined ? [] : [{ type: 'pressKeys', keys: plan.afterAnswer }];
}

function answerLimits({ plan }: PlannedState): Effect[] {
  if (plan.longestCallMs === undefined || plan.emergency) return [];
  return [{ type: 'setTimer', timer: 'longest-call', afterMs: plan.longestCallMs }];
}

function answerMatrix({ party }: PlannedState, sdp: string): Effect[] {
  return [
    { type: 'clearTimer', timer: 'lifetime' },
    { type: 'answerMatrix', sdp },
    ...(party ? [{ type: 'assertIdentity', party } as const] : []),
    { type: 'connectMedia' },
    { type: 'setTimer', timer: 'connect', afterMs: connectMs },
  ];
}
