/**
 * What becomes of one text on its way to one telephone. Pure: a state and an event give the next state and what is to be done.
 * Three rules: a text never goes by another way once a part was accepted; what may have arrived is sent again only where the far
 * side knows repeats, or the administrator wants at-least-once; what was refused for good is not tried again.
 */
import type { DeliveryProgress } from '../ports.ts';
import type { Sentence } from '../sentences.ts';
import type { TextFailure } from '../transport.ts';
import { backOffMs, spread } from './back-off.ts';
import { failureWords } from './failure-words.ts';
import { mayRepeat, mustBeMarked, mustStay, nextRoute } from './routes.ts';
import type { Facts, OutEffect, OutEvent, OutState, Step } from './state.ts';

/** A text that is later than this is not even tried once more: the process was down. */
const LATE_MS = 60_000;

type Waiting = Extract<OutState, { phase: 'waiting' }>;
type Sending = Extract<OutState, { phase: 'sending' }>;

export function step(state: OutState, event: OutEvent, facts: Facts): Step {
  switch (state.phase) {
    case 'waiting':
      return whileWaiting(state, event, facts);
    case 'sending':
      return whileSending(state, event, facts);
    case 'accepted':
    case 'delivered':
    case 'displayed':
      return onceAccepted(state, event);
    case 'failed':
      // What a user deletes is not kept to be sent again.
      return event.type === 'redacted' ? withdrawn() : unchanged(state);
    case 'withdrawn':
      return unchanged(state);
    default:
      return state satisfies never;
  }
}

function whileWaiting(state: Waiting, event: OutEvent, facts: Facts): Step {
  switch (event.type) {
    case 'due':
      return due(state.progress, facts);
    case 'opted-out':
      return fail({ key: 'opted-out' });
    case 'refused':
      return fail(event.sentence);
    case 'redacted': {
      const { partsAccepted, underWay } = state.progress;
      if (partsAccepted > 0 || underWay) return { state, effects: [{ type: 'tell-too-late' }] };
      return withdrawn();
    }
    case 'left':
      return withdrawn();
    case 'receipt':
      return event.state === 'failed' ? lostOnTheWay(event.failure) : unchanged(state);
    // Outcomes of a try that is over already.
    case 'accepted':
    case 'failed':
      return unchanged(state);
    default:
      return event satisfies never;
  }
}

function whileSending(state: Sending, event: OutEvent, facts: Facts): Step {
  switch (event.type) {
    case 'accepted':
      return accepted(state, event, facts);
    case 'failed':
      return notAccepted(state, event.failure, event.mayGoOn, facts);
    case 'redacted':
      return { state, effects: [{ type: 'tell-too-late' }] };
    case 'receipt':
      return event.state === 'failed' ? { state: { ...state, lost: event.failure }, effects: [] } : unchanged(state);
    // The part that is under way is not called back.
    case 'opted-out':
    case 'refused':
    case 'left':
    case 'due':
      return unchanged(state);
    default:
      return event satisfies never;
  }
}

function onceAccepted(state: OutState, event: OutEvent): Step {
  switch (event.type) {
    case 'receipt':
      return receipt(state, event);
    case 'redacted':
      return { state, effects: [{ type: 'tell-too-late' }] };
    case 'due':
    case 'accepted':
    case 'failed':
    case 'opted-out':
    case 'refused':
    case 'left':
      return unchanged(state);
    default:
      return event satisfies never;
  }
}

function receipt(state: OutState, event: Extract<OutEvent, { type: 'receipt' }>): Step {
  if (event.state === 'failed') {
    // Who has it has it, whatever a late receipt says.
    return state.phase === 'accepted' ? lostOnTheWay(event.failure) : unchanged(state);
  }
  const got = { accepted: 0, delivered: 1, displayed: 2 } as const;
  if (got[event.state] <= got[state.phase as keyof typeof got]) return unchanged(state);
  return {
    state: { phase: event.state },
    effects: [
      { type: 'tell', status: event.state },
      { type: 'end', state: event.state },
    ],
  };
}

