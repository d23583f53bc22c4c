import { expect, it } from 'vitest';
import { parseMessage, type SipRequest } from '../../../../sip/message/index.ts';
import { cancelFor } from '../../../../sip/server/agent/cancel.ts';

const INVITE = parseMessage(
  Buffer.from(
    [
      'INVITE sip:+441818118181@192.0.2.9 SIP/2.0',
      'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKtop',
      'Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKbelow',
      'Max-Forwards: 70',
      'Route: <sip:first.example;lr>',
      'Route: <sip:second.example;lr>',
      'From: <sip:a@example.net>;tag=1',
      'To: <sip:b@example.net>',
      'Call-ID: call',
      'CSeq: 7 INVITE',
      'Contact: <sip:a@192.0.2.1>',
      'Require: 100rel',
      'Proxy-Authorization: Digest username="x"',
      'Content-Type: application/sdp',
      'Content-Length: 3',
      '',
      'v=0',
    ].join('\r\n'),
  ),
) as SipRequest;

// RFC 3261 §9.1: what identifies the request, its top Via alone, its Route; no Require, no Proxy-Require.
it('a CANCEL goes the way of its INVITE and says nothing else', () => {
  const { method, uri, headers, body } = cancelFor(INVITE);
  expect({ method, uri, body: body.length }).toEqual({ method: 'CANCEL', uri: INVITE.uri, body: 0 });
  expect(headers.map(({ name, value }) => `${name}: ${value}`)).toEqual([
    'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKtop',
    'Max-Forwards: 70',
    'Route: <sip:first.example;lr>',
    'Route: <sip:second.example;lr>',
    'From: <sip:a@example.net>;tag=1',
    'To: <sip:b@example.net>',
    'Call-ID: call',
    'CSeq: 7 CANCEL',
  ]);
});
