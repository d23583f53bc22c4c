/**
 * One call in from the telephone, as a pure state machine: state × event ⇒ state × effects, like that of a call out.
 *
 *   new → deciding → ringing → answered (early → connecting → talking) → ended
 *                           ↘ forwarding _______________________________↗
 *
 * Ringing is a list of rings: a Matrix call each, in a room of its own. From the first answer on there is one Matrix call,
 * and the state holds that of the machine for calls out: offers and answers inside a call, transfers and endings are in
 * `../machine/` and the same in both directions.
 */
import { stepAnswered } from './answered.ts';
import type { InboundStep } from './effects.ts';
import type { InboundEvent } from './events.ts';
import { stepForwarding } from './forwarding.ts';
import { leftOver } from './left-over.ts';
import { stepDeciding, stepNew } from './opening.ts';
import { stepRinging } from './ringing.ts';
import type { InboundState } from './state.ts';

export const initialInboundState: InboundState = { phase: 'new' };

export function stepInbound(state: InboundState, event: InboundEvent): InboundStep {
  switch (state.phase) {
    case 'new':
      return stepNew(state, event);
    case 'deciding':
      return stepDeciding(state, event);
    case 'ringing':
      return stepRinging(state, event);
    case 'forwarding':
      return stepForwarding(state, event);
    case 'answered':
      return stepAnswered(state, event);
    case 'ended':
      return leftOver(state, event);
    default:
      return state satisfies never;
  }
}
