import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { digestAlgorithm, digestResponse, parseChallenges } from '../../../sip/digest/index.ts';
import { DigestGate, DropLog, type InboundDirectory, Networks, whose } from '../../../sip/inbound/index.ts';
import { makeHeader, type SipRequest } from '../../../sip/message/index.ts';
import { trunkSettings } from '../../../sip/trunk/index.ts';
import { invite } from './request.ts';

const office = trunkSettings({ name: 'office', host: '192.0.2.10' });
const first = trunkSettings({ name: 'first', host: 'p.example', credentials: { username: 'u1', password: 'x' } });
const second = trunkSettings({ name: 'second', host: 'p.example', domain: 'q.example' });
const roaming = trunkSettings({
  name: 'roaming',
  host: 'r.example',
  inbound: { credentials: { username: 'pbx', password: 'open sesame' } },
});

const directory: InboundDirectory = {
  trunks: [office, first, second, roaming],
  isFrom: (trunk, address) =>
    trunk === office ? address === '192.0.2.10' : (trunk === first || trunk === second) && address === '198.51.100.7',
  registrationOf: (token) => (token === 'k3y' ? { trunk: 'first', account: '200' } : undefined),
};

describe('whose request it is', () => {
  test.each<[string, SipRequest, string, string]>([
    ['an address of a trunk', invite({}), '192.0.2.10', 'office'],
    ['its From alone is nothing', invite({ From: '<sip:x@192.0.2.10>;tag=f' }), '203.0.113.5', 'nobody'],
    ['a token of a registration', invite({}, 'sip:k3y@192.0.2.1'), '203.0.113.5', 'first 200'],
    ['a token that we did not give', invite({}, 'sip:k3z@192.0.2.1'), '203.0.113.5', 'nobody'],
    ['two trunks of one address: by the user', invite({}, 'sip:u1@192.0.2.1'), '198.51.100.7', 'first'],
    ['by the domain', invite({ From: '<sip:1@Q.example>;tag=f' }), '198.51.100.7', 'second'],
    ['by neither: the first', invite({}), '198.51.100.7', 'first'],
    [
      'one who calls with credentials, before',
      invite({ From: '<sip:pbx@x>;tag=f' }),
      '203.0.113.5',
      'challenge roaming',
    ],
    ['a scanner', invite({ From: '<sip:100@1.1.1.1>;tag=f' }), '203.0.113.5', 'nobody'],
    ['rubbish', { ...invite({ From: '<<', To: '' }), uri: ':' }, '203.0.113.5', 'nobody'],
  ])('%s', (_, request, address, expected) => {
    const verdict = whose(request, address, directory);
    const words = {
      nobody: () => 'nobody',
      challenge: () => `challenge ${'trunk' in verdict ? verdict.trunk.name : ''}`,
      trunk: () =>
        'trunk' in verdict ? [verdict.trunk.name, ...('account' in verdict ? [verdict.account] : [])].join(' ') : '',
    };
    expect(words[verdict.kind]()).toBe(expected);
  });
});

describe('credentials of those who call us', () => {
  let now = 1_000_000;
  const gate = new DigestGate(() => now);

  function authorized(nonce: string, password = 'open sesame', nc = '00000001', uri = 'sip:200@192.0.2.1'): SipRequest {
    const request = invite({});
    const algorithm = digestAlgorithm('MD5');
    if (algorithm === undefined) throw new Error('MD5 is gone');
    const response = digestResponse({
      algorithm,
      username: 'pbx',
      password,
      realm: 'r.example',
      nonce,
      cnonce: 'c',
      nc,
      qop: 'auth',
      method: 'INVITE',
      uri,
      body: Buffer.alloc(0),
    });
    const value = `Digest username="pbx", realm="r.example", nonce="${nonce}", uri="${uri}", response="${response}", qop=auth, nc=${nc}, cnonce="c", algorithm=MD5`;
    return { ...request, headers: [...request.headers, makeHeader('Authorization', value)] };
  }
  const nonce = (): string => parseChallenges([gate.challenge(roaming)])[0]?.nonce ?? '';

  test('right ones, each nonce once', () => {
    const request = authorized(nonce());
    expect(gate.proven(request, directory.trunks)).toBe(roaming);
    expect(gate.proven(request, directory.trunks)).toBeUndefined();
  });

  test('a nonce with a growing count', () => {
    const given = nonce();
    expect(gate.proven(authorized(given), directory.trunks)).toBe(roaming);
    expect(gate.proven(authorized(given, undefined, '00000002'), directory.trunks)).toBe(roaming);
    expect(gate.proven(authorized(given, undefined, '00000002'), directory.trunks)).toBeUndefined();
  });

  test('a wrong password, a foreign nonce, an old one, another URI, none', () => {
    expect(gate.proven(authorized(nonce(), 'wrong'), directory.trunks)).toBeUndefined();
    expect(gate.proven(authorized('1000000.abc.def'), directory.trunks)).toBeUndefined();
    expect(gate.proven(authorized(nonce(), undefined, undefined, 'sip:other@h'), directory.trunks)).toBeUndefined();
    expect(gate.proven(invite({}), directory.trunks)).toBeUndefined();
    const old = nonce();
    now += 121_000;
    expect(gate.proven(authorized(old), directory.trunks)).toBeUndefined();
  });
});

describe('networks', () => {
  const networks = new Networks(['192.0.2.0/24', '198.51.100.7', '2001:db8::/32', '[2001:db9::1]', 'sip.example.net']);
  test.each([
    ['192.0.2.200', true],
    ['::ffff:192.0.2.200', true],
    ['192.0.3.1', false],
    ['198.51.100.7', true],
    ['198.51.100.8', false],
    ['2001:db8:1::9', true],
    ['2001:db9::1', true],
    ['2001:db9::2', false],
    ['', false],
    ['sip.example.net', false],
  ])('%s: %s', (address, expected) => {
    expect(networks.has(address)).toBe(expected);
  });
});

test('a log line for each stranger, not more than a few a minute', () => {
  const lines: string[] = [];
  let now = 0;
  const log = new DropLog(pino({}, { write: (line) => lines.push(line) }), () => now);
  for (let i = 0; i < 100; i++) log.dropped(`203.0.113.${i}`, 'OPTIONS');
  log.dropped('203.0.113.0', 'INVITE');
  expect(lines).toHaveLength(20);
  now = 60_000;
  log.dropped('203.0.113.200', 'INVITE');
  expect(lines).toHaveLength(21);
  expect(lines[20]).toContain('"others":80');
});
