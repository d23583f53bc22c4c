/** The INVITE client transaction: RFC 3261 §17.1.1, figure 5, with the accepted state of RFC 6026 §8.4. */
import {
  DELIVER,
  REPORT_TIMEOUT,
  REPORT_TRANSPORT_ERROR,
  SEND_ACK,
  SEND_REQUEST,
  type Step,
  startTimer,
  stay,
  stopTimer,
} from './step.ts';
import { type TransactionConditions, timerDMs, transactionTimeoutMs } from './timers.ts';

export const INVITE_CLIENT_STATES = ['calling', 'proceeding', 'accepted', 'completed', 'terminated'] as const;

/** `provisional`, `success` and `failure` are a response of 1xx, 2xx and 300–699. */
export const INVITE_CLIENT_EVENTS = [
  'provisional',
  'success',
  'failure',
  'timerA',
  'timerB',
  'timerD',
  'timerM',
  'transportError',
] as const;

export type InviteClientEvent = (typeof INVITE_CLIENT_EVENTS)[number];

export type InviteClientState =
  | { readonly name: 'calling'; readonly timerAMs: number }
  | { readonly name: 'proceeding' }
  | { readonly name: 'accepted' }
  | { readonly name: 'completed' }
  | { readonly name: 'terminated' };

type Next = Step<InviteClientState>;

const PROCEEDING: InviteClientState = { name: 'proceeding' };
const ACCEPTED: InviteClientState = { name: 'accepted' };
const COMPLETED: InviteClientState = { name: 'completed' };
const TERMINATED: InviteClientState = { name: 'terminated' };

/** The first step: the request goes out. */
export function startInviteClient(conditions: TransactionConditions): Next {
  const timerB = startTimer('B', transactionTimeoutMs(conditions));
  return {
    state: { name: 'calling', timerAMs: conditions.t1Ms },
    effects: conditions.reliable ? [SEND_REQUEST, timerB] : [SEND_REQUEST, startTimer('A', conditions.t1Ms), timerB],
  };
}

export function stepInviteClient(
  state: InviteClientState,
  event: InviteClientEvent,
  conditions: TransactionConditions,
): Next {
  switch (state.name) {
    case 'calling':
      return calling(state, event, conditions);
    case 'proceeding':
      return proceeding(state, event, conditions);
    case 'accepted':
      return accepted(state, event);
    case 'completed':
      return completed(state, event);
    case 'terminated':
      return stay(state);
    default:
      return state satisfies never;
  }
}

function calling(
  state: InviteClientState & { name: 'calling' },
  event: InviteClientEvent,
  conditions: TransactionConditions,
): Next {
  switch (event) {
    case 'provisional':
      return { state: PROCEEDING, effects: [stopTimer('A'), stopTimer('B'), DELIVER] };
    case 'success':
      return succeed(conditions);
    case 'failure':
      return fail(conditions);
    case 'timerA': {
      const timerAMs = state.timerAMs * 2;
      return { state: { name: 'calling', timerAMs }, effects: [SEND_REQUEST, startTimer('A', timerAMs)] };
    }
    case 'timerB':
      return { state: TERMINATED, effects: [REPORT_TIMEOUT] };
    case 'transportError':
      return { state: TERMINATED, effects: [REPORT_TRANSPORT_ERROR] };
    case 'timerD':
    case 'timerM':
      return stay(state);
    default:
      return event satisfies never;
  }
}

function proceeding(state: InviteClientState, event: InviteClientEvent, conditions: TransactionConditions): Next {
  switch (event) {
    case 'provisional':
      return { state, effects: [DELIVER] };
    case 'success':
      return succeed(conditions);
    case 'failure':
      return fail(conditions);
    // A closed connection is no end: the response may come on another one (RFC 3261 §18.2.2).
    case 'transportError':
    case 'timerA':
    case 'timerB':
    case 'timerD':
    case 'timerM':
      return stay(state);
    default:
      return event satisfies never;
  }
}

/** RFC 6026 §7.2: 2xx responses of this and of other forks keep coming; each goes to the user, who acknowledges it. */
function accepted(state: InviteClientState, event: InviteClientEvent): Next {
  switch (event) {
    case 'success':
      return { state, effects: [DELIVER] };
    case 'timerM':
      return { state: TERMINATED, effects: [] };
    case 'provisional':
    case 'failure':
    case 'timerA':
    case 'timerB':
    case 'timerD':
    case 'transportError':
      return stay(state);
    default:
      return event satisfies never;
  }
}

function completed(state: InviteClientState, event: InviteClientEvent): Next {
  switch (event) {
    case 'failure':
      return { state, effects: [SEND_ACK] };
    case 'timerD':
      return { state: TERMINATED, effects: [] };
    case 'transportError':
      return { state: TERMINATED, effects: [REPORT_TRANSPORT_ERROR] };
    case 'provisional':
    case 'success':
    case 'timerA':
    case 'timerB':
    case 'timerM':
      return stay(state);
    default:
      return event satisfies never;
  }
}

function succeed(conditions: TransactionConditions): Next {
  return {
    state: ACCEPTED,
    effects: [stopTimer('A'), stopTimer('B'), startTimer('M', transactionTimeoutMs(conditions)), DELIVER],
  };
}

function fail(conditions: TransactionConditions): Next {
  // RFC 3261 §17.1.1.2: on a reliable transport Timer D is zero.
  if (conditions.reliable) return { state: TERMINATED, effects: [SEND_ACK, DELIVER] };
  return {
    state: COMPLETED,
    effects: [stopTimer('A'), stopTimer('B'), SEND_ACK, startTimer('D', timerDMs(conditions)), DELIVER],
  };
}
