/**
 * What a refused MESSAGE means: SIP status and Q.850 cause ⇒ kind of failure, whether to try again, whether another trunk may do
 * better. Statuses: RFC 3261 §21, 3428 §7, 8197, 8688; causes: ITU-T Q.850, which win over the status (RFC 6432).
 */
import type { SipFailure, TextOutcome } from '../../sip/index.ts';
import { type FailureRow, failureRow } from './failure-row.ts';
import type { TextFailure } from './transport.ts';

const noSuchNumber = failureRow('no-such-number');
const unavailable = failureRow('unavailable', 'again');
const network = failureRow('network', 'again', 'other trunk');
const throttled = failureRow('throttled', 'again');
const blocked = failureRow('blocked');
const notAllowed = failureRow('not-allowed', 'other trunk');
const unacceptable = failureRow('unacceptable', 'other trunk');
const refused = failureRow('refused');
const notCarried = failureRow('refused', 'other trunk');

const byStatus: Readonly<Record<number, FailureRow>> = {
  // The trunk's login or credit: an administrator puts it right, and the text goes.
  401: network,
  402: network,
  407: network,
  403: notAllowed,
  404: noSuchNumber,
  // No MESSAGE here.
  405: notCarried,
  406: unacceptable,
  408: unavailable,
  410: noSuchNumber,
  413: unacceptable,
  414: noSuchNumber,
  415: unacceptable,
  416: noSuchNumber,
  // Also "Provide Referrer Identity" (RFC 3892), which nobody asks of a MESSAGE.
  429: throttled,
  428: notAllowed,
  433: notAllowed,
  436: notAllowed,
  437: notAllowed,
  438: notAllowed,
  480: unavailable,
  // RFC 3261 §8.2.2.2: it still has a transaction of the same text, of before a restart of ours. Later it says what became of it.
  482: failureRow('network', 'again'),
  483: notCarried,
  484: noSuchNumber,
  485: noSuchNumber,
  486: unavailable,
  487: network,
  488: unacceptable,
  491: network,
  493: unacceptable,
  501: notCarried,
  505: notCarried,
  513: unacceptable,
  600: unavailable,
  603: refused,
  604: noSuchNumber,
  606: unacceptable,
  607: blocked,
  608: notAllowed,
};

const byCause: Readonly<Record<number, FailureRow>> = {
  1: noSuchNumber,
  2: notCarried,
  3: notCarried,
  17: unavailable,
  18: unavailable,
  19: unavailable,
  20: unavailable,
  22: noSuchNumber,
  27: network,
  28: noSuchNumber,
  34: network,
  38: network,
  41: network,
  42: network,
  44: network,
  47: network,
  50: notAllowed,
  55: notAllowed,
  57: notAllowed,
  58: network,
  63: notCarried,
  79: notCarried,
  87: notAllowed,
  102: network,
};

/** Providers that keep a list of who wrote STOP say so in words, with whatever status they like. */
const BLOCKED =
  /\bopt(?:ed)?[ -]?out\b|\bunsubscribed\b|\bblock(?:ed)? by (?:the )?(?:recipient|user|subscriber)\b|\bSTOP(?: rule| message|ped by recipient)/i;

export function rowOf(failure: SipFailure): FailureRow {
  const { status, phrase, q850, reasonText = '', warning = '', origin } = failure;
  if (origin === 'remote' && BLOCKED.test(`${phrase} ${reasonText} ${warning}`)) return blocked;
  const cause = q850 === undefined ? undefined : byCause[q850];
  if (cause) return cause;
  // Nobody answered us: that is the trunk's, not the telephone's.
  if (status === 408 && origin !== 'remote') return network;
  return byStatus[status] ?? (status >= 500 && status < 600 ? network : refused);
}

export function failureOf({
  failure,
  mayHaveArrived,
  retryAfterMs,
}: Extract<TextOutcome, { kind: 'failed' }>): TextFailure {
  return {
    ...rowOf(failure),
    said: saidBy(failure),
    mayHaveArrived,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function saidBy({ status, phrase, q850, reasonText, warning, origin }: SipFailure): string {
  return [
    `${status} ${phrase}`.trim(),
    q850 === undefined ? undefined : `Q.850 cause ${q850}`,
    reasonText,
    warning === undefined ? undefined : `warning: ${warning}`,
    origin === 'remote' ? undefined : `decided by ${origin}`,
  ]
    .filter((part) => part !== undefined && part !== '')
    .join('; ');
}
