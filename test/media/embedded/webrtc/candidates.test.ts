import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostCandidates, readRemoteCandidate } from '../../../../media/embedded/webrtc/candidates.ts';
import { chooseTurn } from '../../../../media/embedded/webrtc/turn.ts';

const HOST = 'candidate:4023957572 1 udp 2122194687 192.0.2.2 41559 typ host generation 3 ufrag b2RD network-id 1';

describe("the client's candidates", () => {
  test('a usable one, whatever its generation', () => {
    expect(readRemoteCandidate(HOST, 'b2RD')).toMatchObject({
      host: '192.0.2.2',
      port: 41_559,
      priority: 2_122_194_687,
      type: 'host',
      generation: undefined,
    });
    expect(readRemoteCandidate(`a=${HOST.replace('192.0.2.2', 'fd00::2')}`, 'b2RD')?.host).toBe('fd00::2');
    expect(readRemoteCandidate(HOST.replace('typ host', 'typ relay raddr 0.0.0.0 rport 0'), 'b2RD')?.type).toBe(
      'relay',
    );
  });

  test.each([
    ['an mDNS name', HOST.replace('192.0.2.2', '0a1b2c3d-1111-2222-3333-444455556666.local')],
    ['TCP', HOST.replace('udp', 'tcp')],
    ['component 2', HOST.replace(' 1 udp', ' 2 udp')],
    ['another generation', HOST.replace('b2RD', 'old1')],
    ['port 0', HOST.replace('41559', '0')],
    ['port 70000', HOST.replace('41559', '70000')],
    ['an unknown type', HOST.replace('typ host', 'typ magic')],
    ['no candidate', 'a=mid:0'],
    ['the end of candidates', ''],
  ])('%s is passed over', (_name, line) => {
    expect(readRemoteCandidate(line, 'b2RD')).toBeUndefined();
  });

  test('anything is read without harm', () => {
    fc.assert(fc.property(fc.string(), (text) => void readRemoteCandidate(`candidate:${text}`, 'x')));
  });
});

describe('our host candidates', () => {
  const bound = [
    { address: '10.0.0.5', port: 40_000 },
    { address: '172.17.0.1', port: 40_000 },
    { address: 'fd00::5', port: 40_000 },
  ];

  test('one for each address, no two with the same priority or foundation', () => {
    const candidates = hostCandidates(bound, []);
    expect(candidates.map((candidate) => candidate.ip)).toEqual(['10.0.0.5', '172.17.0.1', 'fd00::5']);
    expect(new Set(candidates.map((candidate) => candidate.priority)).size).toBe(3);
    expect(new Set(candidates.map((candidate) => candidate.foundation)).size).toBe(3);
  });

  test('a public address stands for all of its family, and is told once', () => {
    const told = hostCandidates(bound, ['203.0.113.1']).map((candidate) => `${candidate.ip} ${candidate.port}`);
    expect(told).toEqual(['203.0.113.1 40000', 'fd00::5 40000']);
  });
});

describe('the TURN server', () => {
  const choose = (...uris: string[]) => chooseTurn({ uris, username: 'u', password: 'p' });
  test('UDP is preferred', () => {
    const choice = choose('turns:t.example:443?transport=tcp', 'turn:t.example?transport=tcp', 'turn:t.example:3479');
    expect(choice).toMatchObject({ host: 't.example', port: 3479, transport: 'udp', username: 'u' });
  });
  test('defaults and literals', () => {
    expect(choose('turns:t.example')).toMatchObject({ port: 5349, transport: 'tls' });
    expect(choose('turn:[2001:db8::1]:3478')).toMatchObject({ host: '2001:db8::1', transport: 'udp' });
    expect(choose('stun:t.example', 'nonsense')).toBeUndefined();
  });
});
