import { describe, expect, test, vi } from 'vitest';
import { dominantFrequency, encodeG711, tone } from '../../world/audio.ts';
import { MICROPHONE_HZ, useChromium } from '../chromium-call.ts';
import { FREESWITCH, SKIPPED, startRealEngine } from './real.ts';

const server = FREESWITCH;
if (!server) test.skip(SKIPPED, () => {});

describe.skipIf(!server)('a real Chromium and a real FreeSWITCH', () => {
  const call = useChromium(async (logger) => {
    if (!server) throw new Error(SKIPPED);
    return startRealEngine(server, logger);
  });

  const connected = () =>
    vi.waitUntil(() => call.events.some((event) => event.type === 'webrtc-connected'), { timeout: 9000 });

  /** Offer with its candidates, as this engine wants it. */
  async function establish(): Promise<string> {
    await call.session.acceptWebRtcOffer(await call.browser.offer({ waitForCandidates: true }));
    call.phone.learn(await call.session.createRtpOffer({ codecs: ['PCMA', 'PCMU'], srtp: 'off' }));
    await call.session.acceptRtpAnswer(call.phone.sdp(), { early: false, forkId: 'a' });
    const answer = await call.session.createWebRtcAnswer();
    await call.browser.accept(answer);
    call.session.connect();
    await connected();
    return answer;
  }

  /** The phone's audio, once the browser's tone is in it. */
  async function phoneHears(hz: number): Promise<void> {
    await vi.waitUntil(async () => Math.abs((dominantFrequency(await call.phone.listen(300))?.hz ?? 0) - hz) < 10, {
      timeout: 8000,
      interval: 0,
    });
  }

  test('Opus to the browser, G.711 to the telephone: a tone is heard both ways', async () => {
    const answer = await establish();
    expect(answer).toMatch(/a=rtpmap:\d+ opus\/48000\/2/);
    expect(answer).toMatch(/a=fmtp:\d+ .*useinbandfec=1/);
    call.phone.play(encodeG711(tone(1000, 1000), 'PCMU'));
    await call.browser.hears(1000);
    await phoneHears(MICROPHONE_HZ);
    expect(call.phone.heard.at(-1)?.payloadType).toBe(0);
  });

  test('a telephone that calls is answered', async () => {
    const answer = await call.session.acceptRtpOffer(call.phone.sdp(), { codecs: ['PCMA', 'PCMU'], srtp: 'off' });
    call.phone.learn(answer.sdp);
    await call.session.acceptWebRtcAnswer(await call.browser.takeCall(await call.session.createWebRtcOffer()));
    call.session.connect();
    await connected();
    call.phone.play(encodeG711(tone(1000, 1000), 'PCMU'));
    await call.browser.hears(1000);
    await phoneHears(MICROPHONE_HZ);
  });

  test('it connects when no candidate of the browser can be used', async () => {
    const offer = await call.browser.offer({ waitForCandidates: true });
    await call.session.acceptWebRtcOffer(offer.replace(/^a=candidate:.*\r\n/gm, ''));
    call.phone.learn(await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
    await call.session.acceptRtpAnswer(call.phone.sdp(), { early: false, forkId: 'a' });
    await call.browser.accept(await call.session.createWebRtcAnswer());
    call.session.connect();
    await connected();
    await phoneHears(MICROPHONE_HZ);
  });

  test('digits arrive once each, with durations near those that were pressed', async () => {
    await establish();
    await phoneHears(MICROPHONE_HZ);
    await call.browser.pressDigits('5#', 120);
    await call.phone.until(() => call.phone.digits().length >= 2, 'two digits');
    const digits = call.phone.digits();
    expect(digits.map(({ event }) => event)).toEqual([5, 11]);
    for (const { durationMs } of digits) {
      expect(durationMs).toBeGreaterThanOrEqual(80);
      expect(durationMs).toBeLessThanOrEqual(200);
    }
    expect(call.events.filter((event) => event.type === 'dtmf')).toMatchObject([
      { from: 'webrtc', digit: '5' },
      { from: 'webrtc', digit: '#' },
    ]);
  });

  test('hold, resume and an ICE restart', async () => {
    await establish();
    const held = await call.session.renegotiateWebRtc(await call.browser.reoffer({ direction: 'sendonly' }));
    expect(held).toMatchObject({ direction: 'recvonly', iceRestart: false });
    await call.browser.accept(held.sdp);
    const resumed = await call.session.renegotiateWebRtc(await call.browser.reoffer({ direction: 'sendrecv' }));
    expect(resumed.direction).toBe('sendrecv');
    await call.browser.accept(resumed.sdp);
    await call.session.acceptWebRtcReanswer(
      await call.browser.answer(await call.session.createWebRtcReoffer('inactive')),
    );
    await call.session.acceptWebRtcReanswer(
      await call.browser.answer(await call.session.createWebRtcReoffer('sendrecv')),
    );
    call.phone.play(encodeG711(tone(1200, 1000), 'PCMU'));
    await call.browser.hears(1200);
    const restarted = await call.session.renegotiateWebRtc(await call.browser.reoffer({ iceRestart: true }));
    expect(restarted.iceRestart).toBe(true);
    await call.browser.accept(restarted.sdp);
    call.phone.play(encodeG711(tone(900, 1000), 'PCMU'));
    await call.browser.hears(900);
    await phoneHears(MICROPHONE_HZ);
    expect(call.events.map((event) => event.type)).toEqual(['webrtc-connected']);
  });
});
