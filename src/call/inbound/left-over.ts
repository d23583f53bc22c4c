import type { InboundStep } from './effects.ts';
import type { InboundEvent } from './events.ts';
import type { InboundState } from './state.ts';

/** What must not be left without an answer is refused in any phase; all else means nothing here. */
export function leftOver(state: InboundState, event: InboundEvent): InboundStep {
  switch (event.type) {
    case 'sip-reoffer':
      return { state, effects: [{ type: 'refuseSipReoffer', id: event.id, status: 500 }] };
    case 'sip-replacement':
      return { state, effects: [{ type: 'refuseReplacement', id: event.id }] };
    case 'sip-refer':
      return { state, effects: [{ type: 'refuseReferral', id: event.id, status: 603 }] };
    default:
      return { state, effects: [] };
  }
}
