import { describe, expect, it } from 'vitest';
import { contactFor, replaceLocalhost } from '../../../../sip/server/agent/draft.ts';
import { behindNat } from '../../../../sip/server/agent/nat.ts';
import { targetsOf, UnreachableError } from '../../../../sip/server/agent/targets.ts';
import type { LocalPoint } from '../../../../sip/server/transport/types.ts';

const udp: LocalPoint = {
  transport: 'udp',
  host: '0.0.0.0',
  port: 5060,
  advertisedHost: 'gw.example',
  advertisedPort: 5070,
};
const tls: LocalPoint = { ...udp, transport: 'tls' };

describe('our address', () => {
  it.each([
    ['<sip:a@localhost>', '<sip:a@gw.example:5070>'],
    ['"localhost" <sip:a@localhost:9;x=y>;tag=1', '"localhost" <sip:a@gw.example:5070;x=y>;tag=1'],
    ['sip:localhost', 'sip:gw.example:5070'],
    ['<sip:a@localhost.example>', '<sip:a@localhost.example>'],
    ['<sip:localhost@b.example>', '<sip:localhost@b.example>'],
  ])('stands for localhost in %s', (given, expected) => {
    expect(replaceLocalhost(given, udp, false)).toBe(expected);
  });

  it('names its transport in Contact when it is not UDP', () => {
    expect(replaceLocalhost('<sip:a@localhost>', tls, true)).toBe('<sip:a@gw.example:5070;transport=tls>');
    expect(contactFor(udp, false)).toBe('<sip:gw.example:5070>');
    expect(contactFor(tls, true)).toBe('<sips:gw.example:5070;transport=tls>');
  });
});

describe('where a URI leads', () => {
  const none = () => Promise.resolve([]);

  it.each([
    ['sip:a@10.0.0.1', { transport: 'udp', address: '10.0.0.1', port: 5060 }],
    ['sip:10.0.0.1:5080;transport=TCP', { transport: 'tcp', address: '10.0.0.1', port: 5080, pinned: true }],
    ['sips:a@10.0.0.1', { transport: 'tls', address: '10.0.0.1', port: 5061 }],
    ['sip:a@[2001:db8::1];transport=tls', { transport: 'tls', address: '2001:db8::1', port: 5061, pinned: true }],
  ])('%s needs no look-up', (uri, expected) => {
    expect(targetsOf(uri, none)).toEqual([expected]);
  });

  it.each(['sip:a@10.0.0.1;transport=sctp', 'sips:a@10.0.0.1;transport=udp', 'tel:+1555', 'http://x', 'nonsense'])(
    '%s leads nowhere',
    (uri) => {
      expect(() => targetsOf(uri, none)).toThrow(UnreachableError);
    },
  );
});

describe('a Contact that cannot be reached', () => {
  it.each([
    ['sip:a@192.168.1.5:5060', '203.0.113.9', true],
    ['sip:a@100.64.3.1', '203.0.113.9', true],
    ['sip:a@198.51.100.7', '203.0.113.9', false],
    ['sip:a@192.168.1.5', '192.168.1.1', false],
    ['sip:a@pbx.example', '203.0.113.9', false],
  ])('%s from %s', (uri, source, expected) => {
    expect(behindNat(uri, source)).toBe(expected);
  });
});
