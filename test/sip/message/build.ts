import type { SipHeader, SipRequest, SipResponse } from '../../../sip/message/index.ts';
import { makeHeader, parseMessage } from '../../../sip/message/index.ts';

/** A small good INVITE as text; `lines` go before its other headers, `body` after its empty line. */
export function inviteText(lines: readonly string[] = [], body = ''): string {
  return [
    'INVITE sip:200@example.com SIP/2.0',
    ...lines,
    'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx',
    'From: <sip:100@example.net>;tag=a',
    'To: <sip:200@example.com>',
    'Call-ID: c',
    'CSeq: 1 INVITE',
    '',
    body,
  ].join('\r\n');
}

/** @returns the request in a text, which must be a good one */
export function request(text: string): SipRequest {
  const message = parseMessage(Buffer.from(text));
  if (message.kind !== 'request') throw new Error('not a request');
  return message;
}

/** A response with these headers only. */
export function response(headers: Readonly<Record<string, string>>, status = 200): SipResponse {
  const lines: SipHeader[] = Object.entries(headers).map(([name, value]) => makeHeader(name, value));
  return { kind: 'response', status, phrase: '', headers: lines, body: Buffer.alloc(0) };
}