function due(progress: DeliveryProgress, facts: Facts): Step {
  const { partsAccepted, partsTotal, underWay } = progress;
  // The process died between the last part and the end.
  if (partsTotal !== undefined && partsAccepted >= partsTotal) return allAccepted(progress.route);
  const current = facts.routes[progress.route];
  if (underWay && !mayRepeat(current, facts)) return fail({ key: 'may-have-arrived' });
  if (facts.now > facts.expiresAt + LATE_MS) {
    return fail(underWay ? { key: 'may-have-arrived' } : (partly(progress) ?? { key: 'not-in-time' }));
  }
  if (mustStay(progress, underWay, current, facts)) {
    if (current?.state === 'usable') return sendBy(progress.route, progress, underWay, [], facts);
    if (current === undefined || current.state === 'gone') return gone(progress, underWay);
    return waitFor(progress, { key: 'provider-unreachable' }, facts, current.resumesAt);
  }
  const next = nextRoute(facts.routes, []);
  if (next !== undefined) return sendBy(next, progress, false, [], facts);
  return noRoute(progress, facts);
}

/** None can be used now: for good, or for a while. */
function noRoute(progress: DeliveryProgress, facts: Facts): Step {
  const there = facts.routes.filter(({ state }) => state !== 'gone');
  if (there.length === 0) return fail({ key: 'no-way-for-texts' });
  const sizes = there.map(({ parts }) => parts);
  if (!sizes.some((parts) => typeof parts === 'number')) {
    const most = Math.max(...sizes.map((parts) => (typeof parts === 'number' ? 0 : parts.mostCharacters)));
    return fail({ key: 'text-too-long', params: { characters: String(most) } });
  }
  const times = there.flatMap(({ resumesAt }) => (resumesAt === undefined ? [] : [resumesAt]));
  const soonest = times.length === there.length ? Math.min(...times) : undefined;
  return waitFor(progress, { key: 'provider-unreachable' }, facts, soonest);
}

function gone(progress: DeliveryProgress, underWay: boolean): Step {
  if (underWay) return fail({ key: 'may-have-arrived' });
  return fail(partly(progress) ?? { key: 'no-way-for-texts' });
}

function sendBy(
  route: number,
  progress: DeliveryProgress,
  doubt: boolean,
  failed: readonly number[],
  facts: Facts,
): Step {
  const parts = facts.routes[route]?.parts;
  const total = progress.partsAccepted > 0 ? progress.partsTotal : parts;
  // The settings changed between two parts: the rest cannot be cut as the first ones were.
  if (typeof total !== 'number' || total !== parts) return fail(partly(progress) ?? { key: 'network-refused' });
  const sending: DeliveryProgress = { ...progress, route, partsTotal: total, underWay: true, nextTryAt: facts.now };
  const index = progress.partsAccepted + 1;
  const effects: OutEffect[] = [];
  if (route !== progress.route || mustBeMarked(route, facts)) effects.push({ type: 'store', progress: sending });
  effects.push({ type: 'submit', route, index, total });
  return { state: { phase: 'sending', progress: sending, doubt, failed }, effects };
}

function accepted(state: Sending, event: Extract<OutEvent, { type: 'accepted' }>, { now }: Facts): Step {
  const { route, partsTotal = 1 } = state.progress;
  const index = state.progress.partsAccepted + 1;
  const part = { index, route, ...(event.messageId === undefined ? {} : { messageId: event.messageId }) };
  const progress: DeliveryProgress = {
    ...state.progress,
    partsAccepted: index,
    tries: 0,
    underWay: false,
    nextTryAt: now,
  };
  const stored: OutEffect = { type: 'store', progress, accepted: part };
  if (state.lost) return followed(stored, lostOnTheWay(state.lost));
  if (index >= partsTotal) return followed(stored, allAccepted(route));
  // The next part is due at once.
  return { state: { phase: 'waiting', progress }, effects: [stored] };
}

