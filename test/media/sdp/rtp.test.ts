import * as fc from 'fast-check';
import { parse } from 'sdp-transform';
import { describe, expect, test } from 'vitest';
import { type Direction, MediaError, type SrtpPolicy } from '../../../media/engine.ts';
import {
  agreeRtpCodec,
  agreeSrtp,
  answerDirection,
  createSdesKeys,
  intersect,
  type LocalRtp,
  offerLines,
  readCryptoAttributes,
  readRtpDescription,
  reverse,
  writeRtpDescription,
} from '../../../media/sdp/index.ts';
import { parseSdp } from '../../../media/sdp/parse.ts';
import { lines, TRUNK_ANSWER } from './samples.ts';

const local: LocalRtp = {
  sessionId: '1',
  sessionVersion: 1,
  address: '192.0.2.1',
  rtpPort: 30_000,
  rtcpPort: 30_001,
  direction: 'sendrecv',
  codecs: [
    { codec: 'PCMA', payloadType: 8 },
    { codec: 'PCMU', payloadType: 0 },
  ],
  telephoneEvent: 101,
  rtcpMux: false,
  secure: false,
  crypto: [],
};

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'nothing thrown';
  } catch (error) {
    if (error instanceof MediaError) return error.code;
    throw error;
  }
};

/** A trunk's SDP with lines added to the audio section, or changed. */
const trunk = (...extra: string[]): string => TRUNK_ANSWER.replace('a=sendrecv\r\n', lines(...extra));

test('a plain offer of ours', () => {
  const offer = writeRtpDescription(offerLines(false), 0, local);
  expect(offer.split('\r\n')).toEqual([
    'v=0',
    'o=- 1 1 IN IP4 192.0.2.1',
    's=-',
    'c=IN IP4 192.0.2.1',
    't=0 0',
    'm=audio 30000 RTP/AVP 8 0 101',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    'a=ptime:20',
    'a=sendrecv',
    '',
  ]);
  expect(offer).not.toContain('SAVP');
});

test('an offer with SRTP, on IPv6, with RTCP on a port of its own', () => {
  const offer = writeRtpDescription(offerLines(true), 0, {
    ...local,
    address: '2001:db8::1',
    rtcpPort: 40_001,
    secure: true,
    crypto: createSdesKeys(),
  });
  expect(offer).toContain('c=IN IP6 2001:db8::1');
  expect(offer).toContain('m=audio 30000 RTP/SAVP 8 0 101');
  expect(offer).toContain('a=rtcp:40001');
  expect(offer).toMatch(/a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:[A-Za-z0-9+/]{40}\r\n/);
  expect(offer).toMatch(/a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:[A-Za-z0-9+/]{40}\r\n/);
});

test('a plain answer is understood', () => {
  const peer = readRtpDescription(TRUNK_ANSWER);
  expect(peer).toMatchObject({
    rtp: { host: '203.0.113.7', port: 30_008 },
    rtcp: { host: '203.0.113.7', port: 30_009 },
    rtcpMux: false,
    direction: 'sendrecv',
    secure: false,
    ptimeMs: 20,
    formats: { telephoneEvent: 101 },
  });
  expect(agreeRtpCodec(peer, ['PCMU', 'PCMA'])).toEqual({ codec: 'PCMA', payloadType: 8 });
});

