/** Ringing: one step of the plan after the other, every target of a step in a room of its own. */
import type { IceCandidate } from '../../../media/index.ts';
import { mostCandidates } from '../machine/state.ts';
import { explainGateway } from '../reasons.ts';
import { answer } from './answered.ts';
import type { InboundEffect, InboundStep } from './effects.ts';
import { callerGaveUp, endRing, endRings, isActive, refuse } from './ending.ts';
import type { InboundEvent, RingEvent } from './events.ts';
import { beginForward } from './forwarding.ts';
import { leftOver } from './left-over.ts';
import { cleared, gatewayRefusal, goesOnTo, mediaRefusal, notTaken } from './outcome.ts';
import { type ClientParty, partyKey, type Ring, type RingingState, sameTarget, type Verdict } from './state.ts';

/** Clients take an invite for stale seconds before its lifetime is over; shorter ones would never ring. */
const shortestLifetimeMs = 10_000;
/** A proxy gives a call up that says nothing for three minutes; a 180 each minute keeps it (RFC 3261 §13.3.1.1). */
const againMs = 60_000;
/** A room of several people, each with devices; what comes beyond is not kept. */
const mostParties = 50;

const same = (state: RingingState): InboundStep => ({ state, effects: [] });

/** Rings the targets of the state's step; when there is none left, nobody took the call. */
export function beginStep(state: RingingState): InboundStep {
  const step = state.plan.steps[state.step];
  if (!step) return nobodyTook(state);
  const targets = step.targets.filter((target, at) => {
    const twice = step.targets.findIndex((other) => sameTarget(other, target)) < at;
    // Whoever said no once is not asked again.
    return !twice && !state.rings.some((ring) => ring.verdict === 'rejected' && sameTarget(ring.target, target));
  });
  if (targets.length === 0) return beginStep({ ...state, step: state.step + 1 });
  const first = state.rings.length + 1;
  const rings = targets.map(
    (target, at): Ring => ({ id: first + at, target, status: 'seeking', hasRoom: false, candidates: [] }),
  );
  return {
    state: { ...state, rings: [...state.rings, ...rings] },
    effects: [
      { type: 'setRingTimer', timer: 'step', afterMs: step.forMs },
      ...rings.map(({ id, target }): InboundEffect => ({ type: 'seekRoom', ring: id, target })),
    ],
  };
}

export function stepRinging(state: RingingState, event: InboundEvent): InboundStep {
  switch (event.type) {
    case 'media-ready': {
      const { type: _, ...media } = event;
      const ready = { ...state, media };
      return state.rings
        .filter(({ status }) => status === 'waiting')
        .reduce<InboundStep>(
          ({ state: last, effects }, ring) => {
            const next = last.phase === 'ringing' ? invite(last, ring) : { state: last, effects: [] };
            return { state: next.state, effects: [...effects, ...next.effects] };
          },
          { state: ready, effects: [] },
        );
    }
    case 'media-failed':
      return event.during === 'prepare'
        ? refuse(state, mediaRefusal(event.code, event.message), {
            by: 'gateway',
            reason: 'unknown_error',
            untold: true,
          })
        : same(state);
    case 'engine-failed':
      return giveUp(state, explainGateway('gateway-problem', event.message));
    case 'gateway-failed':
      return same(state); // One target's trouble, told in the log: the others ring on.
    case 'end-now':
      return refuse(
        state,
        { refusal: cleared, cause: event.cause, admin: '' },
        { by: 'gateway', reason: 'user_hangup' },
      );
    case 'shutdown':
      return giveUp(state, explainGateway('gateway-stopping'));

    case 'ring-room':
    case 'ring-unreachable':
    case 'ring-sent':
    case 'ring-answer':
    case 'ring-candidates':
    case 'ring-reject':
    case 'ring-hangup':
    case 'ring-left':
    case 'ring-yields': {
      const ring = state.rings.find(({ id }) => id === event.ring);
      return ring && isActive(ring) ? stepRing(state, ring, event) : same(state);
    }

    case 'sip-identity':
      return same({ ...state, party: event.party });
    case 'sip-failed':
      return callerGaveUp(state, event.failure.elsewhere === true);
    case 'ring-timer':
      return timerFires(state, event.timer);
    default:
      return leftOver(state, event);
  }
}

type OfRing = RingEvent | Extract<InboundEvent, { type: 'ring-room' | 'ring-unreachable' | 'ring-sent' }>;

function stepRing(state: RingingState, ring: Ring, event: OfRing): InboundStep {
  switch (event.type) {
    case 'ring-room': {
      if (ring.status !== 'seeking') return same(state);
      const found: Ring = { ...ring, status: 'waiting', hasRoom: true };
      const next = replace(state, found);
      if (event.isBusy) return leave(next, found, 'busy');
      return state.media ? invite(next, found) : same(next);
    }
    case 'ring-unreachable':
      // The room is there when only the invite failed: then nothing of the call is in it.
      return leave(state, ring, event.code);
    case 'ring-sent':
      return alert(replace(state, { ...ring, isSent: true }));
    case 'ring-answer':
      return ring.status === 'ringing' ? answer(state, ring, event.party, event.sdp) : same(state);
    case 'ring-candidates':
      return same(replace(state, keep(ring, event.party, event.candidates)));
    case 'ring-reject':
      return declines(state, ring, event.reason);
    case 'ring-hangup':
      return hangsUp(state, ring, event.reason);
    case 'ring-left':
      return leave(state, ring, 'not-joined');
    case 'ring-yields':
      return leave(state, ring, 'busy', 'user_busy');
    default:
      return event satisfies never;
  }
}

