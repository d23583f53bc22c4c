/**
 * Two telephones that were put through to each other, as a pure state machine: what one wishes, the other is told (hold,
 * resume), and the end of one is the end of both. As in a call, wishes and what was told are compared, whatever the order.
 */
import type { Direction } from '../../../media/index.ts';
import type { HandedOver } from '../call-effects.ts';
import { creditLow } from '../machine/credit.ts';
import { passedOn } from '../machine/talks.ts';
import type { CallEvent } from '../machine.ts';
import { explainEnd, explainGateway, type TelephoneCause, telephoneCause } from '../reasons.ts';
import type { Sentence, SentenceKey } from '../sentences.ts';

export type PairSide = 'a' | 'b';

interface Talk {
  readonly busy: 'idle' | 'answering' | 'offering';
  /** Direction that the other side's wish asks us to have towards this one; and what it has been told. */
  readonly towards: Direction;
  readonly told: Direction;
  readonly offered?: Direction;
}

export type PairState =
  /** `isWarned`: of credit that ends soon, by whichever telephone costs. */
  | { readonly phase: 'joined'; readonly a: Talk; readonly b: Talk; readonly isWarned?: true }
  | { readonly phase: 'over' };

type Joined = Extract<PairState, { phase: 'joined' }>;

export type PairEvent =
  | { readonly side: PairSide; readonly event: CallEvent }
  | { readonly side?: undefined; readonly event: { readonly type: 'longest-call' | 'shutdown' | 'end-now' } };

export type PairEffect =
  | { readonly type: 'hangup'; readonly side: PairSide; readonly cause: TelephoneCause }
  | {
      readonly type: 'answerReoffer';
      readonly side: PairSide;
      readonly id: number;
      readonly sdp?: string;
      readonly direction: Direction;
    }
  | { readonly type: 'refuseReoffer'; readonly side: PairSide; readonly id: number; readonly status: 488 | 491 | 500 }
  | { readonly type: 'reoffer'; readonly side: PairSide; readonly direction: Direction }
  | { readonly type: 'refuseReferral'; readonly side: PairSide; readonly id: number }
  | { readonly type: 'refuseReplacement'; readonly side: PairSide; readonly id: number }
  | { readonly type: 'sendDigit'; readonly side: PairSide; readonly digit: string; readonly durationMs: number }
  | { readonly type: 'beep'; readonly side: PairSide }
  /** One sentence for the user who put them through. */
  | { readonly type: 'say'; readonly sentence: Sentence }
  | { readonly type: 'finish'; readonly why: string; readonly by: PairSide | 'gateway' };

export interface PairStep {
  readonly state: PairState;
  readonly effects: readonly PairEffect[];
}

/** Who comes out of a call may hold, or have been told of a hold: the other one is told, and what is over is taken back. */
export function joinPair(a: HandedOver, b: HandedOver): PairStep {
  return settle({
    phase: 'joined',
    a: { busy: 'idle', towards: b.wish, told: a.told },
    b: { busy: 'idle', towards: a.wish, told: b.told },
  });
}

const same = (state: PairState): PairStep => ({ state, effects: [] });
const otherOf = (side: PairSide): PairSide => (side === 'a' ? 'b' : 'a');

export function stepPair(state: PairState, { side, event }: PairEvent): PairStep {
  if (state.phase === 'over') return afterwards(state, side, event);
  if (side === undefined) {
    return endByHouse(event.type);
  }
  switch (event.type) {
    case 'sip-ended': {
      const { cause, admin } = explainEnd(event.end);
      const passed = cause === 'normal' ? 'user_hangup' : 'unknown_error';
      return endOther(side, `${cause}; ${admin}`, telephoneCause(passed));
    }
    case 'sip-failed':
      return endOther(side, 'connection-lost', telephoneCause('unknown_error'));
    case 'sip-reoffer':
      return offered(state, side, event.id, event.sdp);
    case 'sip-renegotiated':
      return wishes(state, side, 'answering', event.direction);
    case 'sip-reoffer-answered':
      return wishes(state, side, 'offering', event.direction);
    case 'sip-reoffer-failed':
      return told(state, side);
    case 'media-failed':
      return event.during === 'sip-reoffer' ? cannotAnswer(state, side, event.reofferId) : same(state);
    case 'media-timeout':
      return event.side === 'rtp' ? endBoth('no packets', telephoneCause('ice_timeout')) : same(state);
    case 'engine-failed':
      return endBoth(explainGateway('gateway-problem', event.message).admin, telephoneCause('unknown_error'));
    case 'sip-refer':
      return { state, effects: [{ type: 'refuseReferral', side, id: event.id }] };
    case 'sip-replacement':
      return { state, effects: [{ type: 'refuseReplacement', side, id: event.id }] };
    case 'sip-dtmf':
      return {
        state,
        effects: [{ type: 'sendDigit', side: otherOf(side), digit: event.digit, durationMs: event.durationMs }],
      };
    case 'credit-low':
      return creditIsLow(state, event.leftMs);
    case 'credit-used-up':
      return endByHouse('credit-used-up');
    default:
      // What belongs to clients, and what changes nothing.
      return same(state);
  }
}

