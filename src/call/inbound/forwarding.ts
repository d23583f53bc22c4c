/** A call that nobody took goes on to another number. Who waits hears it ring; whoever was rung here reads where it went. */
import { explainGateway, telephoneCause } from '../reasons.ts';
import type { CallOutcome } from '../record.ts';
import type { Onward } from '../transfer/onward.ts';
import type { InboundEffect, InboundStep } from './effects.ts';
import { endRings, missedBy } from './ending.ts';
import type { InboundEvent } from './events.ts';
import { leftOver } from './left-over.ts';
import { cleared, gatewayRefusal, mediaRefusal, type NotTaken } from './outcome.ts';
import type { ForwardingState, RingingState } from './state.ts';

/** A 180 each minute keeps proxies on the way from giving the call up (RFC 3261 §13.3.1.1). */
const againMs = 60_000;

/** Nobody rings any more, and nobody is told yet that the call was missed: the other number may take it. */
export function beginForward(state: RingingState, onward: Onward): InboundStep {
  const { rings, effects } = endRings(state.rings, 'user_hangup', () => 'called-off');
  const { facts, plan, media, party, isAlerted } = state;
  const forwarding: ForwardingState = {
    phase: 'forwarding',
    facts,
    plan,
    rings,
    onward,
    isAlerted,
    ...(media ? { media } : {}),
    ...(party ? { party } : {}),
  };
  return {
    state: forwarding,
    effects: [{ type: 'clearRingTimer', timer: 'step' }, ...effects, ...(media ? [start(onward)] : [])],
  };
}

const start = (onward: Onward): InboundEffect => ({ type: 'startForward', onward });
const same = (state: ForwardingState): InboundStep => ({ state, effects: [] });

export function stepForwarding(state: ForwardingState, event: InboundEvent): InboundStep {
  switch (event.type) {
    case 'media-ready': {
      const { type: _, ...media } = event;
      return state.media ? same(state) : { state: { ...state, media }, effects: [start(state.onward)] };
    }
    case 'media-failed':
      return event.during === 'prepare' ? refuse(state, mediaRefusal(event.code, event.message)) : same(state);
    case 'engine-failed':
      return refuse(state, gatewayRefusal(explainGateway('gateway-problem', event.message)));
    case 'forward-rings':
      return state.isAlerted ? same(state) : alert(state);
    case 'forward-done':
      return done(state);
    case 'forward-failed': {
      const { cause, why, telephone, by, sentence } = event.failure;
      const endedBy = by === 'gateway' ? 'gateway' : 'callee';
      return over(state, [{ type: 'hangupSip', cause: telephone }], {
        endedBy,
        cause,
        admin: `forwarded: ${why}`,
        ...(sentence ? { sentence } : {}),
      });
    }
    case 'sip-failed':
    case 'sip-ended': {
      const elsewhere = event.type === 'sip-failed' && event.failure.elsewhere === true;
      const cause = event.type === 'sip-ended' ? 'normal' : elsewhere ? 'answered-elsewhere' : 'cancelled';
      return over(state, [{ type: 'cancelForward' }], { endedBy: 'caller', cause }, elsewhere);
    }
    case 'shutdown':
      return refuse(state, gatewayRefusal(explainGateway('gateway-stopping')));
    case 'end-now':
      return refuse(state, { refusal: cleared, cause: event.cause, admin: '' });
    case 'sip-identity':
      return same({ ...state, party: event.party });
    case 'ring-timer':
      if (event.timer === 'silence') return state.isAlerted ? same(state) : alert(state);
      return event.timer === 'again' ? alert(state) : same(state);
    default:
      return leftOver(state, event);
  }
}

/** The caller hears that it rings. */
function alert(state: ForwardingState): InboundStep {
  return {
    state: { ...state, isAlerted: true },
    effects: [
      { type: 'clearRingTimer', timer: 'silence' },
      { type: 'alertSip' },
      { type: 'setRingTimer', timer: 'again', afterMs: againMs },
    ],
  };
}

/** Telephone and media are in other hands. */
function done({ rings, onward }: ForwardingState): InboundStep {
  return {
    state: { phase: 'ended', rings },
    effects: [
      ...missedBy(rings).map(({ id }): InboundEffect => ({ type: 'tellForwarded', ring: id, to: onward.to })),
      { type: 'finish', outcome: { endedBy: 'callee', cause: 'forwarded', reason: 'user_hangup' } },
    ],
  };
}

/** Our side ends it, whether the caller has its 200 already or not. */
function refuse(state: ForwardingState, { cause, admin }: NotTaken): InboundStep {
  const hangup: InboundEffect = { type: 'hangupSip', cause: telephoneCause('unknown_error') };
  return over(state, [{ type: 'cancelForward' }, hangup], { endedBy: 'gateway', cause, admin });
}

function over(
  { rings }: ForwardingState,
  effects: readonly InboundEffect[],
  outcome: CallOutcome,
  isTaken = false,
): InboundStep {
  const missed = isTaken ? [] : missedBy(rings);
  return {
    state: { phase: 'ended', rings },
    effects: [
      ...effects,
      ...missed.map(({ id }): InboundEffect => ({ type: 'tellMissed', ring: id })),
      { type: 'closeMedia' },
      { type: 'finish', outcome: { reason: 'user_hangup', ...outcome } },
    ],
  };
}
