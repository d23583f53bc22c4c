/** What the answer to a MESSAGE says about the text (RFC 3428 §4). Pure. */
import { failureOf } from '../call/failure.ts';
import type { OutsideOutcome } from '../call/outside-client.ts';
import type { SipFailure } from '../leg.ts';
import type { TextOutcome } from '../text.ts';

export interface OutcomeFacts {
  /** By which receipts name it, where they were asked for. */
  readonly messageId?: string;
  /** Whether a connection carried it: one that breaks may have done so before or after. */
  readonly isStream: boolean;
}

export function outcomeOf(outcome: OutsideOutcome, { messageId, isStream }: OutcomeFacts): TextOutcome {
  if (outcome.kind === 'unanswered') {
    const { failure, isUnsent = false } = outcome;
    return failed(failure, !isUnsent && mayHaveLeft(outcome, isStream));
  }
  const { message, source } = outcome.response;
  // RFC 3428 §7: 200 says that it was delivered, 202 that somebody has taken it over.
  if (message.status < 300)
    return { kind: 'accepted', status: message.status, ...(messageId === undefined ? {} : { messageId }) };
  return failed(failureOf(message, false, source.address), isUnclear(message.status));
}

function failed(failure: SipFailure, mayHaveArrived: boolean): TextOutcome {
  const { retryAfterS } = failure;
  return {
    kind: 'failed',
    failure,
    mayHaveArrived,
    ...(retryAfterS === undefined ? {} : { retryAfterMs: retryAfterS * 1000 }),
  };
}

function mayHaveLeft(
  { failure: { origin }, offline }: Extract<OutsideOutcome, { kind: 'unanswered' }>,
  isStream: boolean,
): boolean {
  switch (origin) {
    case 'local':
      return false;
    case 'timeout':
    case 'remote':
      return true;
    case 'transport':
      // What UDP could not send did not leave; when our own server was lost, nobody knows.
      return isStream || offline === true;
    default:
      return origin satisfies never;
  }
}

/**
 * Statuses of a proxy or server that does not know itself what has become of it: no answer from further on (408, 504), a bad one
 * (502), trouble in the middle of it (500); or that has it already (482: RFC 3261 §8.2.2.2).
 */
function isUnclear(status: number): boolean {
  return status === 408 || status === 482 || status === 500 || status === 502 || status === 504;
}
