import { describe, expect, it } from 'vitest';
import {
  headerList,
  param,
  parseMessage,
  parseNameAddr,
  parseUri,
  parseVia,
  SipParseError,
} from '../../../sip/message/index.ts';
import { inviteText, request } from './build.ts';

describe('RFC 5118: IPv6', () => {
  it('§4.1 an address in brackets stands wherever a host may', () => {
    const text = inviteText(['Contact: "Caller" <sip:caller@[2001:db8::1]>', 'Route: <sip:[2001:db8::9]:5070;lr>'])
      .replace('sip:200@example.com SIP', 'sip:[2001:db8::10] SIP')
      .replace('192.0.2.1:5060', '[2001:db8::9:1]');
    const message = request(text);
    expect(parseUri(message.uri)).toMatchObject({ host: '[2001:db8::10]' });
    expect(parseVia(headerList(message, 'via')[0] ?? '')).toMatchObject({ host: '[2001:db8::9:1]' });
    expect(parseNameAddr(headerList(message, 'contact')[0] ?? '').uri).toBe('sip:caller@[2001:db8::1]');
  });

  it('§4.2 an address without brackets in the Request-URI is refused', () => {
    const text = inviteText().replace('sip:200@example.com SIP', 'sip:2001:db8::10 SIP');
    expect(() => parseMessage(Buffer.from(text))).toThrow(expect.objectContaining({ fault: 'uri', status: 400 }));
  });

  it('§4.3, §4.4 what is in the brackets is the address, what is behind them the port', () => {
    expect(parseUri('sip:[2001:db8::10:5070]')).not.toHaveProperty('port');
    expect(parseUri('sip:[2001:db8::10:5070]')).toMatchObject({ host: '[2001:db8::10:5070]' });
    expect(parseUri('sip:[2001:db8::10]:5070')).toMatchObject({ host: '[2001:db8::10]', port: 5070 });
  });

  it.each(['[2001:db8::9:255]', '2001:db8::9:255'])(
    '§4.5 received=%s is read, with brackets and without',
    (received) => {
      const via = parseVia(`SIP/2.0/UDP [2001:db8::9:1];received=${received};branch=z9hG4bKas3-111`);
      expect(param(via.params, 'received')).toBe(received);
      expect(param(via.params, 'branch')).toBe('z9hG4bKas3-111');
    },
  );

  it('§4.7 addresses of both families in one message', () => {
    const vias = [
      'SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111',
      'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144',
    ];
    expect(
      headerList(request(inviteText([`Via: ${vias.join(',')}`])), 'via')
        .slice(0, 2)
        .map((via) => parseVia(via)),
    ).toMatchObject([{ host: '[2001:db8::9:1]', port: 6050 }, { host: '192.0.2.1' }]);
  });

  it('§4.9 an IPv4-mapped address', () => {
    expect(parseUri('sip:user@[::ffff:192.0.2.10]:19823')).toMatchObject({ host: '[::ffff:192.0.2.10]', port: 19823 });
  });

  it('§4.10 the third colon that the grammar of RFC 3261 asked for', () => {
    expect(parseUri('sip:user@[2001:db8:::192.0.2.1]')).toMatchObject({ host: '[2001:db8:::192.0.2.1]' });
  });

  it.each(['[]', '[2001:db8::1', '[2001:db8::g]', '[::1]x', '[fe80::1%eth0]'])('%s is no host', (host) => {
    expect(() => parseUri(`sip:a@${host}`)).toThrow(SipParseError);
    expect(() => parseVia(`SIP/2.0/UDP ${host};branch=x`)).toThrow(SipParseError);
  });
});
