/** One state for each phase and one event for each kind, for the table of the machine. */

import type { Facts, PlannedPhase, PlannedState } from '../../../../src/call/machine/state.ts';
import { quietTalks } from '../../../../src/call/machine/state.ts';
import type { CallEvent, CallState, Effect, Phase, Plan } from '../../../../src/call/machine.ts';

export const facts: Facts = { version: '1', callerParty: 'ALICE', ownParty: 'OWN' };

export const plan: Plan = {
  routes: [
    {
      trunk: 'office',
      target: '+441818118181',
      rtp: { codecs: ['PCMA'], srtp: 'off' },
      earlyMedia: 'answer-on-early-rtp',
      ringTimeoutMs: 60_000,
    },
  ],
  longestCallMs: 3_600_000,
  afterAnswer: ',12',
};

export function planned(phase: PlannedPhase, change: Partial<PlannedState> = {}): PlannedState {
  return {
    phase,
    facts,
    plan,
    talks: quietTalks,
    webrtcUp: phase === 'talking' || phase === 'transferring' || phase === 'referred',
    attempt: 0,
    failed: [],
    heard: false,
    ...change,
  };
}

export const states: { readonly [P in Phase]: Extract<CallState, { phase: P }> } = {
  new: { phase: 'new' },
  deciding: { phase: 'deciding', facts, offerSdp: 'offer', candidates: [{ candidate: 'early' }] },
  preparing: planned('preparing') as Extract<CallState, { phase: 'preparing' }>,
  calling: planned('calling') as Extract<CallState, { phase: 'calling' }>,
  ringing: planned('ringing') as Extract<CallState, { phase: 'ringing' }>,
  'answering-early': planned('answering-early') as Extract<CallState, { phase: 'answering-early' }>,
  early: planned('early') as Extract<CallState, { phase: 'early' }>,
  answering: planned('answering') as Extract<CallState, { phase: 'answering' }>,
  connecting: planned('connecting') as Extract<CallState, { phase: 'connecting' }>,
  talking: planned('talking') as Extract<CallState, { phase: 'talking' }>,
  transferring: planned('transferring', { transfer: { replacementId: 'R', createCall: 'X' } }) as Extract<
    CallState,
    { phase: 'transferring' }
  >,
  referred: planned('referred') as Extract<CallState, { phase: 'referred' }>,
  ended: { phase: 'ended' },
};

const invite: CallEvent = {
  type: 'matrix-invite',
  version: '1',
  callerParty: 'ALICE',
  ownParty: 'OWN',
  sdp: 'offer',
  candidates: [],
  remainingMs: 59_000,
};
const provisional = { type: 'sip-provisional', forkId: 'a', reliable: false } as const;
const mediaFailed = { type: 'media-failed', code: 'wrong-state', message: 'no' } as const;
const sendFailed = { type: 'matrix-send-failed', message: 'M_FORBIDDEN' } as const;

