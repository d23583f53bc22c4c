/** The INVITE server transaction: RFC 3261 §17.2.1, figure 7, as RFC 6026 §8.5 and §8.7 amend it. */
import {
  DELIVER,
  REPORT_TIMEOUT,
  REPORT_TRANSPORT_ERROR,
  RESEND_RESPONSE,
  SEND_RESPONSE,
  type Step,
  startTimer,
  stay,
  stopTimer,
} from './step.ts';
import { type TransactionConditions, transactionTimeoutMs } from './timers.ts';

export const INVITE_SERVER_STATES = ['proceeding', 'completed', 'confirmed', 'accepted', 'terminated'] as const;

/** `request` is the INVITE again; `provisional`, `success` and `failure` are what the transaction user answers. */
export const INVITE_SERVER_EVENTS = [
  'request',
  'ack',
  'provisional',
  'success',
  'failure',
  'timerG',
  'timerH',
  'timerI',
  'timerL',
  'transportError',
] as const;

export type InviteServerEvent = (typeof INVITE_SERVER_EVENTS)[number];

export type InviteServerState =
  | { readonly name: 'proceeding' }
  | { readonly name: 'completed'; readonly timerGMs: number }
  | { readonly name: 'confirmed' }
  | { readonly name: 'accepted' }
  | { readonly name: 'terminated' };

type Next = Step<InviteServerState>;

const PROCEEDING: InviteServerState = { name: 'proceeding' };
const CONFIRMED: InviteServerState = { name: 'confirmed' };
const ACCEPTED: InviteServerState = { name: 'accepted' };
const TERMINATED: InviteServerState = { name: 'terminated' };

/** The first step: the INVITE goes to the transaction user, who answers 100 at once (RFC 3261 §17.2.1). */
export function startInviteServer(): Next {
  return { state: PROCEEDING, effects: [DELIVER] };
}

export function stepInviteServer(
  state: InviteServerState,
  event: InviteServerEvent,
  conditions: TransactionConditions,
): Next {
  switch (state.name) {
    case 'proceeding':
      return proceeding(state, event, conditions);
    case 'completed':
      return completed(state, event, conditions);
    case 'confirmed':
      return confirmed(state, event);
    case 'accepted':
      return accepted(state, event);
    case 'terminated':
      return stay(state);
    default:
      return state satisfies never;
  }
}

function proceeding(state: InviteServerState, event: InviteServerEvent, conditions: TransactionConditions): Next {
  switch (event) {
    case 'request':
      return { state, effects: [RESEND_RESPONSE] };
    case 'provisional':
      return { state, effects: [SEND_RESPONSE] };
    case 'success':
      return { state: ACCEPTED, effects: [SEND_RESPONSE, startTimer('L', transactionTimeoutMs(conditions))] };
    case 'failure': {
      const timerH = startTimer('H', transactionTimeoutMs(conditions));
      return {
        state: { name: 'completed', timerGMs: conditions.t1Ms },
        effects: conditions.reliable
          ? [SEND_RESPONSE, timerH]
          : [SEND_RESPONSE, startTimer('G', conditions.t1Ms), timerH],
      };
    }
    // RFC 6026 §8.7: a response that cannot be sent does not end the transaction.
    case 'transportError':
      return { state, effects: [REPORT_TRANSPORT_ERROR] };
    case 'ack':
    case 'timerG':
    case 'timerH':
    case 'timerI':
    case 'timerL':
      return stay(state);
    default:
      return event satisfies never;
  }
}

function completed(
  state: InviteServerState & { name: 'completed' },
  event: InviteServerEvent,
  conditions: TransactionConditions,
): Next {
  switch (event) {
    case 'request':
      return { state, effects: [RESEND_RESPONSE] };
    case 'ack':
      // RFC 3261 §17.2.1: Timer I absorbs more ACKs; on a reliable transport it is zero.
      return conditions.reliable
        ? { state: TERMINATED, effects: [] }
        : { state: CONFIRMED, effects: [stopTimer('G'), stopTimer('H'), startTimer('I', conditions.t4Ms)] };
    case 'timerG': {
      const timerGMs = Math.min(state.timerGMs * 2, conditions.t2Ms);
      return { state: { name: 'completed', timerGMs }, effects: [RESEND_RESPONSE, startTimer('G', timerGMs)] };
    }
    case 'timerH':
      return { state: TERMINATED, effects: [REPORT_TIMEOUT] };
    case 'transportError':
      return { state, effects: [REPORT_TRANSPORT_ERROR] };
    case 'provisional':
    case 'success':
    case 'failure':
    case 'timerI':
    case 'timerL':
      return stay(state);
    default:
      return event satisfies never;
  }
}

function confirmed(state: InviteServerState, event: InviteServerEvent): Next {
  switch (event) {
    case 'timerI':
      return { state: TERMINATED, effects: [] };
    case 'request':
    case 'ack':
    case 'provisional':
    case 'success':
    case 'failure':
    case 'timerG':
    case 'timerH':
    case 'timerL':
    case 'transportError':
      return stay(state);
    default:
      return event satisfies never;
  }
}

/** RFC 6026 §7.1: the INVITE again is absorbed; the user repeats the 2xx until its ACK comes. */
function accepted(state: InviteServerState, event: InviteServerEvent): Next {
  switch (event) {
    case 'success':
      return { state, effects: [SEND_RESPONSE] };
    case 'ack':
      return { state, effects: [DELIVER] };
    case 'timerL':
      return { state: TERMINATED, effects: [] };
    case 'transportError':
      return { state, effects: [REPORT_TRANSPORT_ERROR] };
    case 'request':
    case 'provisional':
    case 'failure':
    case 'timerG':
    case 'timerH':
    case 'timerI':
      return stay(state);
    default:
      return event satisfies never;
  }
}