describe('real-world shapes', () => {
  test.each<[string, string, object]>([
    [
      'static types without rtpmap',
      lines('v=0', 'c=IN IP4 192.0.2.9', 'm=audio 4000 RTP/AVP 0 8'),
      {
        formats: {
          codecs: [
            { codec: 'PCMU', payloadType: 0 },
            { codec: 'PCMA', payloadType: 8 },
          ],
        },
      },
    ],
    [
      'address on the media level beats the session',
      trunk('c=IN IP4 198.51.100.1'),
      { rtp: { host: '198.51.100.1', port: 30_008 } },
    ],
    ['rtcp port without address (RFC 3605)', trunk('a=rtcp:30029'), { rtcp: { host: '203.0.113.7', port: 30_029 } }],
    [
      'rtcp port with address',
      trunk('a=rtcp:30029 IN IP4 203.0.113.8'),
      { rtcp: { host: '203.0.113.8', port: 30_029 } },
    ],
    ['direction as the last line without CRLF', `${trunk()}a=sendonly`, { direction: 'sendonly' }],
    [
      'direction of the session',
      TRUNK_ANSWER.replace('a=sendrecv\r\n', '').replace('t=0 0', 't=0 0\r\na=inactive'),
      { direction: 'inactive' },
    ],
    [
      'IPv6',
      TRUNK_ANSWER.replace(/IN IP4 203.0.113.7/g, 'IN IP6 2001:db8::7'),
      { rtp: { host: '2001:db8::7', port: 30_008 } },
    ],
    [
      'multicast TTL is cut off',
      TRUNK_ANSWER.replace('c=IN IP4 203.0.113.7', 'c=IN IP4 224.2.1.1/127'),
      { rtp: { host: '224.2.1.1', port: 30_008 } },
    ],
    [
      'a pair of ports',
      TRUNK_ANSWER.replace('30008 RTP', '30008/2 RTP'),
      { rtp: { host: '203.0.113.7', port: 30_008 } },
    ],
    ['bandwidth lines', trunk('b=AS:84', 'b=TIAS:64000', 'a=maxptime:150'), { direction: 'sendrecv' }],
    ['LF only', TRUNK_ANSWER.replaceAll('\r\n', '\n'), { rtp: { host: '203.0.113.7', port: 30_008 } }],
    [
      'lower-case codec names',
      TRUNK_ANSWER.replace('PCMA', 'pcma').replace('PCMU', 'pcmu'),
      {
        formats: {
          codecs: [
            { codec: 'PCMA', payloadType: 8 },
            { codec: 'PCMU', payloadType: 0 },
          ],
        },
      },
    ],
    [
      'mono said aloud',
      TRUNK_ANSWER.replace('PCMA/8000', 'PCMA/8000/1'),
      {
        formats: {
          codecs: [
            { codec: 'PCMA', payloadType: 8 },
            { codec: 'PCMU', payloadType: 0 },
          ],
        },
      },
    ],
    [
      'dynamic type for a G.711',
      lines('v=0', 'c=IN IP4 192.0.2.9', 'm=audio 4000 RTP/AVP 97', 'a=rtpmap:97 PCMU/8000'),
      { formats: { codecs: [{ codec: 'PCMU', payloadType: 97 }] } },
    ],
    ['rtcp-mux', trunk('a=rtcp-mux'), { rtcpMux: true }],
    [
      'a name for an address',
      TRUNK_ANSWER.replace('c=IN IP4 203.0.113.7', 'c=IN IP4 media.example.org'),
      { rtp: { host: 'media.example.org', port: 30_008 } },
    ],
    ['feedback profile', TRUNK_ANSWER.replace('RTP/AVP', 'RTP/AVPF'), { secure: false }],
  ])('%s', (_name, sdp, expected) => {
    const peer = readRtpDescription(sdp);
    expect(peer).toMatchObject(expected);
  });

  test.each<[string, string, string]>([
    ['no c= at all', TRUNK_ANSWER.replace('c=IN IP4 203.0.113.7\r\n', ''), 'malformed-sdp'],
    ['video only', TRUNK_ANSWER.replace('m=audio', 'm=video'), 'no-audio'],
    ['T.38 only', lines('v=0', 'c=IN IP4 192.0.2.9', 'm=image 4000 udptl t38'), 'no-audio'],
    ['DTLS audio from a trunk', TRUNK_ANSWER.replace('RTP/AVP', 'UDP/TLS/RTP/SAVPF'), 'no-audio'],
    [
      'G.729 only',
      lines('v=0', 'c=IN IP4 192.0.2.9', 'm=audio 4000 RTP/AVP 18', 'a=rtpmap:18 G729/8000'),
      'no-common-codec',
    ],
    ['port 70000', TRUNK_ANSWER.replace('30008', '70000'), 'malformed-sdp'],
  ])('%s is refused', (_name, sdp, code) => {
    expect(codeOf(() => readRtpDescription(sdp))).toBe(code);
  });
});

describe('hold in all its forms is answered as RFC 3264 §6.1 says', () => {
  const at = (address: string, ...extra: string[]) =>
    trunk(...extra).replace('c=IN IP4 203.0.113.7', `c=IN IP4 ${address}`);
  test.each<[string, string, Direction]>([
    ['sendrecv', trunk('a=sendrecv'), 'sendrecv'],
    ['no direction', trunk(), 'sendrecv'],
    ['sendonly', trunk('a=sendonly'), 'recvonly'],
    ['recvonly', trunk('a=recvonly'), 'sendonly'],
    ['inactive', trunk('a=inactive'), 'inactive'],
    ['0.0.0.0', at('0.0.0.0'), 'recvonly'],
    ['0.0.0.0 and sendonly', at('0.0.0.0', 'a=sendonly'), 'recvonly'],
    ['0.0.0.0 and recvonly', at('0.0.0.0', 'a=recvonly'), 'inactive'],
    ['0.0.0.0 and inactive', at('0.0.0.0', 'a=inactive'), 'inactive'],
    [
      'session level sendonly',
      TRUNK_ANSWER.replace('a=sendrecv\r\n', '').replace('t=0 0', 't=0 0\r\na=sendonly'),
      'recvonly',
    ],
    ['session sendonly, media inactive', trunk('a=inactive').replace('t=0 0', 't=0 0\r\na=sendonly'), 'inactive'],
  ])('%s', (_name, sdp, expected) => {
    expect(answerDirection(readRtpDescription(sdp).direction, 'sendrecv')).toBe(expected);
  });

  test('directions form a lattice', () => {
    const direction = fc.constantFrom<Direction>('sendrecv', 'sendonly', 'recvonly', 'inactive');
    fc.assert(
      fc.property(direction, direction, (offered, wanted) => {
        expect(reverse(reverse(offered))).toBe(offered);
        expect(intersect(offered, wanted)).toBe(intersect(wanted, offered));
        const answer = answerDirection(offered, wanted);
        expect(intersect(answer, reverse(offered))).toBe(answer);
        expect(intersect(answer, wanted)).toBe(answer);
      }),
    );
  });
});