function replace(state: RingingState, ring: Ring): RingingState {
  return { ...state, rings: state.rings.map((other) => (other.id === ring.id ? ring : other)) };
}

function invite(state: RingingState, ring: Ring): InboundStep {
  if (!state.media) return same(state);
  const forMs = state.plan.steps[state.step]?.forMs ?? 0;
  return {
    state: replace(state, { ...ring, status: 'ringing' }),
    effects: [
      {
        type: 'inviteClient',
        ring: ring.id,
        sdp: state.media.offer,
        lifetimeMs: Math.max(forMs, shortestLifetimeMs),
      },
    ],
  };
}

/** The caller hears that it rings. */
function alert(state: RingingState): InboundStep {
  if (state.isAlerted) return same(state);
  return then([{ type: 'clearRingTimer', timer: 'silence' }], alertAgain({ ...state, isAlerted: true }));
}

function alertAgain(state: RingingState): InboundStep {
  return {
    state,
    effects: [{ type: 'alertSip' }, { type: 'setRingTimer', timer: 'again', afterMs: againMs }],
  };
}

/** One is out. `reason`: its clients are told so; they know otherwise. */
function leave(state: RingingState, ring: Ring, verdict: Verdict, reason?: 'user_busy'): InboundStep {
  const { ring: ended, effects } = endRing(ring, verdict, reason);
  return then(effects, whenAllAreOut(replace(state, ended)));
}

function then(effects: readonly InboundEffect[], step: InboundStep): InboundStep {
  return { state: step.state, effects: [...effects, ...step.effects] };
}

/** On to the next step when nobody of this one rings any more. */
function whenAllAreOut(state: RingingState): InboundStep {
  if (state.rings.some(isActive)) return same(state);
  return then([{ type: 'clearRingTimer', timer: 'step' }], beginStep({ ...state, step: state.step + 1 }));
}

function declines(state: RingingState, ring: Ring, reason: string | undefined): InboundStep {
  const verdict = reason === 'user_busy' ? 'busy' : 'rejected';
  // In a room of several one person's no is not the others': their clients ring on by themselves.
  if (ring.target.kind !== 'user' && state.plan.rejectEnds === 'one') {
    return same(replace(state, { ...ring, declined: true }));
  }
  // Most clients stop when another device of their user declines; all stop when the caller's side ends the call.
  const { ring: ended, effects } = endRing(ring, verdict, 'user_hangup');
  const next = replace(state, ended);
  if (verdict === 'rejected' && state.plan.rejectEnds === 'all') return then(effects, nobodyTook(next));
  return then(effects, whenAllAreOut(next));
}

const brokenMedia: ReadonlySet<string> = new Set(['user_media_failed', 'ice_failed', 'ice_timeout', 'unknown_error']);

/**
 * A device hangs up before it answered: some decline so (version 0 knows nothing else), some could not open their microphone.
 * Then the user's other devices go on ringing, to be tried.
 */
function hangsUp(state: RingingState, ring: Ring, reason: string | undefined): InboundStep {
  if (reason !== undefined && brokenMedia.has(reason)) return same(replace(state, { ...ring, mediaFailed: true }));
  // Its own time was over: ours is, too, or will be in a moment.
  if (reason === 'invite_timeout') return same(state);
  return declines(state, ring, reason);
}

function keep(ring: Ring, party: ClientParty, candidates: readonly IceCandidate[]): Ring {
  const key = partyKey(party);
  const known = ring.candidates.find((kept) => kept.party === key);
  if (!known) {
    if (ring.candidates.length >= mostParties) return ring;
    return {
      ...ring,
      candidates: [...ring.candidates, { party: key, candidates: candidates.slice(0, mostCandidates) }],
    };
  }
  const all = [...known.candidates, ...candidates].slice(0, mostCandidates);
  return {
    ...ring,
    candidates: ring.candidates.map((kept) => (kept === known ? { party: key, candidates: all } : kept)),
  };
}

function timerFires(state: RingingState, timer: Extract<InboundEvent, { type: 'ring-timer' }>['timer']): InboundStep {
  switch (timer) {
    case 'silence':
      return alert(state);
    case 'step': {
      const { rings, effects } = endRings(state.rings, 'invite_timeout', whyUnanswered);
      return then(effects, beginStep({ ...state, rings, step: state.step + 1 }));
    }
    case 'again':
      return alertAgain(state);
    case 'audio':
      return same(state);
    default:
      return timer satisfies never;
  }
}

/** An invite that the homeserver has not taken by now has rung nobody. */
function whyUnanswered({ status, isSent }: Ring): Verdict {
  if (status !== 'ringing') return 'not-joined';
  return isSent ? 'no-answer' : 'homeserver';
}

function nobodyTook(state: RingingState): InboundStep {
  const onward = goesOnTo(state.rings, state.plan);
  if (onward) return beginForward(state, onward);
  const told = notTaken(state.rings, state.plan);
  const by = told.cause === 'gateway-problem' ? 'gateway' : 'callee';
  return refuse(state, told, { by, reason: 'user_hangup' });
}

function giveUp(state: RingingState, why: Parameters<typeof gatewayRefusal>[0]): InboundStep {
  return refuse(state, gatewayRefusal(why), { by: 'gateway', reason: 'unknown_error' });
}
