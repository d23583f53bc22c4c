/** A state for each phase of a call in, an event of each kind, and words for what comes of them. */
import type { InboundEffect } from '../../../../src/call/inbound/effects.ts';
import type { InboundEvent } from '../../../../src/call/inbound/events.ts';
import type {
  AnsweredState,
  ClientParty,
  ForwardingState,
  InboundState,
  Ring,
  RingingState,
} from '../../../../src/call/inbound/state.ts';
import { quietTalks } from '../../../../src/call/machine/state.ts';
import { inWords as anyInWords, events as eventsOfAnyCall } from '../machine/samples.ts';
import { alice, bob, office, plan, user } from './house.ts';

export const facts = { trunk: 'office', called: '200', ownParty: 'us', sdp: 'theirs' };
const media = { offer: 'our-offer', telephone: { sdp: 'our-answer', direction: 'sendrecv' } } as const;

export const phone: ClientParty = { user: alice, id: 'PHONE', version: '1' };
const laptop: ClientParty = { user: alice, id: 'LAPTOP', version: '1' };

const ring = (id: number, change: Partial<Ring> = {}): Ring => ({
  id,
  target: user(id === 1 ? alice : bob),
  status: 'ringing',
  isSent: true,
  hasRoom: true,
  candidates: [],
  ...change,
});

const ringing = (rings: readonly Ring[], change: Partial<RingingState> = {}): RingingState => ({
  phase: 'ringing',
  facts,
  plan,
  step: 0,
  rings,
  media,
  isAlerted: true,
  ...change,
});

const forwarding = (rings: readonly Ring[]): ForwardingState => ({
  phase: 'forwarding',
  facts,
  plan,
  rings,
  media,
  onward: { to: '+441818118182', by: alice },
  isAlerted: rings.length > 0,
});

const both = { ...plan, steps: [{ targets: [user(alice), user(bob)], forMs: 30_000 }] };

const answered = (
  phase: AnsweredState['inCall']['phase'],
  change: Partial<AnsweredState> = {},
  inCall: Partial<AnsweredState['inCall']> = {},
): AnsweredState => ({
  phase: 'answered',
  facts,
  rings: [ring(1, { status: 'over', verdict: 'answered' })],
  winner: { ring: 1, party: phone },
  ours: media.telephone,
  isTaken: true,
  inCall: {
    phase,
    facts: { version: '1', ownParty: 'us', client: 'callee', callerParty: 'PHONE' },
    plan: {
      routes: [
        { trunk: 'office', target: '200', rtp: plan.rtp, dtmf: 'rtp', earlyMedia: 'ringback', ringTimeoutMs: 0 },
      ],
    },
    talks: quietTalks,
    webrtcUp: phase === 'talking',
    attempt: 0,
    failed: [],
    heard: false,
    ...inCall,
  },
  ...change,
});

/** Each is called what it is in the table. */
export const states: Readonly<Record<string, InboundState>> = {
  new: { phase: 'new' },
  deciding: { phase: 'deciding', facts },
  /** The room is being looked for. */
  seeking: ringing([ring(1, { status: 'seeking', hasRoom: false })], { isAlerted: false }),
  /** The room is there, the media are not. */
  waiting: (({ media: _, ...state }) => state)(ringing([ring(1, { status: 'waiting' })], { isAlerted: false })),
  /** The invite is on its way, the homeserver does not answer. */
  unsent: ringing([(({ isSent: _, ...unsent }) => unsent)(ring(1))], { isAlerted: false }),
  /** One user rings. */
  one: ringing([ring(1)]),
  /** Two users ring. */
  two: ringing([ring(1, { candidates: [{ party: `${alice} PHONE`, candidates: [{ candidate: 'a' }] }] }), ring(2)], {
    plan: both,
  }),
  /** Two users ring, and one no is everybody's. */
  all: ringing([ring(1), ring(2)], { plan: { ...both, rejectEnds: 'all' } }),
  /** One user rings, another is next. */
  first: ringing([ring(1)], {
    plan: {
      ...plan,
      steps: [
        { targets: [user(alice)], forMs: 20_000 },
        { targets: [user(bob)], forMs: 25_000 },
      ],
    },
  }),
  /** A room of several rings. */
  room: ringing([ring(1, { target: office })], { plan: { ...plan, steps: [{ targets: [office], forMs: 30_000 }] } }),
  /** One was rung, and the call goes on to another number. */
  forwarding: forwarding([ring(1, { status: 'over', verdict: 'no-answer' })]),
  /** The same for calls that ring nobody; the media are not there yet. */
  onward: (({ media: _, ...state }) => state)(forwarding([])),
  /** A client has answered, its answer is being taken. */
  taking: answered('early', { isTaken: false }),
  /** It is taken, and its audio is not up. */
  early: answered('early'),
  connecting: answered('connecting', {}, { talks: { ...quietTalks, sip: 'answering' } }),
  /** 200 is out, the ACK is not there. */
  unacknowledged: answered('talking', {}, { talks: { ...quietTalks, sip: 'answering' } }),
  /** The same for a telephone that asked for our offer. */
  late: answered(
    'talking',
    { facts: { trunk: 'office', called: '200', ownParty: 'us' } },
    { talks: { ...quietTalks, sip: 'answering' } },
  ),
  talking: answered('talking'),
  ended: { phase: 'ended', rings: [] },
};