const wordsOfEnds = {
  'longest-call': 'longest-call',
  shutdown: 'gateway-stopping',
  'end-now': 'ended-by-administrator',
  'credit-used-up': 'credit-used-up',
} as const satisfies Record<string, SentenceKey>;

/** Neither of them has ended it: whoever put them through reads why. */
function endByHouse(why: keyof typeof wordsOfEnds): PairStep {
  const ended = endBoth(why, telephoneCause(why === 'shutdown' ? 'unknown_error' : 'user_hangup'));
  return { state: ended.state, effects: [{ type: 'say', sentence: { key: wordsOfEnds[why] } }, ...ended.effects] };
}

/** Whoever pays has left: those who talk hear the tone, the payer reads of it. Either telephone may cost; once is enough. */
function creditIsLow(state: Joined, leftMs: number): PairStep {
  if (state.isWarned) return same(state);
  return {
    state: { ...state, isWarned: true },
    effects: [
      { type: 'beep', side: 'a' },
      { type: 'beep', side: 'b' },
      { type: 'say', sentence: creditLow(leftMs) },
    ],
  };
}

/** Nothing that is asked may stay without an answer. */
function afterwards(state: PairState, side: PairSide | undefined, event: PairEvent['event']): PairStep {
  if (side === undefined) return same(state);
  if (event.type === 'sip-reoffer') {
    return { state, effects: [{ type: 'refuseReoffer', side, id: event.id, status: 500 }] };
  }
  if (event.type === 'sip-refer') return { state, effects: [{ type: 'refuseReferral', side, id: event.id }] };
  if (event.type === 'sip-replacement') return { state, effects: [{ type: 'refuseReplacement', side, id: event.id }] };
  return same(state);
}

function endOther(by: PairSide, why: string, cause: TelephoneCause): PairStep {
  return {
    state: { phase: 'over' },
    effects: [
      { type: 'hangup', side: otherOf(by), cause },
      { type: 'finish', why, by },
    ],
  };
}

function endBoth(why: string, cause: TelephoneCause): PairStep {
  return {
    state: { phase: 'over' },
    effects: [
      { type: 'hangup', side: 'a', cause },
      { type: 'hangup', side: 'b', cause },
      { type: 'finish', why, by: 'gateway' },
    ],
  };
}

/** A re-INVITE or UPDATE, one at a time (RFC 3261 §14.2). */
function offered(state: Joined, side: PairSide, id: number, sdp: string | undefined): PairStep {
  const talk = state[side];
  if (talk.busy !== 'idle') {
    const status = talk.busy === 'offering' ? 491 : 500;
    return { state, effects: [{ type: 'refuseReoffer', side, id, status }] };
  }
  const direction = talk.towards;
  return {
    state: { ...state, [side]: { ...talk, busy: 'answering' } },
    effects: [{ type: 'answerReoffer', side, id, ...(sdp === undefined ? {} : { sdp }), direction }],
  };
}

/** One side's direction is agreed: the other one is told what it means to it. */
function wishes(state: Joined, side: PairSide, busy: 'answering' | 'offering', direction: Direction): PairStep {
  const own = state[side];
  if (own.busy !== busy) return same(state);
  const { offered: direct, ...rest } = own;
  const settled: Talk = { ...rest, busy: 'idle', told: direct ?? own.told };
  // Only an offer of everything lets the answer tell whether that side holds, too.
  const tells = busy === 'answering' || direct === 'sendrecv';
  const other = otherOf(side);
  const heard: Talk = tells ? { ...state[other], towards: passedOn(direction) } : state[other];
  return settle({ ...state, [side]: settled, [other]: heard });
}

/** Our offer came to nothing: it counts as told, so that nobody tries for ever. */
function told(state: Joined, side: PairSide): PairStep {
  const { offered: direct, ...own } = state[side];
  if (own.busy !== 'offering') return same(state);
  return settle({ ...state, [side]: { ...own, busy: 'idle', told: direct ?? own.told } });
}

function cannotAnswer(state: Joined, side: PairSide, id: number | undefined): PairStep {
  const refusal: PairEffect[] = id === undefined ? [] : [{ type: 'refuseReoffer', side, id, status: 488 }];
  if (state[side].busy !== 'answering') return { state, effects: refusal };
  const next = settle({ ...state, [side]: { ...state[side], busy: 'idle' } });
  return { state: next.state, effects: [...refusal, ...next.effects] };
}

function settle(state: Joined): PairStep {
  const effects: PairEffect[] = [];
  let next: Joined = state;
  for (const side of ['a', 'b'] as const) {
    const talk = next[side];
    if (talk.busy !== 'idle' || talk.told === talk.towards) continue;
    next = { ...next, [side]: { ...talk, busy: 'offering', offered: talk.towards } };
    effects.push({ type: 'reoffer', side, direction: talk.towards });
  }
  return { state: next, effects };
}
