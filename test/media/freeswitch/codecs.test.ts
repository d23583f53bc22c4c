import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MediaEngine, RtpCodec, SrtpPolicy } from '../../../media/index.ts';
import { TestCall } from '../contract/test-call.ts';
import { continuous, expectTone } from '../contract/world.ts';
import { FREESWITCH, openBrowser, SKIPPED, startRealEngine } from './real.ts';

const server = FREESWITCH;
if (!server) test.skip(SKIPPED, () => {});

describe.skipIf(!server)('codecs towards the telephone network', () => {
  let engine: MediaEngine;
  beforeAll(async () => {
    if (server) engine = await startRealEngine(server, pino({ level: 'silent' }));
  });
  afterAll(() => engine?.close());

  /** Two calls whose telephones are each other: what one sends, the other must understand. */
  test.each<[RtpCodec, SrtpPolicy]>([
    ['PCMU', 'off'],
    ['PCMA', 'required'],
    ['G722', 'off'],
    ['G722', 'required'],
    ['opus', 'off'],
  ])('%s, SRTP %s: a tone is heard at the other end', async (codec, srtp) => {
    const [caller, called] = [await TestCall.open(engine, openBrowser()), await TestCall.open(engine, openBrowser())];
    const rules = { codecs: [codec], srtp };
    const offer = await caller.session.createRtpOffer(rules);
    const { sdp } = await called.session.acceptRtpOffer(offer, rules);
    expect(await caller.session.acceptRtpAnswer(sdp, { early: false, forkId: 'a' })).toEqual({ codec });
    for (const { session, browser } of [caller, called]) {
      await session.acceptWebRtcOffer(await browser.offer());
      await browser.accept(await session.createWebRtcAnswer());
      session.connect();
    }
    await Promise.all([caller.event('webrtc-connected'), called.event('webrtc-connected')]);
    // What each browser sends follows from the answer that it got.
    const lawOf = (call: TestCall) =>
      /m=audio \d+ \S+ 8 /.test(call.browser.connection.remoteDescription?.sdp ?? '') ? 'PCMA' : 'PCMU';
    caller.browser.play(continuous(440, lawOf(caller)), lawOf(caller));
    called.browser.play(continuous(1000, lawOf(called)), lawOf(called));
    await Promise.all([caller.browser.listen(500), called.browser.listen(500)]);
    const [atCaller, atCalled] = await Promise.all([caller.browser.listen(400), called.browser.listen(400)]);
    expectTone(atCaller, 1000);
    expectTone(atCalled, 440);
    expect((await caller.session.stats()).codec).toBe(codec);
    await Promise.all([caller.close(), called.close()]);
  });
});
