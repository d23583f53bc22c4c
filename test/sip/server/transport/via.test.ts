import { describe, expect, it } from 'vitest';
import { header, parseMessage, parseVia, type SipRequest } from '../../../../sip/message/index.ts';
import { noteSource, ownVia, responseAddress, responseKey } from '../../../../sip/server/transport/via.ts';

function request(via: string): SipRequest {
  const text = `OPTIONS sip:a@b SIP/2.0\r\nVia: ${via}\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n`;
  return parseMessage(Buffer.from(text)) as SipRequest;
}

describe('the topmost Via of a request', () => {
  it.each([
    // RFC 3261 §18.2.1: only when sent-by is not where it came from.
    ['SIP/2.0/UDP 10.0.0.1:5062;branch=z9', 'SIP/2.0/UDP 10.0.0.1:5062;branch=z9'],
    ['SIP/2.0/UDP host.example;branch=z9', 'SIP/2.0/UDP host.example;branch=z9;received=10.0.0.1'],
    // RFC 3581 §4: with rport, received is there in any case.
    ['SIP/2.0/UDP 10.0.0.1;rport;branch=z9', 'SIP/2.0/UDP 10.0.0.1;rport=4000;branch=z9;received=10.0.0.1'],
    // The rest of the list stays; a forged received is overwritten.
    ['SIP/2.0/UDP a;received=6.6.6.6, SIP/2.0/UDP b', 'SIP/2.0/UDP a;received=10.0.0.1, SIP/2.0/UDP b'],
  ])('%s', (sent, noted) => {
    expect(header(noteSource(request(sent), '10.0.0.1', 4000).request, 'via')).toBe(noted);
  });

  it('an IPv6 sent-by in brackets is the address', () => {
    const via = 'SIP/2.0/UDP [2001:db8::1]:5062;branch=z9';
    expect(header(noteSource(request(via), '2001:db8::1', 5062).request, 'via')).toBe(via);
  });
});

describe('where a response goes', () => {
  it.each([
    ['SIP/2.0/UDP h:5070;received=1.2.3.4;rport=99', 'udp', { address: '1.2.3.4', port: 99 }],
    ['SIP/2.0/UDP h:5070;received=1.2.3.4', 'udp', { address: '1.2.3.4', port: 5070 }],
    ['SIP/2.0/UDP 9.9.9.9', 'udp', { address: '9.9.9.9', port: 5060 }],
    // On a connection rport says nothing: a new one goes to where the sender listens.
    ['SIP/2.0/TCP h:5070;received=1.2.3.4;rport=99', 'tcp', { address: '1.2.3.4', port: 5070 }],
    ['SIP/2.0/TLS h;received=1.2.3.4', 'tls', { address: '1.2.3.4', port: 5061 }],
    ['SIP/2.0/UDP h;maddr=6.6.6.6;received=1.2.3.4', 'udp', { address: '1.2.3.4', port: 5060 }],
  ] as const)('%s', (via, transport, expected) => {
    expect(responseAddress(parseVia(via), transport)).toEqual(expected);
  });
});

describe('our own Via', () => {
  it('is found again in the response', () => {
    const via = ownVia('udp', '[2001:db8::1]', 5060, 'z9hG4bKx');
    expect(via).toBe('SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKx;rport');
    const text = `SIP/2.0 200 OK\r\nVia: ${via};received=::2\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 7  INVITE\r\n\r\n`;
    expect(responseKey(parseMessage(Buffer.from(text)))).toEqual({ branch: 'z9hG4bKx', method: 'INVITE' });
  });
});
