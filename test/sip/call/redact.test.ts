import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactNumbers, redactSip } from '../../../sip/call/redact.ts';

const invite = [
  'INVITE sip:+441818118181@192.0.2.10:15060;user=phone SIP/2.0',
  'Via: SIP/2.0/UDP 198.51.100.7:15060;branch=z9hG4bK1234567890',
  'From: "Alice 030 1234567" <sip:+4930901820@sip.example.net:15060>;tag=1234567890',
  'To: <tel:+44-181-811-8181>',
  'P-Asserted-Identity: <sip:+4930901820@example.net>',
  'Call-ID: 1234567890123@trunkline',
  'CSeq: 1234567 INVITE',
  'Authorization: Digest username="4930901820", realm="r", nonce="n", response="0123456789abcdef"',
  'Proxy-Authorization: Digest username="alice",',
  ' response="deadbeef"',
  'Session-Expires: 1800',
  'Content-Type: application/sdp',
  'Content-Length: 10',
  '',
  'v=0',
  'o=- 1234567 2 IN IP4 198.51.100.7',
  's=call to 4930901820',
  'm=audio 40000 RTP/SAVP 0',
  'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0c2VjcmV0|2^31',
  'a=ice-pwd:hushhush',
].join('\r\n');

describe('a SIP message in a log', () => {
  const shown = redactSip(invite);

  test('has no number', () => {
    for (const number of ['1818118181', '8118181', '30901820', '1234567"']) expect(shown).not.toContain(number);
    expect(shown).toContain('INVITE sip:+…81@192.0.2.10:15060;user=phone SIP/2.0');
    expect(shown).toContain('"Alice …67" <sip:+…20@sip.example.net:15060>;tag=1234567890');
  });

  test('has no credentials and no keys', () => {
    for (const secret of ['0123456789abcdef', 'deadbeef', 'c2VjcmV0', 'hushhush', 'username'])
      expect(shown).not.toContain(secret);
    expect(shown).toContain('Authorization: Digest [redacted]');
  });

  test('still tells which call it is', () => {
    expect(shown).toContain('Call-ID: 1234567890123@trunkline');
    expect(shown).toContain('CSeq: 1234567 INVITE');
    expect(shown).toContain('branch=z9hG4bK1234567890');
    expect(shown).toContain('m=audio 40000 RTP/SAVP 0');
  });

  test('has no body but SDP', () => {
    expect(redactSip('MESSAGE sip:a@b SIP/2.0\r\nContent-Type: text/plain\r\n\r\nsecret plans')).not.toContain('plans');
    expect(redactSip('INFO sip:a@b SIP/2.0\r\nc: application/dtmf\r\n\r\nPIN')).not.toContain('PIN');
  });

  test('whatever the message is, nothing is thrown and an Authorization value never gets through', () => {
    fc.assert(
      fc.property(fc.string(), fc.stringMatching(/^[a-z]{12}$/), (noise, secret) => {
        const text = redactSip(`${noise}\r\nAuthorization: Digest response="${secret}"\r\n\r\n`);
        if (!/\r?\n\r?\n/.test(noise)) expect(text).not.toContain(secret);
      }),
    );
  });
});

test.each([
  ['+441818118181', '+…81'],
  ['call 030 123-4567 now', 'call …67 now'],
  ['200', '200'],
  ['*31#030901820', '*31#…20'],
  ['sip:bob@192.0.2.1', 'sip:bob@192.0.2.1'],
])('redactNumbers(%j) is %j', (text, expected) => {
  expect(redactNumbers(text)).toBe(expected);
});
