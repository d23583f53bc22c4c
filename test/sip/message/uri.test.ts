import { describe, expect, it } from 'vitest';
import {
  escapeUser,
  parseUri,
  SipParseError,
  sameUri,
  sipUri,
  stringifyUri,
  userText,
} from '../../../sip/message/index.ts';

describe('parsing', () => {
  it.each([
    ['sip:example.com', { kind: 'sip', scheme: 'sip', host: 'example.com', params: [] }],
    ['SIPS:Bob@Example.COM:5061', { scheme: 'sips', user: 'Bob', host: 'Example.COM', port: 5061 }],
    ['sip:alice:secretword@atlanta.com;transport=tcp', { user: 'alice', password: 'secretword' }],
    ['sip:+1-212-555-1212:1234@gateway.com;user=phone', { user: '+1-212-555-1212', password: '1234' }],
    ['sip:1212@[2001:db8::10]:5070;lr', { host: '[2001:db8::10]', port: 5070, params: [{ name: 'lr' }] }],
    ['sip:[::1]', { host: '[::1]' }],
    ['sip:a@h?subject=x&to=b%40c', { headers: 'subject=x&to=b%40c' }],
    ['sip:a@h;p=1?x=y', { params: [{ name: 'p', value: '1' }], headers: 'x=y' }],
    ['sip:a@h;;lr;', { params: [{ name: 'lr' }] }],
    ['sip:a@h;orig=b@c', { host: 'h', params: [{ name: 'orig', value: 'b@c' }] }],
    ['sip:**621@fritz.box', { user: '**621' }],
    ['sip:host_with.under_score', { host: 'host_with.under_score' }],
    [
      'tel:+44-181-811-8181;ext=12',
      { kind: 'tel', number: '+44-181-811-8181', params: [{ name: 'ext', value: '12' }] },
    ],
    ['tel:7042;phone-context=example.com', { number: '7042' }],
    ['urn:service:sos', { kind: 'other', scheme: 'urn', rest: 'service:sos' }],
    ['http://example.com/?a=b', { kind: 'other', scheme: 'http' }],
  ])('%s', (text, expected) => {
    expect(parseUri(text)).toMatchObject(expected);
  });

  it.each([
    '',
    'sip',
    ':a',
    'sip:',
    'sip:@h',
    'sip:a@',
    'sip:a@h:70000',
    'sip:a@h:x',
    'sip:a@h:',
    'sip:a@h:-1',
    'sip:a b@h',
    'sip:a@h h',
    'sip:a@h\r\nVia: x',
    'sip:"a"@h',
    '<sip:a@h>',
    'sip:a@[::1',
    'sip:a@[zz]',
    'sip:a@b@c',
    'sip:a@h;=x',
    'sip:a@h/x',
    'tel:',
    'tel:bob',
    '1a:b',
  ])('%j is refused', (text) => {
    expect(() => parseUri(text)).toThrow(SipParseError);
  });

  it('is written as it was read', () => {
    for (const text of ['sip:a:b@h:1;x;y=z?q=r', 'sips:[::1]:5061', 'tel:+1;ext=2', 'urn:service:sos'])
      expect(stringifyUri(parseUri(text))).toBe(text);
  });
});

describe('building', () => {
  it.each([
    ['*31#0181', '*31%230181'],
    ['+44 181', '+44%20181'],
    ['a@b:c', 'a%40b%3Ac'],
    ['100%', '100%25'],
    ['zoë', 'zo%C3%AB'],
    ['\ud800x', '%EF%BF%BDx'],
    ['a\0b', 'a%00b'],
  ])('the user part %j is escaped', (plain, escaped) => {
    expect(escapeUser(plain)).toBe(escaped);
    expect(userText(sipUri({ user: plain, host: 'h' }))).toBe(plain.toWellFormed());
  });

  it('gives an IPv6 address its brackets', () => {
    expect(stringifyUri(sipUri({ user: '1', host: '2001:db8::1', port: 5060 }))).toBe('sip:1@[2001:db8::1]:5060');
    expect(stringifyUri(sipUri({ host: '[::1]' }))).toBe('sip:[::1]');
  });
});

describe('equality', () => {
  // The sets of RFC 3261 §19.1.4.
  it.each([
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;security=on'],
    ['sip:carol@chicago.com;newparam=5', 'sip:carol@chicago.com;security=on'],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
    ],
    [
      'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
      'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
    ],
    ['tel:+44-181-811-8181', 'tel:+441818118181'],
    ['urn:service:sos', 'urn:service:sos'],
  ])('%s is %s', (a, b) => {
    expect(sameUri(parseUri(a), parseUri(b))).toBe(true);
    expect(sameUri(parseUri(b), parseUri(a))).toBe(true);
  });

  it.each([
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'],
    ['sip:a@h', 'sips:a@h'],
    ['sip:a@h', 'sip:h'],
    ['sip:a@h', 'sip:a:b@h'],
    ['sip:a@h;user=phone', 'sip:a@h'],
    ['sip:a@h', 'sip:a@h;maddr=192.0.2.1'],
    ['sip:a%2Fb@h', 'sip:a/b@h'],
    ['sip:a@h?x=1&x=2', 'sip:a@h?x=1'],
    ['tel:+441818118181', 'tel:+441818118182'],
    ['tel:12', 'sip:12@h'],
  ])('%s is not %s', (a, b) => {
    expect(sameUri(parseUri(a), parseUri(b))).toBe(false);
    expect(sameUri(parseUri(b), parseUri(a))).toBe(false);
  });
});