function allAccepted(route: number): Step {
  return {
    state: { phase: 'accepted' },
    effects: [
      // Told first: what ended is not told of by the next process.
      { type: 'tell', status: 'sent' },
      { type: 'note-use', route },
      { type: 'end', state: 'accepted' },
    ],
  };
}

function notAccepted(state: Sending, failure: TextFailure, mayGoOn: boolean, facts: Facts): Step {
  const { progress } = state;
  const current = facts.routes[progress.route];
  const doubt = state.doubt || failure.mayHaveArrived;
  const failed = [...state.failed, progress.route];
  const tried: DeliveryProgress = { ...progress, tries: progress.tries + 1 };
  // What may have arrived and was not refused for good.
  const isUnknown = doubt && failure.isTemporary;
  if (isUnknown && !mayRepeat(current, facts)) return fail({ key: 'may-have-arrived' });
  const stays = mustStay(tried, isUnknown, current, facts);
  if (failure.isTrunkFault && !stays) {
    const next = nextRoute(facts.routes, failed);
    if (next !== undefined && mayGoOn) return sendBy(next, tried, false, failed, facts);
  }
  if (!failure.isTemporary) return refusedForGood(failure, tried);
  // Where repeats are known it stays with this way as long as that is there, so that it arrives once.
  const inDoubt = isUnknown && current?.knowsRepeats === true;
  return waitFor({ ...tried, underWay: inDoubt }, failureWords(failure), facts, retryAt(failure, facts));
}

function refusedForGood(failure: TextFailure, progress: DeliveryProgress): Step {
  const { state, effects } = fail(partly(progress) ?? failureWords(failure));
  return { state, effects: failure.kind === 'blocked' ? [...effects, { type: 'note-opt-out' }] : effects };
}

/** A part was accepted and is lost nevertheless. */
function lostOnTheWay(failure: TextFailure): Step {
  const { state, effects } = fail(failure.kind === 'refused' ? { key: 'not-delivered' } : failureWords(failure));
  return { state, effects: failure.kind === 'blocked' ? [...effects, { type: 'note-opt-out' }] : effects };
}

/**
 * Waits for the next try. Its last one is when it expires; then it fails with these words.
 * @param notBefore what the network asked for (Retry-After), or when the way is open again: instead of the usual back-off
 */
function waitFor(progress: DeliveryProgress, why: Sentence, facts: Facts, notBefore?: number): Step {
  const { now, expiresAt, jitter, retry } = facts;
  if (now >= expiresAt || (notBefore !== undefined && notBefore > expiresAt)) {
    return fail(progress.underWay ? { key: 'may-have-arrived' } : (partly(progress) ?? why));
  }
  const tries = Math.max(1, progress.tries);
  const delay = notBefore === undefined ? backOffMs(tries, jitter, retry) : spread(notBefore - now, jitter);
  const waiting: DeliveryProgress = { ...progress, tries, nextTryAt: Math.min(now + delay, expiresAt) };
  return {
    state: { phase: 'waiting', progress: waiting },
    effects: [
      { type: 'store', progress: waiting },
      { type: 'tell-waiting', sentence: why },
    ],
  };
}

function retryAt({ retryAfterMs }: TextFailure, { now }: Facts): number | undefined {
  return retryAfterMs === undefined ? undefined : now + retryAfterMs;
}

function partly({ partsAccepted, partsTotal }: DeliveryProgress): Sentence | undefined {
  if (partsAccepted === 0) return undefined;
  return { key: 'partly-sent', params: { sent: String(partsAccepted), total: String(partsTotal ?? '?') } };
}

function fail(sentence: Sentence): Step {
  return {
    state: { phase: 'failed' },
    effects: [
      { type: 'tell-failed', sentence },
      { type: 'end', state: 'failed', sentence },
    ],
  };
}

function withdrawn(): Step {
  return { state: { phase: 'withdrawn' }, effects: [{ type: 'end', state: 'withdrawn' }] };
}

function followed(first: OutEffect, { state, effects }: Step): Step {
  return { state, effects: [first, ...effects] };
}

function unchanged(state: OutState): Step {
  return { state, effects: [] };
}