export const events: Readonly<Record<string, CallEvent>> = {
  'matrix-invite': invite,
  'matrix-invite stale': { ...invite, remainingMs: 0 },
  'matrix-candidates': { type: 'matrix-candidates', candidates: [{ candidate: 'late' }] },
  'matrix-answer': { type: 'matrix-answer' },
  'matrix-select-answer own': { type: 'matrix-select-answer', selectedParty: 'OWN' },
  'matrix-select-answer other': { type: 'matrix-select-answer', selectedParty: 'BOB' },
  'matrix-reject': { type: 'matrix-reject' },
  'matrix-hangup': { type: 'matrix-hangup' },
  'matrix-hangup user_hangup': { type: 'matrix-hangup', reason: 'user_hangup' },
  'matrix-hangup invite_timeout': { type: 'matrix-hangup', reason: 'invite_timeout' },
  'matrix-hangup ice_failed': { type: 'matrix-hangup', reason: 'ice_failed' },
  'matrix-hangup unheard of': { type: 'matrix-hangup', reason: 'toString' },
  'matrix-offer': { type: 'matrix-offer', sdp: 'reoffer' },
  'matrix-reanswer': { type: 'matrix-reanswer', sdp: 'reanswer' },
  'matrix-muted': { type: 'matrix-muted' },
  'matrix-replaces': { type: 'matrix-replaces', request: { replacementId: 'R2', createCall: 'Y' } },
  'matrix-left': { type: 'matrix-left' },
  'sip-provisional 100': { ...provisional, status: 100 },
  'sip-provisional 180': { ...provisional, status: 180 },
  'sip-provisional 183 sdp': { ...provisional, status: 183, sdp: 'early' },
  'sip-provisional 199': { ...provisional, status: 199 },
  'sip-answered': { type: 'sip-answered', forkId: 'a', sdp: 'answer' },
  'sip-failed 486': {
    type: 'sip-failed',
    failure: { status: 486, phrase: 'Busy Here', sawProvisional: true, origin: 'remote' },
  },
  'sip-failed 503': {
    type: 'sip-failed',
    failure: { status: 503, phrase: 'No', sawProvisional: false, origin: 'transport' },
  },
  'sip-ended 16': { type: 'sip-ended', end: { by: 'remote', q850: 16 } },
  'sip-ended lost': { type: 'sip-ended', end: { by: 'dialog-lost' } },
  'sip-reoffer': { type: 'sip-reoffer', id: 7, sdp: 'reoffer' },
  'sip-reoffer late': { type: 'sip-reoffer', id: 7 },
  'sip-identity': { type: 'sip-identity', party: { number: '+441818118182', name: 'Bob', withheld: false } },
  'sip-refer': { type: 'sip-refer', id: 8 },
  'sip-replacement': { type: 'sip-replacement', id: 9 },
  'sip-dtmf': { type: 'sip-dtmf', digit: '5', durationMs: 120 },
  'webrtc-closed': { type: 'webrtc-closed' },
  'transfer-done': { type: 'transfer-done' },
  'transfer-failed': {
    type: 'transfer-failed',
    rejection: 'failed_call',
    why: '486 Busy',
    sentence: { key: 'line-busy' },
    telephone: { q850: 17, text: 'User busy' },
  },
  'telephone-replaced': { type: 'telephone-replaced', party: { name: 'Bob', withheld: false } },
  'webrtc-connected': { type: 'webrtc-connected' },
  'webrtc-failed': { type: 'webrtc-failed', why: 'ice' },
  'early-audio 499': { type: 'early-audio', ms: 499 },
  'early-audio 500': { type: 'early-audio', ms: 500 },
  'media-dtmf': { type: 'media-dtmf', from: 'webrtc', digit: '5', durationMs: 120 },
  'media-timeout rtp': { type: 'media-timeout', side: 'rtp' },
  'media-timeout webrtc': { type: 'media-timeout', side: 'webrtc' },
  'engine-failed': { type: 'engine-failed', message: 'worker died' },
  'decided allow': { type: 'decided', decision: { kind: 'allow', plan } },
  'decided refuse': { type: 'decided', decision: { kind: 'refuse', cause: 'room-busy' } },
  'decided not-ours': { type: 'decided', decision: { kind: 'not-ours' } },
  prepared: { type: 'prepared', rtpOffer: 'rtp' },
  'matrix-answer-ready': { type: 'matrix-answer-ready', sdp: 'answer' },
  'matrix-renegotiated': { type: 'matrix-renegotiated', sdp: 'answer', direction: 'recvonly' },
  'matrix-reoffer-ready': { type: 'matrix-reoffer-ready', sdp: 'offer' },
  'sip-renegotiated': { type: 'sip-renegotiated', direction: 'recvonly' },
  'sip-reoffer-answered': { type: 'sip-reoffer-answered', direction: 'sendonly' },
  'sip-reoffer-failed': { type: 'sip-reoffer-failed', message: '488' },
  'media-failed prepare': { ...mediaFailed, during: 'prepare', code: 'no-audio' },
  'media-failed candidates': { ...mediaFailed, during: 'candidates' },
  'media-failed early-media': { ...mediaFailed, during: 'early-media' },
  'media-failed matrix-answer': { ...mediaFailed, during: 'matrix-answer', code: 'no-common-codec' },
  'media-failed final-media': { ...mediaFailed, during: 'final-media', code: 'engine-failed' },
  'media-failed matrix-renegotiation': { ...mediaFailed, during: 'matrix-renegotiation' },
  'media-failed matrix-reoffer': { ...mediaFailed, during: 'matrix-reoffer' },
  'media-failed matrix-reanswer': { ...mediaFailed, during: 'matrix-reanswer' },
  'media-failed sip-reoffer': { ...mediaFailed, during: 'sip-reoffer', reofferId: 7 },
  'matrix-send-failed answer': { ...sendFailed, what: 'answer' },
  'matrix-send-failed reject': { ...sendFailed, what: 'reject' },
  'matrix-send-failed hangup': { ...sendFailed, what: 'hangup' },
  'matrix-send-failed reanswer': { ...sendFailed, what: 'reanswer' },
  'matrix-send-failed reoffer': { ...sendFailed, what: 'reoffer' },
  'matrix-send-failed notice': { ...sendFailed, what: 'notice' },
  'matrix-send-failed invite': { ...sendFailed, what: 'invite' },
  'matrix-send-failed select-answer': { ...sendFailed, what: 'select-answer' },
  'matrix-send-failed identity': { ...sendFailed, what: 'identity' },
  'matrix-send-failed replacement': { ...sendFailed, what: 'replacement' },
  'gateway-failed': { type: 'gateway-failed', message: 'disk full' },
  'timer lifetime': { type: 'timer', timer: 'lifetime' },
  'timer connect': { type: 'timer', timer: 'connect' },
  'timer reanswer': { type: 'timer', timer: 'reanswer' },
  'timer left': { type: 'timer', timer: 'left' },
  'timer longest-call': { type: 'timer', timer: 'longest-call' },
  shutdown: { type: 'shutdown' },
  'credit-low': { type: 'credit-low', leftMs: 29_700 },
  'credit-used-up': { type: 'credit-used-up' },
  'end-now': { type: 'end-now', cause: 'ended-by-administrator' },
};

/** An effect in a few words. */
export function inWords(effect: Effect): string {
  switch (effect.type) {
    case 'hangupSip':
      return `hangupSip ${effect.cause.q850}`;
    case 'nextRoute':
      return `nextRoute ${effect.attempt} after ${effect.failed.trunk} ${effect.failed.failure.status}`;
    case 'notice':
      return `notice ${effect.sentence.key}`;
    case 'finish':
      return `finish ${effect.outcome.cause} by ${effect.outcome.endedBy}`;
    case 'startTransfer':
      return `startTransfer ${effect.request.replacementId}`;
    case 'assertIdentity':
      return `assertIdentity ${effect.party.name}`;
    case 'prepareMatrixAnswer':
      return effect.final ? `prepareMatrixAnswer final ${effect.final.sdp}` : 'prepareMatrixAnswer';
    case 'prepare':
      return `prepare ${effect.offerSdp} ${effect.candidates.map(({ candidate }) => candidate).join()}`;
    case 'addCandidates':
      return `addCandidates ${effect.candidates.map(({ candidate }) => candidate).join()}`;
    default: {
      const { type, ...rest } = effect;
      return [type, ...Object.values(rest)].join(' ');
    }
  }
}