describe('SRTP policy', () => {
  const key = 'inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR';
  const plain = TRUNK_ANSWER;
  const withCrypto = trunk(`a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${key}|2^20`);
  const secure = withCrypto.replace('RTP/AVP', 'RTP/SAVP');
  const unusable = trunk(`a=crypto:1 F8_128_HMAC_SHA1_80 ${key}`).replace('RTP/AVP', 'RTP/SAVP');
  test.each<[SrtpPolicy, string, string, number | undefined | string]>([
    ['off', 'plain', plain, undefined],
    ['off', 'plain with crypto lines', withCrypto, undefined],
    ['off', 'RTP/SAVP', secure, 'srtp-not-allowed'],
    ['optional', 'plain', plain, undefined],
    ['optional', 'plain with crypto lines', withCrypto, 1],
    ['optional', 'RTP/SAVP', secure, 1],
    ['optional', 'RTP/SAVP with an unknown suite', unusable, 'srtp-required'],
    ['required', 'plain', plain, 'srtp-required'],
    ['required', 'RTP/SAVP', secure, 1],
    ['required', 'RTP/SAVP with an unknown suite', unusable, 'srtp-required'],
  ])('%s meets %s', (policy, _name, sdp, expected) => {
    const peer = readRtpDescription(sdp);
    if (typeof expected === 'string') expect(codeOf(() => agreeSrtp(peer, policy))).toBe(expected);
    else expect(agreeSrtp(peer, policy)?.tag).toBe(expected);
  });

  test('the first usable of several crypto lines counts', () => {
    const sdp = trunk(
      `a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:${'A'.repeat(62)}`,
      `a=crypto:2 AES_CM_128_HMAC_SHA1_80 ${key}|2^20|1:4`,
      `a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:short`,
      `a=crypto:4 AES_CM_128_HMAC_SHA1_80 ${key} UNENCRYPTED_SRTP`,
      `a=crypto:5 AES_CM_128_HMAC_SHA1_32 ${key}`,
    );
    const media = parseSdp(sdp).media[0];
    expect(media && readCryptoAttributes(media).map((entry) => [entry.tag, entry.suite])).toEqual([
      [5, 'AES_CM_128_HMAC_SHA1_32'],
    ]);
  });

  test('each offer has keys of its own', () => {
    const [a] = createSdesKeys();
    const [b] = createSdesKeys();
    expect(a?.keyAndSalt).toHaveLength(30);
    expect(a?.keyAndSalt).not.toEqual(b?.keyAndSalt);
  });
});

test('telephone-event at 48000 Hz is not ours', () => {
  const sdp = TRUNK_ANSWER.replace('telephone-event/8000', 'telephone-event/48000');
  expect(readRtpDescription(sdp).formats.telephoneEvent).toBeUndefined();
});

test('extra m-lines are refused in their places', () => {
  const offer = `${lines(
    'v=0',
    'c=IN IP4 203.0.113.7',
    'm=image 4000 udptl t38',
    'm=video 4002 RTP/AVP 31 96',
    'm=audio 4004 RTP/AVP 0',
    'm=application 4006 TCP/BFCP *',
    'm=audio 4008 RTP/AVP 8',
  )}`;
  const peer = readRtpDescription(offer);
  expect(peer).toMatchObject({ audioIndex: 2, rtp: { port: 4004 } });
  const answer = writeRtpDescription(peer.lines, peer.audioIndex, local);
  expect(parse(answer).media.map((media) => [media.type, media.port, media.protocol])).toEqual([
    ['image', 0, 'udptl'],
    ['video', 0, 'RTP/AVP'],
    ['audio', 30_000, 'RTP/AVP'],
    ['application', 0, 'TCP/BFCP'],
    ['audio', 0, 'RTP/AVP'],
  ]);
});

test('whatever comes in, nothing but a MediaError goes out, and an answer has as many m-lines', () => {
  const piece = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.constantFrom(
      ...TRUNK_ANSWER.split('\r\n'),
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x',
      'a=rtcp:1',
      'c=IN IP4',
    ),
    fc
      .tuple(fc.constantFrom('m', 'c', 'a', 'b', 'o'), fc.string({ maxLength: 40 }))
      .map(([type, rest]) => `${type}=${rest}`),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (parts) => {
      const sdp = lines('v=0', 'c=IN IP4 192.0.2.1', ...parts);
      try {
        const peer = readRtpDescription(sdp);
        agreeSrtp(peer, 'optional');
        const answer = writeRtpDescription(peer.lines, peer.audioIndex, local);
        expect(parse(answer).media).toHaveLength(parse(sdp).media.length);
      } catch (error) {
        expect(error).toBeInstanceOf(MediaError);
      }
    }),
    { numRuns: 500 },
  );
});
