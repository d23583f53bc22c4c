import { parse } from 'sdp-transform';
import { describe, expect, test } from 'vitest';
import {
  clientForFreeswitch,
  freeswitchForClient,
  OUR_OFFER_LINES,
  readClient,
} from '../../../../media/freeswitch/sdp/client.ts';
import { ELEMENT_OFFER, ELEMENT_VIDEO_OFFER } from '../../sdp/samples.ts';

const origin = { sessionId: '42', version: 1, address: '127.0.0.1' };

const toServer = (offer: string, changes: Partial<Parameters<typeof clientForFreeswitch>[2]> = {}): string =>
  clientForFreeswitch(offer, readClient(offer), {
    origin,
    direction: 'sendrecv',
    trickled: [],
    preferred: undefined,
    setup: 'active',
    ...changes,
  });

/** As a FreeSWITCH 1.11 answers a browser. */
const ANSWER = `${[
  'v=0',
  'o=FreeSWITCH 1795243287 1795243288 IN IP4 192.0.2.2',
  's=FreeSWITCH',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'a=msid-semantic: WMS qvq85',
  'm=audio 17710 UDP/TLS/RTP/SAVPF 111 110 126',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 useinbandfec=1; minptime=10',
  'a=rtpmap:110 telephone-event/48000',
  'a=rtpmap:126 telephone-event/8000',
  'a=silenceSupp:off - - - -',
  'a=ptime:20',
  'a=fingerprint:sha-256 B8:3E',
  'a=setup:passive',
  'a=rtcp-mux',
  'a=rtcp:17710 IN IP4 127.0.0.1',
  'a=ice-ufrag:Xc8NqC8HsQjeHhVK',
  'a=ice-pwd:EGvEcebrGDAIj5StlgSOPyDm',
  'a=candidate:6144065671 1 udp 2130706431 127.0.0.1 17710 typ host generation 0',
  'a=candidate:6144065671 2 udp 2130706431 127.0.0.1 17710 typ host generation 0',
  'a=end-of-candidates',
  'a=ssrc:2802548909 cname:LuXrg',
  'a=ssrc:2802548909 msid:qvq85 a0',
  'a=ssrc:2802548909 mslabel:qvq85',
].join('\r\n')}\r\n`;

describe("a client's offer, as FreeSWITCH gets it", () => {
  test('events at 48 kHz are left out: their durations would not be rescaled', () => {
    const sdp = toServer(ELEMENT_OFFER);
    expect(ELEMENT_OFFER).toContain('telephone-event/48000');
    expect(sdp).not.toContain('telephone-event/48000');
    expect(sdp).toContain('telephone-event/8000');
  });

  test('without a candidate that can be used it has a placeholder: else it is refused with 488', () => {
    expect(toServer(ELEMENT_OFFER)).toMatch(/^a=candidate:1 1 udp 1 203\.0\.113\.1 9 typ host\r$/m);
    const mdns = 'candidate:1 1 udp 2122260223 0a1b2c3d-1111-2222-3333-444455556666.local 50000 typ host';
    expect(toServer(ELEMENT_OFFER, { trickled: [mdns] })).toContain('203.0.113.1');
  });

  test('candidates that came beside it are in it', () => {
    const candidate = 'candidate:7 1 udp 2122260223 192.0.2.9 50000 typ host';
    const sdp = toServer(ELEMENT_OFFER, {
      trickled: [candidate, 'nonsense', 'candidate:8 1 tcp 1 192.0.2.9 9 typ host'],
    });
    expect(sdp.match(/^a=candidate:/gm)).toHaveLength(1);
    expect(sdp).toContain(`a=${candidate}\r\n`);
    expect(sdp).toContain('m=audio 50000 ');
    expect(sdp).toContain('c=IN IP4 192.0.2.9');
  });

  test('FreeSWITCH waits for the handshake of the client, and keeps its role later', () => {
    expect(toServer(ELEMENT_OFFER)).toContain('a=setup:active\r\n');
    expect(toServer(ELEMENT_OFFER, { setup: 'passive' })).toContain('a=setup:passive\r\n');
  });

  test('it has its audio alone, and is short enough for any control connection', () => {
    const sdp = toServer(ELEMENT_VIDEO_OFFER);
    expect(sdp.match(/^m=/gm)).toHaveLength(1);
    expect(sdp).not.toMatch(/extmap|rtcp-fb|ssrc/);
    expect(sdp.length).toBeLessThan(2000);
    expect(parse(sdp).media[0]?.iceUfrag).toBeDefined();
  });

  test('Opus comes first, then what the telephone speaks', () => {
    const payloads = (sdp: string) => parse(sdp).media[0]?.payloads?.split(' ') ?? [];
    expect(payloads(toServer(ELEMENT_OFFER, { preferred: 'PCMA' })).slice(0, 2)).toEqual(['111', '8']);
  });
});

describe("FreeSWITCH's answer, as the client gets it", () => {
  const offer = readClient(ELEMENT_VIDEO_OFFER);
  const answer = freeswitchForClient(ANSWER, offer.lines, offer.audioIndex, { origin, direction: 'sendrecv' });

  test('it has the mid and the BUNDLE group that browsers insist on', () => {
    const mid = offer.lines[offer.audioIndex]?.mid;
    expect(answer).toContain(`a=group:BUNDLE ${mid}\r\n`);
    expect(answer).toContain(`a=mid:${mid}\r\n`);
  });

  test('every m-line is answered in its place', () => {
    const media = parse(answer).media;
    expect(media).toHaveLength(offer.lines.length);
    expect(media.map((line) => line.port === 0)).toEqual(offer.lines.map((_, i) => i !== offer.audioIndex));
  });

  test('events at 48 kHz are not agreed on, nor is a second component', () => {
    expect(answer).not.toContain('telephone-event/48000');
    expect(answer).not.toContain(' 110');
    expect(answer.match(/^a=candidate:/gm)).toHaveLength(1);
  });

  test('there is a stream with a track', () => {
    expect(answer).toContain('a=msid:qvq85 a0\r\n');
  });
});

test("FreeSWITCH's offer (RTP/SAVPF) becomes that of a browser", () => {
  const fromServer = ANSWER.replace('UDP/TLS/RTP/SAVPF', 'RTP/SAVPF').replace('setup:passive', 'setup:actpass');
  const offer = freeswitchForClient(fromServer, OUR_OFFER_LINES, 0, {
    origin,
    direction: 'sendrecv',
    setup: 'actpass',
  });
  expect(offer).toContain('m=audio 17710 UDP/TLS/RTP/SAVPF 111 126\r\n');
  expect(offer).toContain('a=setup:actpass\r\n');
  expect(offer.match(/a=setup:/g)).toHaveLength(1);
  expect(readClient(offer)).toMatchObject({ direction: 'sendrecv', hasBundle: true });
});
