/**
 * One call that comes in, from its INVITE to its end, as a pure function: state × input → state × effects. The SIP server
 * repeats the 200 until its ACK comes and ends the dialog when it does not (RFC 3261 §13.3.1.4); what follows from it is here.
 */
import type { Refusal, SipEnd, SipFailure } from '../leg.ts';
import type { InboundEffect, InboundInput, InboundState, InboundStep } from './inbound-states.ts';
import type { HangupCause } from './leg-states.ts';

export const INITIAL_INBOUND: InboundState = { name: 'waiting' };

/** Decides one step. Never throws; an input that means nothing in a state changes nothing. */
export function stepInbound(state: InboundState, input: InboundInput): InboundStep {
  switch (state.name) {
    case 'waiting':
      return stepWaiting(state, input);
    case 'answered':
      return stepAnswered(state, input);
    case 'leaving':
      return stepLeaving(state, input);
    case 'confirmed':
      return stepConfirmed(state, input);
    case 'terminating':
      return stepTerminating(state, input);
    case 'terminated':
      return stay(state);
    default:
      return state satisfies never;
  }
}

function stepWaiting(state: InboundState, input: InboundInput): InboundStep {
  switch (input.type) {
    case 'ring':
      return stay(state, [{ type: 'send-ringing' }]);
    case 'progress':
      return stay(state, [{ type: 'send-progress', sdp: input.sdp }]);
    case 'answer':
      return { state: { name: 'answered' }, effects: [{ type: 'send-answer', sdp: input.sdp }] };
    case 'reject':
      return refuse(input.refusal);
    case 'hangup':
      return refuse(refusalOf(input.cause));
    case 'cancelled':
      return fail(cancelled(input));
    case 'bye':
      // RFC 3261 §15.1.2: a caller may end an early dialog so; the INVITE gets its final response too.
      return fail(cancelled({ ...input, elsewhere: false }), [{ type: 'send-refusal', refusal: { status: 487 } }]);
    case 'unsent':
      return fail(gone);
    case 'dialog-lost':
      return input.serverSide ? fail(gone) : stay(state);
    case 'connection-lost':
      return fail(serverLost);
    case 'acknowledged':
    case 'bye-done':
      return stay(state);
    default:
      return input satisfies never;
  }
}

function stepAnswered(state: InboundState, input: InboundInput): InboundStep {
  switch (input.type) {
    case 'acknowledged': {
      const open: InboundEffect[] = [{ type: 'open-session' }, { type: 'settle-answer' }];
      if (input.described) return { state: { name: 'confirmed' }, effects: open };
      // RFC 3261 §13.2.2.4 asks the caller for an answer in the ACK; without one there is nothing to talk by.
      const text = 'No session description';
      const end = endByUs({ by: 'local', q850: 88, text }, { q850: 88, text });
      return { state: end.state, effects: [...open, ...end.effects] };
    }
    case 'hangup': {
      const cause = input.cause ?? { q850: 16 };
      return {
        state: { name: 'leaving', cause },
        effects: [ended({ by: 'local', ...facts(cause) }), { type: 'close-session' }, failAnswer(hungUp)],
      };
    }
    // The server does not send the 200 when a CANCEL has come before it.
    case 'unsent':
      return input.status >= 200 ? fail(gone, [], failAnswer(gone)) : stay(state);
    case 'cancelled': {
      const failure = cancelled(input);
      return fail(failure, [], failAnswer(failure));
    }
    case 'bye': {
      const failure = cancelled({ ...input, elsewhere: false });
      return fail(failure, [], failAnswer(failure));
    }
    case 'dialog-lost':
      return input.serverSide ? fail(noAck, [], failAnswer(noAck)) : stay(state);
    case 'connection-lost':
      return fail(serverLost, [{ type: 'leave-behind' }], failAnswer(serverLost));
    case 'ring':
    case 'progress':
    case 'answer':
    case 'reject':
    case 'bye-done':
      return stay(state);
    default:
      return input satisfies never;
  }
}

function stepLeaving(state: Extract<InboundState, { name: 'leaving' }>, input: InboundInput): InboundStep {
  switch (input.type) {
    case 'acknowledged':
      return { state: { name: 'terminating' }, effects: [{ type: 'send-bye', cause: state.cause }] };
    case 'unsent':
      return input.status >= 200 ? over() : stay(state);
    case 'cancelled':
    case 'bye':
    case 'dialog-lost':
      return over();
    case 'connection-lost':
      return over([{ type: 'leave-behind' }]);
    case 'ring':
    case 'progress':
    case 'answer':
    case 'reject':
    case 'hangup':
    case 'bye-done':
      return stay(state);
    default:
      return input satisfies never;
  }
}