const cancelled = { status: 487, phrase: 'Request Terminated', sawProvisional: true, origin: 'remote' } as const;

export const ownEvents: Readonly<Record<string, InboundEvent>> = {
  'sip-invite': { type: 'sip-invite', facts },
  'sip-acknowledged': { type: 'sip-acknowledged' },
  'sip-acknowledged sdp': { type: 'sip-acknowledged', sdp: 'ack' },
  'sip-failed cancelled': { type: 'sip-failed', failure: cancelled },
  'sip-failed elsewhere': { type: 'sip-failed', failure: { ...cancelled, elsewhere: true } },
  'inbound-decided ring': { type: 'inbound-decided', decision: { kind: 'ring', plan } },
  'inbound-decided nobody': { type: 'inbound-decided', decision: { kind: 'ring', plan: { ...plan, steps: [] } } },
  'inbound-decided refuse': {
    type: 'inbound-decided',
    decision: { kind: 'refuse', refusal: { status: 404, q850: 1 }, admin: 'no such number' },
  },
  'media-ready': { type: 'media-ready', ...media },
  'ring-room': { type: 'ring-room', ring: 1, isBusy: false },
  'ring-room busy': { type: 'ring-room', ring: 1, isBusy: true },
  'ring-unreachable': { type: 'ring-unreachable', ring: 1, code: 'not-joined', message: 'no' },
  'ring-unreachable homeserver': { type: 'ring-unreachable', ring: 1, code: 'homeserver', message: 'away' },
  'ring-sent': { type: 'ring-sent', ring: 1 },
  'ring-answer': { type: 'ring-answer', ring: 1, party: phone, sdp: 'answer' },
  'ring-answer of nobody': { type: 'ring-answer', ring: 9, party: phone, sdp: 'answer' },
  'ring-candidates': { type: 'ring-candidates', ring: 1, party: laptop, candidates: [{ candidate: 'b' }] },
  'ring-reject': { type: 'ring-reject', ring: 1, party: phone },
  'ring-reject busy': { type: 'ring-reject', ring: 1, party: phone, reason: 'user_busy' },
  'ring-hangup': { type: 'ring-hangup', ring: 1, party: phone, reason: 'user_hangup' },
  'ring-hangup busy': { type: 'ring-hangup', ring: 1, party: phone, reason: 'user_busy' },
  'ring-hangup no microphone': { type: 'ring-hangup', ring: 1, party: phone, reason: 'user_media_failed' },
  'ring-hangup time over': { type: 'ring-hangup', ring: 1, party: phone, reason: 'invite_timeout' },
  'ring-left': { type: 'ring-left', ring: 1 },
  'ring-yields': { type: 'ring-yields', ring: 1 },
  'client-accepted': { type: 'client-accepted' },
  'client-accepted offer': { type: 'client-accepted', telephone: { sdp: 'late-offer', direction: 'sendrecv' } },
  'forward-rings': { type: 'forward-rings' },
  'forward-done': { type: 'forward-done' },
  'forward-failed': {
    type: 'forward-failed',
    failure: {
      cause: 'line-busy',
      by: 'network',
      why: '486',
      status: 486,
      telephone: { q850: 17, text: 'User busy' },
    },
  },
  'inbound-decided forward': {
    type: 'inbound-decided',
    decision: {
      kind: 'ring',
      plan: {
        ...plan,
        steps: [],
        instead: 'no-answer',
        outcomes: { ...plan.outcomes, 'no-answer': { kind: 'forward', to: '+441818118182', by: alice } },
      },
    },
  },
  'ring-timer step': { type: 'ring-timer', timer: 'step' },
  'ring-timer again': { type: 'ring-timer', timer: 'again' },
  'ring-timer silence': { type: 'ring-timer', timer: 'silence' },
  'ring-timer audio': { type: 'ring-timer', timer: 'audio' },
  // Of the events of any call those that mean something of their own to one that rings, or is about to be answered.
  'webrtc-connected': { type: 'webrtc-connected' },
  'matrix-hangup': { type: 'matrix-hangup', reason: 'user_hangup' },
  'matrix-hangup no audio': { type: 'matrix-hangup', reason: 'ice_failed' },
  'matrix-select-answer': { type: 'matrix-select-answer', selectedParty: 'somebody' },
  'media-failed prepare': { type: 'media-failed', during: 'prepare', code: 'no-common-codec', message: 'G729' },
  'media-failed matrix-answer': { type: 'media-failed', during: 'matrix-answer', code: 'malformed-sdp', message: 'x' },
  'engine-failed': { type: 'engine-failed', message: 'worker died' },
  'gateway-failed': { type: 'gateway-failed', message: 'disk full' },
  'sip-reoffer': { type: 'sip-reoffer', id: 7, sdp: 'theirs' },
  'sip-refer': { type: 'sip-refer', id: 8 },
  'sip-ended': { type: 'sip-ended', end: { by: 'remote', q850: 16 } },
  shutdown: { type: 'shutdown' },
  'end-now': { type: 'end-now', cause: 'ended-by-administrator' },
};

