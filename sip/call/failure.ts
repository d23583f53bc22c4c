/** Facts of a final response, a BYE or a timeout, read from its headers. */
import type { SipFailure } from '../leg.ts';
import {
  hasParam,
  header,
  headerList,
  lenient,
  parseNameAddr,
  parseWarning,
  q850Reason,
  reasons,
  retryAfter,
  type SipMessage,
  type SipResponse,
  stringifyReason,
} from '../message/index.ts';

/** Something was asked of a call that is not there. */
export const NO_CALL: SipFailure = {
  status: 481,
  phrase: 'The call is over or was not answered',
  sawProvisional: false,
  origin: 'local',
};

export interface ReasonFacts {
  /** `cause` of the Q.850 value of a Reason header (RFC 3326). */
  readonly q850?: number;
  /** The `text` of that value, or of the first value that has one. */
  readonly text?: string;
}

/** Reads the Reason headers of a response or a BYE. */
export function reasonFacts(message: SipMessage): ReasonFacts {
  const q850 = q850Reason(message);
  const text = q850?.text ?? reasons(message).find((reason) => reason.text !== undefined)?.text;
  return {
    ...(q850 === undefined ? {} : { q850: q850.cause }),
    ...(text === undefined ? {} : { text: sanitise(text) }),
  };
}

/** Writes the Reason header of a BYE or CANCEL of ours. */
export function reasonHeader(cause: { readonly q850: number; readonly text?: string }): string {
  return stringifyReason({
    protocol: 'Q.850',
    cause: cause.q850,
    ...(cause.text === undefined ? {} : { text: sanitise(cause.text) }),
  });
}

/**
 * Makes a failure of a final response.
 * @param source address that it came from; '': the server made it itself
 */
export function failureOf(response: SipResponse, sawProvisional: boolean, source?: string): SipFailure {
  const { q850, text } = reasonFacts(response);
  const warning = lenient(() => headerList(response, 'warning'))
    ?.map(parseWarning)
    .find((found) => found !== undefined);
  const retryAfterS = retryAfter(response);
  return {
    status: response.status >= 300 && response.status <= 699 ? response.status : 500,
    phrase: sanitise(response.phrase),
    ...(q850 === undefined ? {} : { q850 }),
    ...(text === undefined ? {} : { reasonText: text }),
    ...(warning === undefined ? {} : { warning: sanitise(`${warning.code} ${warning.text}`) }),
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
    sawProvisional,
    origin: originOf(response, source),
  };
}

/**
 * Where a final response was made. Our own SIP server answers for a network that does not: 408 when nothing came, 503 when
 * nothing could be sent. RFC 3261 §8.2.6.2 makes every responder add a To-tag, and the server has none to add; drachtio adds one
 * to its 503 all the same, but names no source.
 */
function originOf(response: SipResponse, source: string | undefined): SipFailure['origin'] {
  const to = lenient(() => parseNameAddr(header(response, 'to') ?? ''));
  if (source !== '' && to !== undefined && hasParam(to.params, 'tag')) return 'remote';
  if (response.status === 408) return 'timeout';
  return response.status === 503 ? 'transport' : 'remote';
}

/** Text of a stranger, fit for a log and for a person: no control or direction characters, at most 200 characters. */
export function sanitise(text: string): string {
  const clean = text.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  return [...clean.trim()].slice(0, 200).join('');
}
