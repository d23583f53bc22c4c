/** What is wrong, from what came back or did not. Pure. */
import { sanitise } from '../call/failure.ts';
import type { OutsideOutcome } from '../call/outside-client.ts';
import { header, parseWarning, type SipResponse } from '../message/index.ts';
import type { Problem } from './states.ts';

/** What it means that no answer came. */
export function silenceOf({ failure, offline }: Extract<OutsideOutcome, { kind: 'unanswered' }>): Problem {
  if (offline === true) return { kind: 'disconnected' };
  if (failure.status === 408) return { kind: 'silent' };
  return { kind: 'unreachable', text: failure.warning?.replace(/^\d+ /, '') ?? failure.phrase };
}

/**
 * What a final answer of the registrar other than 2xx and 423 means.
 * @param credentials why a challenge was not answered
 */
export function refusalOf(response: SipResponse, credentials: string | undefined): Problem {
  const { status } = response;
  const warning = parseWarning(header(response, 'warning') ?? '')?.text;
  const text = sanitise(credentials ?? warning ?? response.phrase);
  if (status === 401 || status === 407) return { kind: 'credentials', status, text };
  if (status === 403) return { kind: 'forbidden', status, text };
  if (status === 404 || status === 410 || status === 604) return { kind: 'not-found', status, text };
  if (status === 408 || status === 480 || (status >= 500 && status < 600)) return { kind: 'trouble', status, text };
  return { kind: 'refused', status, text };
}
