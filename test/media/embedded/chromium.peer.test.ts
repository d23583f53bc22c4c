import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createEmbeddedMediaEngine,
  type MediaEngine,
  type MediaEvent,
  type MediaSession,
} from '../../../media/index.ts';
import { dominantFrequency, encodeG711, tone } from '../../world/audio.ts';
import { BadPath } from '../bad-path.ts';
import { ChromiumPeer } from '../chromium-peer.ts';
import { TelephonePeer } from '../telephone-peer.ts';

const MICROPHONE_HZ = 440;

describe('a real Chromium and the embedded media engine', () => {
  let engine: MediaEngine;
  let browser: ChromiumPeer;
  let phone: TelephonePeer;
  let session: MediaSession;
  let events: MediaEvent[];

  beforeAll(async () => {
    engine = await createEmbeddedMediaEngine(
      { workers: 1, rtp: { bindAddress: '127.0.0.1' } },
      pino({ level: process.env.TEST_LOG ?? 'silent' }),
    );
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

  /** Offer without a candidate, trickled ones afterwards: as Element does. */
  async function establish(law: 'PCMU' | 'PCMA' = 'PCMU'): Promise<string> {
    phone.law = law;
    const offer = await browser.offer({ waitForCandidates: false });
    expect(offer).not.toContain('a=candidate:');
    await session.acceptWebRtcOffer(offer);
    phone.learn(await session.createRtpOffer({ codecs: ['PCMA', 'PCMU'], srtp: 'off' }));
    const { codec } = await session.acceptRtpAnswer(phone.sdp(), { early: false, forkId: 'a' });
    expect(codec).toBe(law);
    await browser.until(`globalThis.peer.candidates.includes('')`);
    const candidates = await browser.candidates();
    await session.addWebRtcCandidates(candidates.map((candidate) => ({ candidate, sdpMid: '0', sdpMLineIndex: 0 })));
    const answer = await session.createWebRtcAnswer();
    await browser.accept(answer);
    session.connect();
    await browser.until(`globalThis.peer.pc.connectionState === 'connected'`);
    return answer;
  }

  test.each(['PCMU', 'PCMA'] as const)('a tone is heard both ways in %s', async (law) => {
    const answer = await establish(law);
    expect(answer).toContain(`${law}/8000`);
    const atPhone = await phone.listen(1000);
    expect(dominantFrequency(atPhone.subarray(4000))?.hz).toBe(MICROPHONE_HZ);
    phone.play(encodeG711(tone(1000, 1000), law));
    await browser.hears(1000);
    expect(phone.heard.at(-1)?.payloadType).toBe(law === 'PCMU' ? 0 : 8);
    expect((await session.stats()).rtp.packetsLost).toBe(0);
  });

  test.each(['PCMU', 'PCMA'] as const)('a telephone that calls in %s is answered', async (law) => {
    phone.law = law;
    const answer = await session.acceptRtpOffer(phone.sdp(), { codecs: ['PCMA', 'PCMU'], srtp: 'off' });
    phone.learn(answer.sdp);
    await session.acceptWebRtcAnswer(await browser.takeCall(await session.createWebRtcOffer()));
    session.connect();
    await browser.until(`globalThis.peer.pc.connectionState === 'connected'`);
    phone.play(encodeG711(tone(1000, 1000), law));
    await browser.hears(1000);
    await phone.listen(200);
    expect(dominantFrequency(await phone.listen(500))?.hz).toBe(MICROPHONE_HZ);
    // A network change of the client.
    const restarted = await session.renegotiateWebRtc(await browser.reoffer({ iceRestart: true }));
    expect(restarted.iceRestart).toBe(true);
    await browser.accept(restarted.sdp);
    await browser.until(`globalThis.peer.candidates.includes('')`);
    await session.addWebRtcCandidates((await browser.candidates()).map((candidate) => ({ candidate, sdpMid: '0' })));
    await browser.until(`['connected','completed'].includes(globalThis.peer.pc.iceConnectionState)`);
    phone.play(encodeG711(tone(1400, 1000), law));
    await browser.hears(1400);
    expect(events.map((event) => event.type)).toEqual(['webrtc-connected']);
  });

  test('a client that leaves is told', async () => {
    await establish();
    await browser.hangUp();
    await vi.waitUntil(() => events.some((event) => event.type === 'webrtc-closed'), { timeout: 5000 });
  });

  test('the echo of the own voice comes back', async () => {
    phone.echo = true;
    await establish();
    await browser.hears(MICROPHONE_HZ);
  });

  test('digits arrive as telephone events, once each, with their duration', async () => {
    await establish();
    await phone.listen(100);
    expect(await browser.canPressDigits()).toBe(true);
    await browser.pressDigits('5#', 120);
    const ends = () => phone.heard.filter((p) => p.payloadType === 101 && ((p.payload[1] as number) & 0x80) !== 0);
    await phone.until(() => ends().length >= 6, 'six end packets');
    const digits = new Map(ends().map((packet) => [packet.timestamp, packet]));
    expect([...digits.values()].map((packet) => packet.payload[0])).toEqual([5, 11]);
    for (const packet of digits.values()) {
      const durationMs = packet.payload.readUInt16BE(2) / 8;
      expect(durationMs).toBeGreaterThanOrEqual(100);
      expect(durationMs).toBeLessThanOrEqual(140);
    }
    expect(events.filter((event) => event.type === 'dtmf')).toMatchObject([
      { from: 'webrtc', digit: '5' },
      { from: 'webrtc', digit: '#' },
    ]);
  });

  test('the browser sends the packets that the telephone wants', async () => {
    const offer = await browser.offer({ waitForCandidates: true });
    await session.acceptWebRtcOffer(offer);
    phone.learn(await session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
    await session.acceptRtpAnswer(phone.sdp({ extra: ['a=ptime:40'] }), { early: false, forkId: 'a' });
    await browser.accept(await session.createWebRtcAnswer());
    session.connect();
    await phone.listen(600);
    expect(phone.heard.at(-1)?.payload).toHaveLength(320);
  });

  test('the browser holds and resumes', async () => {
    await establish();
    await phone.listen(200);
    const held = await session.renegotiateWebRtc(await browser.reoffer({ direction: 'sendonly' }));
    expect(held).toMatchObject({ direction: 'recvonly', iceRestart: false });
    await browser.accept(held.sdp);
    const resumed = await session.renegotiateWebRtc(await browser.reoffer({ direction: 'sendrecv' }));
    expect(resumed.direction).toBe('sendrecv');
    await browser.accept(resumed.sdp);
    phone.play(encodeG711(tone(1200, 1000), 'PCMU'));
    await browser.hears(1200);
  });

  test('the gateway puts the browser on hold and resumes', async () => {
    await establish();
    const answer = await browser.answer(await session.createWebRtcReoffer('inactive'));
    expect(answer).toContain('a=inactive');
    await session.acceptWebRtcReanswer(answer);
    await session.acceptWebRtcReanswer(await browser.answer(await session.createWebRtcReoffer('sendrecv')));
    phone.play(encodeG711(tone(900, 1000), 'PCMU'));
    await browser.hears(900);
  });

  test('an ICE restart keeps the audio', async () => {
    await establish();
    const offer = await browser.reoffer({ iceRestart: true });
    const result = await session.renegotiateWebRtc(offer);
    expect(result.iceRestart).toBe(true);
    await browser.accept(result.sdp);
    await browser.until(`globalThis.peer.candidates.includes('')`);
    const candidates = await browser.candidates();
    await session.addWebRtcCandidates(candidates.map((candidate) => ({ candidate, sdpMid: '0', sdpMLineIndex: 0 })));
    await browser.until(`['connected','completed'].includes(globalThis.peer.pc.iceConnectionState)`);
    phone.play(encodeG711(tone(1100, 1000), 'PCMU'));
    await browser.hears(1100);
    expect(dominantFrequency((await phone.listen(500)).subarray(1000))?.hz).toBe(MICROPHONE_HZ);
    expect(events.map((event) => event.type)).not.toContain('webrtc-failed');
  });

  test('it connects when no candidate of the browser can be used', async () => {
    const offer = await browser.offer({ waitForCandidates: false });
    await session.acceptWebRtcOffer(offer);
    phone.learn(await session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
    await session.acceptRtpAnswer(phone.sdp(), { early: false, forkId: 'a' });
    const candidate = 'candidate:1 1 udp 2122260223 0a1b2c3d-1111-2222-3333-444455556666.local 50000 typ host';
    await session.addWebRtcCandidates([{ candidate, sdpMid: '0' }, { candidate: '' }]);
    await browser.accept(await session.createWebRtcAnswer());
    session.connect();
    await browser.until(`globalThis.peer.pc.connectionState === 'connected'`);
    expect(dominantFrequency((await phone.listen(600)).subarray(2000))?.hz).toBe(MICROPHONE_HZ);
  });

  test.each([1, 2, 3])('a long path that loses, doubles and reorders still connects (seed %i)', async (seed) => {
    await session.acceptWebRtcOffer(await browser.offer({ waitForCandidates: false }));
    phone.learn(await session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
    await session.acceptRtpAnswer(phone.sdp(), { early: false, forkId: 'a' });
    const answer = await session.createWebRtcAnswer();
    const [line, host, port] = /^a=candidate:\S+ 1 udp \d+ (\d+\.\S+) (\d+) typ host\r\n/m.exec(answer) ?? [];
    if (!line || !host) throw new Error(`no IPv4 candidate in ${answer}`);
    const quality = { seed, delayMs: 120, jitterMs: 40, lossPercent: 8, doubledPercent: 8 };
    const path = await BadPath.open(host, { host, port: Number(port) }, quality);
    try {
      // The path is the only way: neither end knows another address of the other.
      const only = line.replace(` ${port} typ`, ` ${path.port} typ`);
      await browser.accept(
        answer.replace(/^a=candidate:.*\r\n/gm, '').replace('a=end-of-candidates', `${only}a=end-of-candidates`),
      );
      session.connect();
      await browser.until(`globalThis.peer.pc.connectionState === 'connected'`, 30_000);
      phone.play(encodeG711(tone(1000, 1000), 'PCMU'));
      await browser.hears(1000);
      await phone.listen(500);
      expect(events.map((event) => event.type)).not.toContain('webrtc-failed');
    } finally {
      path.close();
    }
  });
});
