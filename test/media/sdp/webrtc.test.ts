import * as fc from 'fast-check';
import { parse } from 'sdp-transform';
import { describe, expect, test } from 'vitest';
import { MediaError } from '../../../media/engine.ts';
import { type LocalWebRtc, readWebRtcDescription, writeWebRtcDescription } from '../../../media/sdp/index.ts';
import { ELEMENT_OFFER, ELEMENT_VIDEO_OFFER, SESSION_LEVEL_OFFER } from './samples.ts';

const local: LocalWebRtc = {
  sessionId: '42',
  sessionVersion: 1,
  iceUfrag: 'abcd',
  icePwd: 'abcdefghijklmnopqrstuv',
  fingerprint: { algorithm: 'sha-256', value: 'AA:BB' },
  setup: 'passive',
  candidates: [{ foundation: 'f1', priority: 2130706431, ip: '203.0.113.1', port: 40_000, type: 'host' }],
  direction: 'sendrecv',
  codecs: [{ codec: 'PCMU', payloadType: 0 }],
  telephoneEvent: 126,
  ssrc: 7,
  cname: 'cname',
  streamId: 'stream',
  trackId: 'track',
};

const answerTo = (offer: string, changes: Partial<LocalWebRtc> = {}): string => {
  const description = readWebRtcDescription(offer);
  return writeWebRtcDescription(description.lines, description.audioIndex, { ...local, ...changes });
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

test("Element's offer is understood", () => {
  const offer = readWebRtcDescription(ELEMENT_OFFER);
  expect(offer.formats).toEqual({
    codecs: [
      { codec: 'PCMU', payloadType: 0 },
      { codec: 'PCMA', payloadType: 8 },
    ],
    telephoneEvent: 126,
    comfortNoise: 13,
  });
  expect(offer).toMatchObject({
    iceUfrag: 'b2RD',
    setup: 'actpass',
    direction: 'sendrecv',
    candidates: [],
    audioIndex: 0,
  });
  expect(offer.fingerprints).toHaveLength(1);
});

test('the answer has what a Chromium insists on', () => {
  const answer = answerTo(ELEMENT_OFFER);
  for (const line of [
    'a=group:BUNDLE 0',
    'm=audio 9 UDP/TLS/RTP/SAVPF 0 126',
    'a=mid:0',
    'a=rtcp-mux',
    'a=setup:passive',
    'a=ice-ufrag:abcd',
    'a=fingerprint:sha-256 AA:BB',
    'a=rtpmap:126 telephone-event/8000',
    'a=msid:stream track',
    'a=candidate:f1 1 udp 2130706431 203.0.113.1 40000 typ host',
  ]) {
    expect(answer.split('\r\n')).toContain(line);
  }
  expect(answer.endsWith('\r\n')).toBe(true);
  expect(answer).not.toContain('opus');
  expect(answer).not.toContain('48000');
});

test('a video m-line is refused in its place', () => {
  const media = parse(answerTo(ELEMENT_VIDEO_OFFER)).media;
  expect(media).toHaveLength(2);
  expect(media[1]).toMatchObject({ type: 'video', port: 0, mid: 1, direction: 'inactive' });
  expect(answerTo(ELEMENT_VIDEO_OFFER)).toContain('a=group:BUNDLE 0\r\n');
});

test('a data channel before the audio is refused, session-level credentials count, numbers stay text', () => {
  const offer = readWebRtcDescription(SESSION_LEVEL_OFFER);
  expect(offer).toMatchObject({ audioIndex: 1, iceUfrag: '12345678', setup: 'passive' });
  const media = parse(answerTo(SESSION_LEVEL_OFFER)).media;
  expect(media.map((section) => [section.type, section.port])).toEqual([
    ['application', 0],
    ['audio', 9],
  ]);
});

test('candidates of the audio m-line come along untouched', () => {
  const candidate = 'a=candidate:1 1 udp 2122260223 192.0.2.1 5000 typ host generation 0';
  const offer = readWebRtcDescription(ELEMENT_VIDEO_OFFER.replace('a=mid:0', `${candidate}\r\na=mid:0`));
  expect(offer.candidates).toEqual([{ candidate: candidate.slice(2), sdpMLineIndex: 0 }]);
});

describe('what cannot be used is refused with words', () => {
  test.each<[string, string, string]>([
    ['not SDP', 'hello', 'malformed-sdp'],
    ['empty', '', 'malformed-sdp'],
    ['too large', `v=0\r\n${'a=x:y\r\n'.repeat(20_000)}`, 'malformed-sdp'],
    ['no m-line', 'v=0\r\ns=-\r\n', 'no-audio'],
    ['audio refused', ELEMENT_OFFER.replace('m=audio 9', 'm=audio 0'), 'no-audio'],
    ['absurd port', ELEMENT_OFFER.replace('m=audio 9', 'm=audio 99999'), 'malformed-sdp'],
    ['port is no number', ELEMENT_OFFER.replace('m=audio 9', 'm=audio nine'), 'malformed-sdp'],
    ['only opus', ELEMENT_OFFER.replace('111 63 9 0 8 13 110 126', '111'), 'no-common-codec'],
    ['static types renamed', ELEMENT_OFFER.replace('0 PCMU', '0 X').replace('8 PCMA', '8 Y'), 'no-common-codec'],
    ['no fingerprint', ELEMENT_OFFER.replace(/a=fingerprint.*\r\n/, ''), 'no-dtls'],
    ['no ICE', ELEMENT_OFFER.replace(/a=ice-(ufrag|pwd).*\r\n/g, ''), 'malformed-sdp'],
    ['no rtcp-mux', ELEMENT_OFFER.replace('a=rtcp-mux\r\n', ''), 'malformed-sdp'],
    ['too many m-lines', ELEMENT_OFFER + 'm=audio 9 RTP/AVP 0\r\n'.repeat(40), 'malformed-sdp'],
  ])('%s', (_name, sdp, code) => {
    expect(codeOf(() => readWebRtcDescription(sdp))).toBe(code);
  });
});

test('what is not an SDP string at all is a MediaError too', () => {
  for (const value of [undefined, null, 5, {}, []]) {
    expect(codeOf(() => readWebRtcDescription(value as unknown as string))).toBe('malformed-sdp');
  }
});

const piece = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.constantFrom(...ELEMENT_VIDEO_OFFER.split('\r\n'), ...SESSION_LEVEL_OFFER.split('\r\n')),
);

test('whatever comes in, nothing but a MediaError goes out, and an answer has as many m-lines', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.constantFrom('\r\n', '\n'), (parts, eol) => {
      const sdp = ['v=0', ...parts].join(eol);
      let answer: string;
      try {
        answer = answerTo(sdp);
      } catch (error) {
        expect(error).toBeInstanceOf(MediaError);
        return;
      }
      expect(parse(answer).media).toHaveLength(parse(sdp).media.length);
    }),
    { numRuns: 500 },
  );
});

test('a mutilated real offer never does harm', () => {
  fc.assert(
    fc.property(fc.nat(ELEMENT_OFFER.length), fc.nat(40), fc.string({ maxLength: 20 }), (at, cut, insert) => {
      const sdp = ELEMENT_OFFER.slice(0, at) + insert + ELEMENT_OFFER.slice(at + cut);
      try {
        expect(parse(answerTo(sdp)).media.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(MediaError);
      }
    }),
    { numRuns: 500 },
  );
});
