import { parseCSeq } from './cseq.ts';
import { SipParseError } from './error.ts';
import { header } from './headers.ts';
import { parseNameAddr } from './name-addr.ts';
import { splitList } from './scan.ts';
import type { HeaderKey, SipMessage, SipRequest } from './types.ts';
import { parseUri } from './uri.ts';
import { parseVia } from './via.ts';

/** Headers without which nothing can be answered (RFC 3261 §8.1.1, §8.2.6), each at most once but Via. */
const MANDATORY: readonly HeaderKey[] = ['via', 'from', 'to', 'call-id', 'cseq'];

const ONCE: readonly HeaderKey[] = ['from', 'to', 'call-id', 'cseq', 'max-forwards'];

/**
 * Checks what every message must have, and throws the first fault, with the request when it can be answered.
 * @param found a fault found earlier, which is the one to report
 * @throws SipParseError
 */
export function checkMessage(message: SipMessage, found: SipParseError | undefined): void {
  const fault = found ?? faultOf(message);
  if (fault === undefined) return;
  if (message.kind === 'response') throw fault;
  const request = answerable(message) ? message : undefined;
  throw new SipParseError(fault.fault, fault.message, {
    status: fault.status,
    ...(request === undefined ? {} : { request }),
  });
}

function faultOf(message: SipMessage): SipParseError | undefined {
  const fault = mandatoryFault(message);
  if (fault !== undefined) return fault;
  return message.kind === 'request' ? requestFault(message) : undefined;
}

function mandatoryFault(message: SipMessage): SipParseError | undefined {
  for (const key of MANDATORY)
    if (header(message, key) === undefined) return new SipParseError('header-missing', `the ${key} header is missing`);
  for (const key of ONCE) {
    let count = 0;
    for (const line of message.headers) if (line.key === key) count++;
    if (count > 1) return new SipParseError('header-repeated', `the ${key} header is there more than once`);
  }
  return attempt(() => {
    for (const line of message.headers) if (line.key === 'via') for (const via of splitList(line.value)) parseVia(via);
    parseNameAddr(header(message, 'from') ?? '');
    parseNameAddr(header(message, 'to') ?? '');
    parseCSeq(header(message, 'cseq') ?? '');
  });
}

function requestFault(request: SipRequest): SipParseError | undefined {
  return attempt(() => {
    if (parseCSeq(header(request, 'cseq') ?? '').method !== request.method)
      throw new SipParseError('method-mismatch', 'the method in CSeq is not the one of the request line');
    parseUri(request.uri);
    for (const line of request.headers)
      if (line.key === 'contact' && line.value !== '*') for (const one of splitList(line.value)) parseNameAddr(one);
  });
}

/** RFC 3261 §17.1.1.3: an ACK is never answered. */
function answerable(request: SipRequest): boolean {
  if (request.method === 'ACK') return false;
  const top = header(request, 'via');
  if (top === undefined) return false;
  for (const key of MANDATORY) if (header(request, key) === undefined) return false;
  return (
    attempt(() => {
      parseVia(splitList(top)[0] ?? '');
    }) === undefined
  );
}

function attempt(check: () => void): SipParseError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof SipParseError) return error;
    throw error;
  }
}
