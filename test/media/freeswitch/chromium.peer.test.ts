import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { MediaEngine, MediaEvent, MediaSession } from '../../../media/index.ts';
import { dominantFrequency, encodeG711, tone } from '../../world/audio.ts';
import { ChromiumPeer } from '../chromium-peer.ts';
import { TelephonePeer } from '../telephone-peer.ts';
import { FREESWITCH, SKIPPED, startRealEngine } from './real.ts';

const MICROPHONE_HZ = 440;
const server = FREESWITCH;
if (!server) test.skip(SKIPPED, () => {});

describe.skipIf(!server)('a real Chromium and a real FreeSWITCH', () => {
  let engine: MediaEngine;
  let browser: ChromiumPeer;
  let phone: TelephonePeer;
  let session: MediaSession;
  let events: MediaEvent[];

  beforeAll(async () => {
    if (server) engine = await startRealEngine(server, pino({ level: process.env.TEST_LOG ?? 'silent' }));
    browser = await ChromiumPeer.launch(MICROPHONE_HZ);
  });
  afterAll(async () => {
    await browser.close();
    await engine.close();
  });
  beforeEach(async () => {
    events = [];
    phone = await TelephonePeer.open();
    session = await engine.createSession({ callRef: 'chromium' }, (event) => events.push(event));
  });
  afterEach(async () => {
    await browser.hangUp();
    await session.close();
    phone.close();
  });

  const connected = () =>
    vi.waitUntil(() => events.some((event) => event.type === 'webrtc-connected'), { timeout: 9000 });

  /** Offer with its candidates, as this engine wants it. */
  async function establish(): Promise<string> {
    await session.acceptWebRtcOffer(await browser.offer({ waitForCandidates: true }));
    phone.learn(await session.createRtpOffer({ codecs: ['PCMA', 'PCMU'], srtp: 'off' }));
    await session.acceptRtpAnswer(phone.sdp(), { early: false, forkId: 'a' });
    const answer = await session.createWebRtcAnswer();
    await browser.accept(answer);
    session.connect();
    await connected();
    return answer;
  }

  /** The phone's audio, once the browser's tone is in it. */
  async function phoneHears(hz: number): Promise<void> {
    await vi.waitUntil(async () => Math.abs((dominantFrequency(await phone.listen(300))?.hz ?? 0) - hz) < 10, {
      timeout: 8000,
      interval: 0,
    });
  }

  test('Opus to the browser, G.711 to the telephone: a tone is heard both ways', async () => {
    const answer = await establish();
    expect(answer).toMatch(/a=rtpmap:\d+ opus\/48000\/2/);
    expect(answer).toMatch(/a=fmtp:\d+ .*useinbandfec=1/);
    phone.play(encodeG711(tone(1000, 1000), 'PCMU'));
    await browser.hears(1000);
    await phoneHears(MICROPHONE_HZ);
    expect(phone.heard.at(-1)?.payloadType).toBe(0);
  });

  test('a telephone that calls is answered', async () => {
    const answer = await session.acceptRtpOffer(phone.sdp(), { codecs: ['PCMA', 'PCMU'], srtp: 'off' });
    phone.learn(answer.sdp);
    await session.acceptWebRtcAnswer(await browser.takeCall(await session.createWebRtcOffer()));
    session.connect();
    await connected();
    phone.play(encodeG711(tone(1000, 1000), 'PCMU'));
    await browser.hears(1000);
    await phoneHears(MICROPHONE_HZ);
  });

  test('it connects when no candidate of the browser can be used', async () => {
    const offer = await browser.offer({ waitForCandidates: true });
    await session.acceptWebRtcOffer(offer.replace(/^a=candidate:.*\r\n/gm, ''));
    phone.learn(await session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
    await session.acceptRtpAnswer(phone.sdp(), { early: false, forkId: 'a' });
    await browser.accept(await session.createWebRtcAnswer());
    session.connect();
    await connected();
    await phoneHears(MICROPHONE_HZ);
  });

  test('digits arrive once each, with durations near those that were pressed', async () => {
    await establish();
    await phoneHears(MICROPHONE_HZ);
    await browser.pressDigits('5#', 120);
    const ends = () => phone.heard.filter((p) => p.payloadType === 101 && ((p.payload[1] as number) & 0x80) !== 0);
    await vi.waitUntil(() => new Set(ends().map((packet) => packet.timestamp)).size >= 2, { timeout: 5000 });
    const digits = [...new Map(ends().map((packet) => [packet.timestamp, packet])).values()];
    expect(digits.map((packet) => packet.payload[0])).toEqual([5, 11]);
    for (const packet of digits) {
      const durationMs = packet.payload.readUInt16BE(2) / 8;
      expect(durationMs).toBeGreaterThanOrEqual(80);
      expect(durationMs).toBeLessThanOrEqual(200);
    }
    expect(events.filter((event) => event.type === 'dtmf')).toMatchObject([
      { from: 'webrtc', digit: '5' },
      { from: 'webrtc', digit: '#' },
    ]);
  });

  test('hold, resume and an ICE restart', async () => {
    await establish();
    const held = await session.renegotiateWebRtc(await browser.reoffer({ direction: 'sendonly' }));
    expect(held).toMatchObject({ direction: 'recvonly', iceRestart: false });
    await browser.accept(held.sdp);
    const resumed = await session.renegotiateWebRtc(await browser.reoffer({ direction: 'sendrecv' }));
    expect(resumed.direction).toBe('sendrecv');
    await browser.accept(resumed.sdp);
    await session.acceptWebRtcReanswer(await browser.answer(await session.createWebRtcReoffer('inactive')));
    await session.acceptWebRtcReanswer(await browser.answer(await session.createWebRtcReoffer('sendrecv')));
    phone.play(encodeG711(tone(1200, 1000), 'PCMU'));
    await browser.hears(1200);
    const restarted = await session.renegotiateWebRtc(await browser.reoffer({ iceRestart: true }));
    expect(restarted.iceRestart).toBe(true);
    await browser.accept(restarted.sdp);
    phone.play(encodeG711(tone(900, 1000), 'PCMU'));
    await browser.hears(900);
    await phoneHears(MICROPHONE_HZ);
    expect(events.map((event) => event.type)).toEqual(['webrtc-connected']);
  });
});
