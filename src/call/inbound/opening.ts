/** The phases before anybody rings: `new` and `deciding`; and the one after everything, `ended`. */
import type { Refusal } from '../../../sip/index.ts';
import { type CauseKey, explainGateway } from '../reasons.ts';
import type { EndedBy } from '../record.ts';
import type { InboundEffect, InboundStep } from './effects.ts';
import type { InboundEvent } from './events.ts';
import { leftOver } from './left-over.ts';
import { causeOfRefusal, cleared, gatewayRefusal } from './outcome.ts';
import { beginStep } from './ringing.ts';
import type { InboundState } from './state.ts';

type Deciding = Extract<InboundState, { phase: 'deciding' }>;

/** So long a caller may hear nothing: then it is told that it rings although no room has been found yet. */
export const silenceMs = 1_000;

export function stepNew(state: InboundState, event: InboundEvent): InboundStep {
  if (event.type !== 'sip-invite') return leftOver(state, event);
  return { state: { phase: 'deciding', facts: event.facts }, effects: [{ type: 'decideInbound' }] };
}

export function stepDeciding(state: Deciding, event: InboundEvent): InboundStep {
  switch (event.type) {
    case 'inbound-decided': {
      const { decision } = event;
      if (decision.kind === 'refuse') {
        return refuse(decision.refusal, causeOfRefusal(decision.refusal), decision.admin);
      }
      const { plan } = decision;
      const { sdp } = state.facts;
      const begun = beginStep({ phase: 'ringing', facts: state.facts, plan, step: 0, rings: [], isAlerted: false });
      const effects: InboundEffect[] = [
        { type: 'prepareInbound', rtp: plan.rtp, ...(sdp === undefined ? {} : { sdp }) },
        { type: 'setRingTimer', timer: 'silence', afterMs: silenceMs },
      ];
      // A plan that rings nobody has ended already: no media for it.
      return begun.state.phase === 'ended' ? begun : { ...begun, effects: [...effects, ...begun.effects] };
    }
    case 'sip-failed': {
      const cause = event.failure.elsewhere ? 'answered-elsewhere' : 'cancelled';
      return finish({ endedBy: 'caller', cause, reason: 'user_hangup' });
    }
    case 'gateway-failed':
      return giveUp(explainGateway('gateway-problem', event.message));
    case 'end-now':
      return refuse(cleared, event.cause, '');
    case 'shutdown':
      return giveUp(explainGateway('gateway-stopping'));
    default:
      return leftOver(state, event);
  }
}

function giveUp(why: Parameters<typeof gatewayRefusal>[0]): InboundStep {
  const { refusal, cause, admin } = gatewayRefusal(why);
  return refuse(refusal, cause, admin);
}

function refuse(refusal: Refusal, cause: CauseKey, admin: string): InboundStep {
  const { status, q850 } = refusal;
  const facts = { sipStatus: status, ...(q850 === undefined ? {} : { q850 }) };
  const step = finish({ endedBy: 'gateway', cause, admin, ...facts });
  return { ...step, effects: [{ type: 'refuseSip', refusal }, ...step.effects] };
}

function finish(outcome: Extract<InboundEffect, { type: 'finish' }>['outcome'] & { endedBy: EndedBy }): InboundStep {
  return { state: { phase: 'ended', rings: [] }, effects: [{ type: 'finish', outcome }] };
}
