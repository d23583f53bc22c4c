/** The non-INVITE server transaction: RFC 3261 §17.2.2, figure 8. */
import {
  DELIVER,
  REPORT_TRANSPORT_ERROR,
  RESEND_RESPONSE,
  SEND_RESPONSE,
  type Step,
  startTimer,
  stay,
} from './step.ts';
import { type TransactionConditions, transactionTimeoutMs } from './timers.ts';

export const NON_INVITE_SERVER_STATES = ['trying', 'proceeding', 'completed', 'terminated'] as const;

/** `request` is the request again; `provisional` and `final` are what the transaction user answers. */
export const NON_INVITE_SERVER_EVENTS = ['request', 'provisional', 'final', 'timerJ', 'transportError'] as const;

export type NonInviteServerEvent = (typeof NON_INVITE_SERVER_EVENTS)[number];

export type NonInviteServerState =
  | { readonly name: 'trying' }
  | { readonly name: 'proceeding' }
  | { readonly name: 'completed' }
  | { readonly name: 'terminated' };

type Next = Step<NonInviteServerState>;

const TRYING: NonInviteServerState = { name: 'trying' };
const PROCEEDING: NonInviteServerState = { name: 'proceeding' };
const COMPLETED: NonInviteServerState = { name: 'completed' };
const TERMINATED: NonInviteServerState = { name: 'terminated' };

/** The first step: the request goes to the transaction user. */
export function startNonInviteServer(): Next {
  return { state: TRYING, effects: [DELIVER] };
}

export function stepNonInviteServer(
  state: NonInviteServerState,
  event: NonInviteServerEvent,
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

function trying(state: NonInviteServerState, event: NonInviteServerEvent, conditions: TransactionConditions): Next {
  switch (event) {
    case 'provisional':
      return { state: PROCEEDING, effects: [SEND_RESPONSE] };
    case 'final':
      return finish(conditions);
    // Nothing has been sent yet that could fail, and nothing that could be repeated.
    case 'transportError':
    case 'request':
    case 'timerJ':
      return stay(state);
    default:
      return event satisfies never;
  }
}

function proceeding(state: NonInviteServerState, event: NonInviteServerEvent, conditions: TransactionConditions): Next {
  switch (event) {
    case 'request':
      return { state, effects: [RESEND_RESPONSE] };
    case 'provisional':
      return { state, effects: [SEND_RESPONSE] };
    case 'final':
      return finish(conditions);
    case 'transportError':
      return { state: TERMINATED, effects: [REPORT_TRANSPORT_ERROR] };
    case 'timerJ':
      return stay(state);
    default:
      return event satisfies never;
  }
}

function completed(state: NonInviteServerState, event: NonInviteServerEvent): Next {
  switch (event) {
    case 'request':
      return { state, effects: [RESEND_RESPONSE] };
    case 'timerJ':
      return { state: TERMINATED, effects: [] };
    case 'transportError':
      return { state: TERMINATED, effects: [REPORT_TRANSPORT_ERROR] };
    // A second final response is dropped (RFC 3261 §17.2.2).
    case 'provisional':
    case 'final':
      return stay(state);
    default:
      return event satisfies never;
  }
}

function finish(conditions: TransactionConditions): Next {
  // RFC 3261 §17.2.2: Timer J absorbs the request again; on a reliable transport it is zero.
  if (conditions.reliable) return { state: TERMINATED, effects: [SEND_RESPONSE] };
  return { state: COMPLETED, effects: [SEND_RESPONSE, startTimer('J', transactionTimeoutMs(conditions))] };
}
