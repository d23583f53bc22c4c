import type { TimerName } from './timers.ts';

/** What a transaction machine asks its runner to do. The messages themselves stay with the runner. */
export type TransactionEffect =
  /** (Re)send the transaction's request. */
  | { readonly do: 'sendRequest' }
  /** Send the ACK that belongs to a final response other than 2xx (RFC 3261 §17.1.1.3). */
  | { readonly do: 'sendAck' }
  /** Send the response that the user just gave, and remember it. */
  | { readonly do: 'sendResponse' }
  /** Send the last response once more, if there was one. */
  | { readonly do: 'resendResponse' }
  /** Hand the message that came with this event to the transaction user. */
  | { readonly do: 'deliver' }
  /** Tell the transaction user that nothing came in time. */
  | { readonly do: 'reportTimeout' }
  /** Tell the transaction user that the transport failed. */
  | { readonly do: 'reportTransportError' }
  /** Start (or restart) a timer. */
  | { readonly do: 'startTimer'; readonly timer: TimerName; readonly ms: number }
  | { readonly do: 'stopTimer'; readonly timer: TimerName };

/** The outcome of one event. In state `terminated` the runner stops what timers are left and forgets the transaction. */
export interface Step<State> {
  readonly state: State;
  readonly effects: readonly TransactionEffect[];
}

export const NOTHING: readonly TransactionEffect[] = [];
export const DELIVER: TransactionEffect = { do: 'deliver' };
export const SEND_REQUEST: TransactionEffect = { do: 'sendRequest' };
export const SEND_ACK: TransactionEffect = { do: 'sendAck' };
export const SEND_RESPONSE: TransactionEffect = { do: 'sendResponse' };
export const RESEND_RESPONSE: TransactionEffect = { do: 'resendResponse' };
export const REPORT_TIMEOUT: TransactionEffect = { do: 'reportTimeout' };
export const REPORT_TRANSPORT_ERROR: TransactionEffect = { do: 'reportTransportError' };

export function startTimer(timer: TimerName, ms: number): TransactionEffect {
  return { do: 'startTimer', timer, ms };
}

export function stopTimer(timer: TimerName): TransactionEffect {
  return { do: 'stopTimer', timer };
}

/** The event changes nothing in this state. */
export function stay<State>(state: State): Step<State> {
  return { state, effects: NOTHING };
}
