import { lenient, type SipParseError } from './error.ts';
import { makeHeader } from './headers.ts';
import { parseNameAddr } from './name-addr.ts';
import { hasParam, stringifyParams } from './params.ts';
import { quote } from './scan.ts';
import { NO_BODY } from './serialize.ts';
import type { SipHeader, SipRequest, SipResponse } from './types.ts';

/** Phrases of RFC 3261 §21 and of the extensions that are in use (IANA SIP response codes). */
const PHRASES: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  181: 'Call Is Being Forwarded',
  182: 'Queued',
  183: 'Session Progress',
  199: 'Early Dialog Terminated',
  200: 'OK',
  202: 'Accepted',
  204: 'No Notification',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Moved Temporarily',
  305: 'Use Proxy',
  380: 'Alternative Service',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  410: 'Gone',
  412: 'Conditional Request Failed',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Unsupported URI Scheme',
  417: 'Unknown Resource-Priority',
  420: 'Bad Extension',
  421: 'Extension Required',
  422: 'Session Interval Too Small',
  423: 'Interval Too Brief',
  424: 'Bad Location Information',
  428: 'Use Identity Header',
  429: 'Provide Referrer Identity',
  430: 'Flow Failed',
  433: 'Anonymity Disallowed',
  436: 'Bad Identity-Info',
  437: 'Unsupported Certificate',
  438: 'Invalid Identity Header',
  439: 'First Hop Lacks Outbound Support',
  440: 'Max-Breadth Exceeded',
  469: 'Bad Info Package',
  470: 'Consent Needed',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  482: 'Loop Detected',
  483: 'Too Many Hops',
  484: 'Address Incomplete',
  485: 'Ambiguous',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  489: 'Bad Event',
  491: 'Request Pending',
  493: 'Undecipherable',
  494: 'Security Agreement Required',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Server Time-out',
  505: 'Version Not Supported',
  513: 'Message Too Large',
  555: 'Push Notification Service Not Supported',
  580: 'Precondition Failure',
  600: 'Busy Everywhere',
  603: 'Decline',
  604: 'Does Not Exist Anywhere',
  606: 'Not Acceptable',
  607: 'Unwanted',
  608: 'Rejected',
};

/** @returns the usual phrase of a status, or the one of its class's x00 (RFC 3261 §8.1.3.2) */
export function reasonPhrase(status: number): string {
  return PHRASES[status] ?? PHRASES[Math.floor(status / 100) * 100] ?? 'Unknown';
}

export interface ResponseParts {
  readonly phrase?: string;
  /** The To-tag of this end, set when the request has none; not for 100 (RFC 3261 §8.2.6.2). */
  readonly toTag?: string;
  /** More headers, in order, after those that the request gives. */
  readonly headers?: readonly SipHeader[];
  readonly body?: Buffer;
}

/**
 * Builds the response to a request (RFC 3261 §8.2.6.2): Via, From, To, Call-ID and CSeq are the request's, Timestamp too
 * in a 100, and Record-Route in whatever may make a dialog (§12.1.1: 101–299).
 * @param request may be one that was refused by the parser: faulty From and To are echoed as they are
 */
export function makeResponse(request: SipRequest, status: number, parts: ResponseParts = {}): SipResponse {
  const headers: SipHeader[] = [];
  const dialogForming = status > 100 && status < 300;
  for (const line of request.headers) {
    switch (line.key) {
      case 'via':
      case 'from':
      case 'call-id':
      case 'cseq':
        headers.push(line);
        break;
      case 'to':
        headers.push(taggedTo(line, status === 100 ? undefined : parts.toTag));
        break;
      case 'record-route':
        if (dialogForming) headers.push(line);
        break;
      case 'timestamp':
        if (status === 100) headers.push(line);
        break;
    }
  }
  if (parts.headers !== undefined) headers.push(...parts.headers);
  const phrase = parts.phrase ?? reasonPhrase(status);
  return { kind: 'response', status, phrase, headers, body: parts.body ?? NO_BODY };
}

/** Only the tag is added: the rest of To must come back as it was, whatever it is. */
function taggedTo(line: SipHeader, tag: string | undefined): SipHeader {
  if (tag === undefined) return line;
  const address = lenient(() => parseNameAddr(line.value));
  if (address === undefined || hasParam(address.params, 'tag')) return line;
  return { ...line, value: `${line.value}${stringifyParams([{ name: 'tag', value: tag }])}` };
}

/**
 * The answer to a request that the parser refused, with the reason in a Warning (RFC 3261 §20.43).
 * @returns undefined when it must be dropped instead
 */
export function refusal(error: SipParseError, toTag: string): SipResponse | undefined {
  if (error.request === undefined) return undefined;
  const warning = makeHeader('Warning', `399 trunkline ${quote(error.message)}`);
  return makeResponse(error.request, error.status, { toTag, headers: [warning] });
}