function stepConfirmed(state: InboundState, input: InboundInput): InboundStep {
  switch (input.type) {
    case 'hangup':
      return endByUs({ by: 'local', ...facts(input.cause) }, input.cause ?? { q850: 16 });
    case 'reject':
      return endByUs({ by: 'local' }, { q850: input.refusal.q850 ?? 16 });
    case 'bye':
      return over([ended({ by: 'remote', ...facts(input) }), { type: 'close-session' }]);
    case 'dialog-lost': {
      const end: SipEnd = { by: input.by, ...(input.text === undefined ? {} : { text: input.text }) };
      return input.serverSide
        ? over([ended(end), { type: 'close-session' }])
        : // The BYE is for the server, which still holds its half, and for a peer that was only unreachable.
          endByUs(end, { q850: 41, text: 'Dialog lost' });
    }
    case 'connection-lost':
      return over([
        ended({ by: 'dialog-lost', text: 'SIP server connection lost' }),
        { type: 'close-session' },
        { type: 'leave-behind' },
      ]);
    case 'ring':
    case 'progress':
    case 'answer':
    case 'cancelled':
    case 'acknowledged':
    case 'unsent':
    case 'bye-done':
      return stay(state);
    default:
      return input satisfies never;
  }
}

function stepTerminating(state: InboundState, input: InboundInput): InboundStep {
  switch (input.type) {
    // Two BYEs have crossed, or the dialog is gone already: nothing is left to wait for.
    case 'bye':
    case 'bye-done':
    case 'dialog-lost':
      return over();
    case 'connection-lost':
      return over([{ type: 'leave-behind' }]);
    case 'ring':
    case 'progress':
    case 'answer':
    case 'reject':
    case 'hangup':
    case 'cancelled':
    case 'acknowledged':
    case 'unsent':
      return stay(state);
    default:
      return input satisfies never;
  }
}

/** The status that says a cause best (RFC 3398 §8.2.6.1 the other way round); 480 for what has none. */
function refusalOf(cause: HangupCause | undefined): Refusal {
  if (cause === undefined) return { status: 480 };
  return { status: STATUS_OF_CAUSE[cause.q850] ?? 480, ...facts(cause) };
}

const STATUS_OF_CAUSE: Readonly<Record<number, number>> = {
  1: 404,
  17: 486,
  21: 603,
  34: 503,
  38: 503,
  41: 503,
  42: 503,
  88: 488,
};

function refuse(refusal: Refusal): InboundStep {
  const { status, q850, text } = refusal;
  const failure: SipFailure = {
    ...local,
    status,
    phrase: 'Refused here',
    ...(q850 === undefined ? {} : { q850 }),
    ...(text === undefined ? {} : { reasonText: text }),
  };
  return fail(failure, [{ type: 'send-refusal', refusal }]);
}

const local = { sawProvisional: false, origin: 'local' } as const;
const gone: SipFailure = { ...local, status: 487, phrase: 'The caller had gone', origin: 'remote' };
const noAck: SipFailure = { ...local, status: 408, phrase: 'The answer was not acknowledged', origin: 'timeout' };
const hungUp: SipFailure = { ...local, status: 487, phrase: 'Hung up before the call was there' };
const serverLost: SipFailure = { ...local, status: 503, phrase: 'SIP server connection lost', origin: 'transport' };

function cancelled(input: { readonly q850?: number; readonly text?: string; readonly elsewhere: boolean }): SipFailure {
  return {
    status: 487,
    phrase: 'The caller hung up',
    ...(input.q850 === undefined ? {} : { q850: input.q850 }),
    ...(input.text === undefined ? {} : { reasonText: input.text }),
    ...(input.elsewhere ? { elsewhere: true } : {}),
    sawProvisional: false,
    origin: 'remote',
  };
}

function fail(failure: SipFailure, effects: readonly InboundEffect[] = [], first?: InboundEffect): InboundStep {
  return over([
    ...(first === undefined ? [] : [first]),
    { type: 'emit', event: { type: 'failed', failure } },
    { type: 'close-session' },
    ...effects,
  ]);
}

function endByUs(end: SipEnd, cause: HangupCause): InboundStep {
  return {
    state: { name: 'terminating' },
    effects: [ended(end), { type: 'close-session' }, { type: 'send-bye', cause }],
  };
}

function over(effects: readonly InboundEffect[] = []): InboundStep {
  return { state: { name: 'terminated' }, effects: [...effects, { type: 'release' }] };
}

function stay(state: InboundState, effects: readonly InboundEffect[] = []): InboundStep {
  return { state, effects };
}

function ended(end: SipEnd): InboundEffect {
  return { type: 'emit', event: { type: 'ended', end } };
}

function failAnswer(failure: SipFailure): InboundEffect {
  return { type: 'fail-answer', failure };
}

function facts(from: { q850?: number; text?: string } | undefined): { q850?: number; text?: string } {
  return {
    ...(from?.q850 === undefined ? {} : { q850: from.q850 }),
    ...(from?.text === undefined ? {} : { text: from.text }),
  };
}
