/** The non-INVITE client transaction: RFC 3261 §17.1.2, figure 6. */
import {
  DELIVER,
  REPORT_TIMEOUT,
  REPORT_TRANSPORT_ERROR,
  SEND_REQUEST,
  type Step,
  startTimer,
  stay,
  stopTimer,
} from './step.ts';
import { type TransactionConditions, transactionTimeoutMs } from './timers.ts';

export const NON_INVITE_CLIENT_STATES = ['trying', 'proceeding', 'completed', 'terminated'] as const;

/** `provisional` is a 1xx, `final` is 200–699. */
export const NON_INVITE_CLIENT_EVENTS = [
  'provisional',
  'final',
  'timerE',
  'timerF',
  'timerK',
  'transportError',
] as const;

export type NonInviteClientEvent = (typeof NON_INVITE_CLIENT_EVENTS)[number];

export type NonInviteClientState =
  | { readonly name: 'trying'; readonly timerEMs: number }
  | { readonly name: 'proceeding' }
  | { readonly name: 'completed' }
  | { readonly name: 'terminated' };

type Next = Step<NonInviteClientState>;

const PROCEEDING: NonInviteClientState = { name: 'proceeding' };
const COMPLETED: NonInviteClientState = { name: 'completed' };
const TERMINATED: NonInviteClientState = { name: 'terminated' };

/** The first step: the request goes out. */
export function startNonInviteClient(conditions: TransactionConditions): Next {
  const timerF = startTimer('F', transactionTimeoutMs(conditions));
  return {
    state: { name: 'trying', timerEMs: conditions.t1Ms },
    effects: conditions.reliable ? [SEND_REQUEST, timerF] : [SEND_REQUEST, startTimer('E', conditions.t1Ms), timerF],
  };
}

export function stepNonInviteClient(
  state: NonInviteClientState,
  event: NonInviteClientEvent,
  conditions: TransactionConditions,
): Next {
  switch (state.name) {
    case 'trying':
      return trying(state, event, conditions);
    case 'proceeding':
      return proceeding(state, event, conditions);
    case 'completed':
      return completed(state, event);
    case 'terminated':
      return stay(state);
    default:
      return state satisfies never;
  }
}

function trying(
  state: NonInviteClientState & { name: 'trying' },
  event: NonInviteClientEvent,
  conditions: TransactionConditions,
): Next {
  switch (event) {
    case 'provisional':
      return { state: PROCEEDING, effects: [DELIVER] };
    case 'final':
      return finish(conditions);
    case 'timerE': {
      const timerEMs = Math.min(state.timerEMs * 2, conditions.t2Ms);
      return { state: { name: 'trying', timerEMs }, effects: [SEND_REQUEST, startTimer('E', timerEMs)] };
    }
    case 'timerF':
      return { state: TERMINATED, effects: [REPORT_TIMEOUT] };
    case 'transportError':
      return { state: TERMINATED, effects: [REPORT_TRANSPORT_ERROR] };
    case 'timerK':
      return stay(state);
    default:
      return event satisfies never;
  }
}

function proceeding(state: NonInviteClientState, event: NonInviteClientEvent, conditions: TransactionConditions): Next {
  switch (event) {
    case 'provisional':
      return { state, effects: [DELIVER] };
    case 'final':
      return finish(conditions);
    case 'timerE':
      return { state, effects: [SEND_REQUEST, startTimer('E', conditions.t2Ms)] };
    case 'timerF':
      return { state: TERMINATED, effects: [REPORT_TIMEOUT] };
    case 'transportError':
      return { state: TERMINATED, effects: [REPORT_TRANSPORT_ERROR] };
    case 'timerK':
      return stay(state);
    default:
      return event satisfies never;
  }
}

function completed(state: NonInviteClientState, event: NonInviteClientEvent): Next {
  switch (event) {
    case 'timerK':
      return { state: TERMINATED, effects: [] };
    case 'provisional':
    case 'final':
    case 'timerE':
    case 'timerF':
    case 'transportError':
      return stay(state);
    default:
      return event satisfies never;
  }
}

function finish(conditions: TransactionConditions): Next {
  // RFC 3261 §17.1.2.2: Timer K absorbs the response again; on a reliable transport it is zero.
  if (conditions.reliable) return { state: TERMINATED, effects: [DELIVER] };
  return {
    state: COMPLETED,
    effects: [stopTimer('E'), stopTimer('F'), startTimer('K', conditions.t4Ms), DELIVER],
  };
}
