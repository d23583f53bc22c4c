/** Where calls reach us, from the Via of what the registrar answers. */
import { expect, test } from 'vitest';
import { makeHeader, type SipResponse } from '../../../sip/message/index.ts';
import { whereaboutsOf } from '../../../sip/registration/index.ts';

function answer(via: string): SipResponse {
  return { kind: 'response', status: 200, phrase: 'OK', headers: [makeHeader('Via', via)], body: Buffer.alloc(0) };
}

const udp = (sentBy: string, more = ''): string => `SIP/2.0/UDP ${sentBy};branch=z9hG4bK1${more}`;

test.each([
  {
    name: 'a registrar that says nothing',
    via: udp('10.0.0.1:5060', ';rport'),
    wanted: { said: '10.0.0.1:5060', isDoubtful: false },
  },
  {
    name: 'no NAT',
    via: udp('192.0.2.7', ';received=192.0.2.7;rport=5060'),
    wanted: { said: '192.0.2.7:5060', seen: '192.0.2.7:5060', isDoubtful: false },
  },
  {
    name: 'NAT',
    via: udp('10.0.0.1:5060', ';received=198.51.100.1;rport=1024'),
    wanted: {
      said: '10.0.0.1:5060',
      seen: '198.51.100.1:1024',
      outside: '198.51.100.1:1024',
      isDoubtful: false,
    },
  },
  {
    name: 'another private network',
    via: udp('192.168.1.5:5060', ';received=10.8.0.2;rport=5060'),
    wanted: { said: '192.168.1.5:5060', seen: '10.8.0.2:5060', outside: '10.8.0.2:5060', isDoubtful: false },
  },
  {
    name: 'NAT, and a registrar that does not tell the port',
    via: udp('10.0.0.1:5060', ';received=198.51.100.1'),
    wanted: { said: '10.0.0.1:5060', seen: '198.51.100.1:5060', isDoubtful: false },
  },
  {
    name: 'NAT with a forwarded port, as configured: it is left as it is',
    via: udp('198.51.100.1:5060', ';received=198.51.100.1;rport=1024'),
    wanted: { said: '198.51.100.1:5060', seen: '198.51.100.1:1024', isDoubtful: false },
  },
  {
    name: 'a configured address that is out of date',
    via: udp('198.51.100.1:5060', ';received=203.0.113.9;rport=5060'),
    wanted: { said: '198.51.100.1:5060', seen: '203.0.113.9:5060', isDoubtful: true },
  },
  {
    name: 'a public address, and a trunk in the same house',
    via: udp('198.51.100.1:5060', ';received=192.168.1.5;rport=5060'),
    wanted: { said: '198.51.100.1:5060', seen: '192.168.1.5:5060', isDoubtful: false },
  },
  {
    name: 'a configured name',
    via: udp('sip.example.org:5060', ';received=203.0.113.9;rport=1024'),
    wanted: { said: 'sip.example.org:5060', seen: '203.0.113.9:1024', isDoubtful: false },
  },
  {
    name: 'IPv6',
    via: udp('[fd00::1]:5060', ';received=2001:db8::1;rport=5060'),
    wanted: {
      said: '[fd00::1]:5060',
      seen: '[2001:db8::1]:5060',
      outside: '[2001:db8::1]:5060',
      isDoubtful: false,
    },
  },
  {
    name: 'a port that is none',
    via: udp('10.0.0.1:5060', ';received=198.51.100.1;rport=99999'),
    wanted: { said: '10.0.0.1:5060', seen: '198.51.100.1:99999', isDoubtful: false },
  },
  {
    name: 'an address that is none',
    via: udp('10.0.0.1:5060', ';received=evil.example.net;rport=5060'),
    wanted: { said: '10.0.0.1:5060', isDoubtful: false },
  },
])('$name', ({ via, wanted }) => {
  expect(whereaboutsOf(answer(via))).toEqual(wanted);
});
