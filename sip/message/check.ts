import { parseCSeq } from './cseq.ts';
import { SipParseError } from './error.ts';
import { header } from './headers.ts';
import { parseNameAddr } from './name-addr.ts';
import { canonicalName } from './names.ts';
import { splitList } from './scan.ts';
import type { HeaderKey, SipMessage, SipRequest } from './types.ts';
import { parseUri } from './uri.ts';
import { parseVia, topVia } from './via.ts';

/** Headers without which nothing can be answered (RFC 3261 §8.1.1, §8.2.6), each at most once but Via. */
const MANDATORY: readonly HeaderKey[] = ['via', 'from', 'to', 'call-id', 'cseq'];

/** What a dialog or a binding is made of: a fault in it would show only later, with nobody to tell. */
const ADDRESSES: ReadonlySet<HeaderKey> = new Set(['contact', 'route', 'record-route']);

/** IANA SIP methods. */
const METHODS: ReadonlySet<string> = new Set([
  'ACK',
  'BYE',
  'CANCEL',
  'INFO',
  'INVITE',
  'MESSAGE',
  'NOTIFY',
  'OPTIONS',
  'PRACK',
  'PUBLISH',
  'REFER',
  'REGISTER',
  'SUBSCRIBE',
  'UPDATE',
]);

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
    if (header(message, key) === undefined)
      return new SipParseError('header-missing', `the ${canonicalName(key)} header is missing`);
  for (const key of ONCE) {
    let count = 0;
    for (const line of message.headers) if (line.key === key) count++;
    if (count > 1) return new SipParseError('header-repeated', `the ${canonicalName(key)} header is repeated`);
  }
  return faultIn(() => {
    for (const line of message.headers) if (line.key === 'via') for (const via of splitList(line.value)) parseVia(via);
    parseNameAddr(header(message, 'from') ?? '');
    parseNameAddr(header(message, 'to') ?? '');
    if (header(message, 'call-id') === '') throw new SipParseError('header-value', 'the Call-ID is empty');
    parseCSeq(header(message, 'cseq') ?? '');
  });
}

function requestFault(request: SipRequest): SipParseError | undefined {
  return faultIn(() => {
    if (parseCSeq(header(request, 'cseq') ?? '').method !== request.method) throw methodMismatch(request.method);
    const uri = parseUri(request.uri);
    // RFC 3261 §19.1.1 table 1: headers may not stand in a Request-URI; nor may anybody smuggle in a Route that way.
    if (uri.kind === 'sip' && uri.headers !== undefined)
      throw new SipParseError('uri', 'the Request-URI has headers in it');
    for (const line of request.headers)
      if (ADDRESSES.has(line.key) && line.value !== '*') for (const one of splitList(line.value)) parseNameAddr(one);
  });
}

/** RFC 4475 §3.1.2.18: for a method that is not known, 501 lives longer than 400. */
function methodMismatch(method: string): SipParseError {
  return new SipParseError('method-mismatch', 'the method in CSeq is not the one of the request line', {
    status: METHODS.has(method) ? 400 : 501,
  });
}

/** RFC 3261 §17.1.1.3: an ACK is never answered. Everything else is, when it says where it came from. */
function answerable(request: SipRequest): boolean {
  return request.method !== 'ACK' && topVia(request) !== undefined;
}

function faultIn(check: () => void): SipParseError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof SipParseError) return error;
    throw error;
  }
}