/** Those of any call that are not in the table: before the answer they mean nothing. */
export const sharedEvents: Readonly<Record<string, InboundEvent>> = Object.fromEntries(
  Object.entries(eventsOfAnyCall).filter(([name, { type }]) => {
    return !Object.hasOwn(ownEvents, name) && type !== 'sip-failed' && type !== 'media-failed';
  }),
);

const nameOf = (effect: { readonly target: Ring['target'] }): string =>
  effect.target.kind === 'user' ? (effect.target.user.split(':')[0] ?? '') : effect.target.room;

/** An effect in a few words. */
export function inWords(effect: InboundEffect): string {
  switch (effect.type) {
    case 'refuseSip':
      return `refuseSip ${effect.refusal.status}/${effect.refusal.q850}`;
    case 'seekRoom':
      return `seekRoom ${effect.ring} ${nameOf(effect)}`;
    case 'prepareInbound':
      return `prepareInbound ${effect.sdp ?? '-'}`;
    case 'acceptClient':
      return `acceptClient ${effect.sdp} [${effect.candidates.map(({ candidate }) => candidate).join()}]`;
    case 'selectAnswer':
      return `selectAnswer ${effect.ring} ${effect.party}`;
    case 'decideInbound':
    case 'alertSip':
      return effect.type;
    case 'startForward':
      return `startForward ${effect.onward.to} by ${effect.onward.by.split(':')[0]}`;
    case 'cancelForward':
      return effect.type;
    case 'tellForwarded':
      return `tellForwarded ${effect.ring} ${effect.to}`;
    case 'tellMissed':
      return `tellMissed ${effect.ring}${effect.givenUp ? ' givenUp' : ''}`;
    case 'inviteClient':
    case 'endRing':
    case 'dropRing':
    case 'answerSip':
    case 'tellAnsweredBy':
    case 'setRingTimer':
    case 'clearRingTimer': {
      const { type, ...rest } = effect;
      return [type, ...Object.values(rest)].join(' ');
    }
    default:
      return anyInWords(effect);
  }
}
