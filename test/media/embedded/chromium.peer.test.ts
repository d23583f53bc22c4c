import { describe, expect, test, vi } from 'vitest';
import { createEmbeddedMediaEngine } from '../../../media/index.ts';
import { dominantFrequency, encodeG711, tone } from '../../world/audio.ts';
import { BadPath } from '../bad-path.ts';
import { MICROPHONE_HZ, useChromium } from '../chromium-call.ts';

describe('a real Chromium and the embedded media engine', () => {
  const call = useChromium((logger) =>
    createEmbeddedMediaEngine({ workers: 1, rtp: { bindAddress: '127.0.0.1' } }, logger),
  );

  /** Offer without a candidate, trickled ones afterwards: as Element does. */
  async function establish(law: 'PCMU' | 'PCMA' = 'PCMU'): Promise<string> {
    call.phone.law = law;
    const offer = await call.browser.offer({ waitForCandidates: false });
    expect(offer).not.toContain('a=candidate:');
    await call.session.acceptWebRtcOffer(offer);
    call.phone.learn(await call.session.createRtpOffer({ codecs: ['PCMA', 'PCMU'], srtp: 'off' }));
    const { codec } = await call.session.acceptRtpAnswer(call.phone.sdp(), { early: false, forkId: 'a' });
    expect(codec).toBe(law);
    await call.browser.until(`globalThis.peer.candidates.includes('')`);
    const candidates = await call.browser.candidates();
    await call.session.addWebRtcCandidates(
      candidates.map((candidate) => ({ candidate, sdpMid: '0', sdpMLineIndex: 0 })),
    );
    const answer = await call.session.createWebRtcAnswer();
    await call.browser.accept(answer);
    call.session.connect();
    await call.browser.until(`globalThis.peer.pc.connectionState === 'connected'`);
    return answer;
  }

  test.each(['PCMU', 'PCMA'] as const)('a tone is heard both ways in %s', async (law) => {
    const answer = await establish(law);
    expect(answer).toContain(`${law}/8000`);
    const atPhone = await call.phone.listen(1000);
    expect(dominantFrequency(atPhone.subarray(4000))?.hz).toBe(MICROPHONE_HZ);
    call.phone.play(encodeG711(tone(1000, 1000), law));
    await call.browser.hears(1000);
    expect(call.phone.heard.at(-1)?.payloadType).toBe(law === 'PCMU' ? 0 : 8);
    expect((await call.session.stats()).rtp.packetsLost).toBe(0);
  });

  test.each(['PCMU', 'PCMA'] as const)('a telephone that calls in %s is answered', async (law) => {
    call.phone.law = law;
    const answer = await call.session.acceptRtpOffer(call.phone.sdp(), { codecs: ['PCMA', 'PCMU'], srtp: 'off' });
    call.phone.learn(answer.sdp);
    await call.session.acceptWebRtcAnswer(await call.browser.takeCall(await call.session.createWebRtcOffer()));
    call.session.connect();
    await call.browser.until(`globalThis.peer.pc.connectionState === 'connected'`);
    call.phone.play(encodeG711(tone(1000, 1000), law));
    await call.browser.hears(1000);
    await call.phone.listen(200);
    expect(dominantFrequency(await call.phone.listen(500))?.hz).toBe(MICROPHONE_HZ);
    // A network change of the client.
    const restarted = await call.session.renegotiateWebRtc(await call.browser.reoffer({ iceRestart: true }));
    expect(restarted.iceRestart).toBe(true);
    await call.browser.accept(restarted.sdp);
    await call.browser.until(`globalThis.peer.candidates.includes('')`);
    await call.session.addWebRtcCandidates(
      (await call.browser.candidates()).map((candidate) => ({ candidate, sdpMid: '0' })),
    );
    await call.browser.until(`['connected','completed'].includes(globalThis.peer.pc.iceConnectionState)`);
    call.phone.play(encodeG711(tone(1400, 1000), law));
    await call.browser.hears(1400);
    expect(call.events.map((event) => event.type)).toEqual(['webrtc-connected']);
  });

  test('a client that leaves is told', async () => {
    await establish();
    await call.browser.hangUp();
    await vi.waitUntil(() => call.events.some((event) => event.type === 'webrtc-closed'), { timeout: 5000 });
  });

  test('the echo of the own voice comes back', async () => {
    call.phone.echo = true;
    await establish();
    await call.browser.hears(MICROPHONE_HZ);
  });

  test('digits arrive as telephone events, once each, with their duration', async () => {
    await establish();
    await call.phone.listen(100);
    expect(await call.browser.canPressDigits()).toBe(true);
    await call.browser.pressDigits('5#', 120);
    await call.phone.until(() => call.phone.eventEnds().length >= 6, 'six end packets');
    const digits = call.phone.digits();
    expect(digits.map(({ event }) => event)).toEqual([5, 11]);
    for (const { durationMs } of digits) {
      expect(durationMs).toBeGreaterThanOrEqual(100);
      expect(durationMs).toBeLessThanOrEqual(140);
    }
    expect(call.events.filter((event) => event.type === 'dtmf')).toMatchObject([
      { from: 'webrtc', digit: '5' },
      { from: 'webrtc', digit: '#' },
    ]);
  });

  test('the browser sends the packets that the telephone wants', async () => {
    const offer = await call.browser.offer({ waitForCandidates: true });
    await call.session.acceptWebRtcOffer(offer);
    call.phone.learn(await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
    await call.session.acceptRtpAnswer(call.phone.sdp({ extra: ['a=ptime:40'] }), { early: false, forkId: 'a' });
    await call.browser.accept(await call.session.createWebRtcAnswer());
    call.session.connect();
    await call.phone.listen(600);
    expect(call.phone.heard.at(-1)?.payload).toHaveLength(320);
  });

  test('the browser holds and resumes', async () => {
    await establish();
    await call.phone.listen(200);
    const held = await call.session.renegotiateWebRtc(await call.browser.reoffer({ direction: 'sendonly' }));
    expect(held).toMatchObject({ direction: 'recvonly', iceRestart: false });
    await call.browser.accept(held.sdp);
    const resumed = await call.session.renegotiateWebRtc(await call.browser.reoffer({ direction: 'sendrecv' }));
    expect(resumed.direction).toBe('sendrecv');
    await call.browser.accept(resumed.sdp);
    call.phone.play(encodeG711(tone(1200, 1000), 'PCMU'));
    await call.browser.hears(1200);
  });

  test('the gateway puts the browser on hold and resumes', async () => {
    await establish();
    const answer = await call.browser.answer(await call.session.createWebRtcReoffer('inactive'));
    expect(answer).toContain('a=inactive');
    await call.session.acceptWebRtcReanswer(answer);
    await call.session.acceptWebRtcReanswer(
      await call.browser.answer(await call.session.createWebRtcReoffer('sendrecv')),
    );
    call.phone.play(encodeG711(tone(900, 1000), 'PCMU'));
    await call.browser.hears(900);
  });

  test('an ICE restart keeps the audio', async () => {
    await establish();
    const offer = await call.browser.reoffer({ iceRestart: true });
    const result = await call.session.renegotiateWebRtc(offer);
    expect(result.iceRestart).toBe(true);
    await call.browser.accept(result.sdp);
    await call.browser.until(`globalThis.peer.candidates.includes('')`);
    const candidates = await call.browser.candidates();
    await call.session.addWebRtcCandidates(
      candidates.map((candidate) => ({ candidate, sdpMid: '0', sdpMLineIndex: 0 })),
    );
    await call.browser.until(`['connected','completed'].includes(globalThis.peer.pc.iceConnectionState)`);
    call.phone.play(encodeG711(tone(1100, 1000), 'PCMU'));
    await call.browser.hears(1100);
    expect(dominantFrequency((await call.phone.listen(500)).subarray(1000))?.hz).toBe(MICROPHONE_HZ);
    expect(call.events.map((event) => event.type)).not.toContain('webrtc-failed');
  });

  test('it connects when no candidate of the browser can be used', async () => {
    const offer = await call.browser.offer({ waitForCandidates: false });
    await call.session.acceptWebRtcOffer(offer);
    call.phone.learn(await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
    await call.session.acceptRtpAnswer(call.phone.sdp(), { early: false, forkId: 'a' });
    const candidate = 'candidate:1 1 udp 2122260223 0a1b2c3d-1111-2222-3333-444455556666.local 50000 typ host';
    await call.session.addWebRtcCandidates([{ candidate, sdpMid: '0' }, { candidate: '' }]);
    await call.browser.accept(await call.session.createWebRtcAnswer());
    call.session.connect();
    await call.browser.until(`globalThis.peer.pc.connectionState === 'connected'`);
    expect(dominantFrequency((await call.phone.listen(600)).subarray(2000))?.hz).toBe(MICROPHONE_HZ);
  });

  test.each([1, 2, 3])('a long path that loses, doubles and reorders still connects (seed %i)', async (seed) => {
    await call.session.acceptWebRtcOffer(await call.browser.offer({ waitForCandidates: false }));
    call.phone.learn(await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
    await call.session.acceptRtpAnswer(call.phone.sdp(), { early: false, forkId: 'a' });
    const answer = await call.session.createWebRtcAnswer();
    const [line, host, port] = /^a=candidate:\S+ 1 udp \d+ (\d+\.\S+) (\d+) typ host\r\n/m.exec(answer) ?? [];
    if (!line || !host) throw new Error(`no IPv4 candidate in ${answer}`);
    const quality = { seed, delayMs: 120, jitterMs: 40, lossPercent: 8, doubledPercent: 8 };
    const path = await BadPath.open(host, { host, port: Number(port) }, quality);
    try {
      // The path is the only way: neither end knows another address of the other.
      const only = line.replace(` ${port} typ`, ` ${path.port} typ`);
      await call.browser.accept(
        answer.replace(/^a=candidate:.*\r\n/gm, '').replace('a=end-of-candidates', `${only}a=end-of-candidates`),
      );
      call.session.connect();
      await call.browser.until(`globalThis.peer.pc.connectionState === 'connected'`, 30_000);
      call.phone.play(encodeG711(tone(1000, 1000), 'PCMU'));
      await call.browser.hears(1000);
      await call.phone.listen(500);
      expect(call.events.map((event) => event.type)).not.toContain('webrtc-failed');
    } finally {
      path.close();
    }
  });
});
