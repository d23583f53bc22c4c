/**
 * One telephone call out from Matrix, as a pure state machine: state × event ⇒ state × effects. No timer, promise,
 * clock or I/O; `call.ts` runs the effects and brings back what came of them as events.
 *
 *   new → deciding → preparing → calling → ringing ─────────────────→ answering → connecting → talking → ended
 *                                             └→ answering-early → early ─────────────┘
 *
 * Every phase can go to `ended`. The way forward is in `machine/progress.ts`, what holds in every phase in
 * `machine/common.ts`, transfers in `machine/transfers.ts`, offers and answers inside a call in `machine/talks.ts`.
 */
import type { Step } from './machine/effects.ts';
import type { CallEvent } from './machine/events.ts';
import { stepDeciding, stepEnded, stepNew } from './machine/opening.ts';
import { stepPlanned } from './machine/planned.ts';
import type { CallState } from './machine/state.ts';

export const initialState: CallState = { phase: 'new' };

export function step(state: CallState, event: CallEvent): Step<CallState> {
  switch (state.phase) {
    case 'new':
      return stepNew(state, event);
    case 'deciding':
      return stepDeciding(state, event);
    case 'ended':
      return stepEnded(state, event);
    case 'preparing':
    case 'calling':
    case 'ringing':
    case 'answering-early':
    case 'early':
    case 'answering':
    case 'connecting':
    case 'talking':
    case 'transferring':
    case 'referred':
      return stepPlanned(state, event);
    default:
      return state satisfies never;
  }
}

export type { Effect, EffectType, Step } from './machine/effects.ts';
export type { CallEvent, Decided, EventType, TimerName, TransferEvent } from './machine/events.ts';
export {
  type CallState,
  type EarlyMediaPolicy,
  type Phase,
  type Plan,
  phases,
  type Route,
  type TransferRequest,
} from './machine/state.ts';
