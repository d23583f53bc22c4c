/** How messages find their transaction (RFC 3261 §17.1.3, §17.2.3, §8.2.2.2). Pure. */
import { BRANCH_COOKIE, header, param, parseNameAddr, type SipRequest, tagOf, type Via } from '../../message/index.ts';

/**
 * @param method the method of the transaction that is looked for: INVITE for an ACK and for what a CANCEL cancels
 */
export function serverKey(request: SipRequest, via: Via, method: string): string {
  const branch = param(via.params, 'branch') ?? '';
  if (branch.startsWith(BRANCH_COOKIE)) return `${method}|${branch}|${via.host}:${via.port ?? ''}`;
  // RFC 3261 §17.2.3: a sender of RFC 2543 has no unique branch. The To-tag is left out, so that its ACK matches too.
  const cseq = (header(request, 'cseq') ?? '').replace(/\D.*$/, '');
  return `${method}|2543|${via.host}:${via.port ?? ''}|${branch}|${header(request, 'call-id')}|${fromTag(request)}|${cseq}`;
}

/** One request that came on two ways has one of these and two server keys (RFC 3261 §8.2.2.2). */
export function mergeKey(request: SipRequest): string {
  return `${header(request, 'call-id')}|${fromTag(request)}|${header(request, 'cseq')}`;
}

export function clientKey(method: string, branch: string): string {
  return `${method}|${branch}`;
}

/** @returns the From-tag, or '' for a sender of RFC 2543 */
export function fromTag(message: { headers: SipRequest['headers'] }): string {
  return tagIn(message, 'from');
}

/** @returns the To-tag, or '' when there is none */
export function toTag(message: { headers: SipRequest['headers'] }): string {
  return tagIn(message, 'to');
}

function tagIn(message: { headers: SipRequest['headers'] }, key: 'from' | 'to'): string {
  for (const line of message.headers) if (line.key === key) return tagOf(parseNameAddr(line.value)) ?? '';
  return '';
}
