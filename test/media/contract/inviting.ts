/** Calls that the telephone began: the first WebRTC offer is ours. */

import { expect, test } from 'vitest';
import { BrowserPeer } from '../browser-peer.ts';
import { continuous, expectOneStream, expectTone, hears, type World } from './world.ts';

export function inviting(world: World): void {
  /** The telephone's offer is taken, and the client has ours. */
  const ring = async (formats = ['8 PCMA/8000', '101 telephone-event/8000']): Promise<string> => {
    const { session, phone } = world.call;
    const answer = await session.acceptRtpOffer(phone.sdp({ formats }), { codecs: ['PCMU', 'PCMA'], srtp: 'off' });
    phone.learn(answer.sdp);
    return session.createWebRtcOffer();
  };

  test('the offer has audio alone, as clients take it', async () => {
    const offer = await ring();
    expect(offer).not.toContain('m=video');
    expect(offer.match(/^m=/gm)).toHaveLength(1);
    const mid = /^a=mid:(\S+)\r$/m.exec(offer)?.[1];
    expect(mid).toBeDefined();
    expect(offer).toContain(`a=group:BUNDLE ${mid}\r\n`);
    expect(offer).toContain('a=rtcp-mux\r\n');
    expect(offer).toContain('a=setup:actpass\r\n');
    expect(offer).toContain('a=sendrecv\r\n');
    expect(offer).toMatch(/^a=fingerprint:sha-256 /m);
    expect(offer).toMatch(/^a=candidate:.* typ host/m);
    expect(offer).toMatch(/^a=rtpmap:\d+ telephone-event\/8000\r$/m);
    expect(offer).not.toContain('telephone-event/48000');
  });

  test('a telephone calls: the client answers, and both talk', async () => {
    const { session, browser, phone } = world.call;
    phone.law = 'PCMA';
    const offer = await ring();
    await session.acceptWebRtcAnswer(await browser.answer(offer));
    await world.call.event('webrtc-connected');
    session.connect();
    phone.play(continuous(1000, 'PCMA'));
    browser.play(continuous(440, 'PCMA'), 'PCMA');
    await Promise.all([hears(phone, 440), hears(browser, 1000)]);
    expectOneStream(phone.heard);
    expect(phone.heard.at(-1)?.payloadType).toBe(8);
  });

  test('a telephone that is not answered yet hears nothing, then ringback, when it is to be played', async () => {
    const { session, phone } = world.call;
    await ring(['0 PCMU/8000', '101 telephone-event/8000']);
    expect(phone.heard).toHaveLength(0);
    session.startRingback('FR', 'rtp');
    expectTone(await phone.listen(400), 440);
    session.stopRingback('rtp');
  });

  test('of two clients one wins, and the checks of the other do no harm', async () => {
    const { session, browser, phone } = world.call;
    const offer = await ring(['0 PCMU/8000', '101 telephone-event/8000']);
    const loser = new BrowserPeer();
    try {
      // The loser has picked up first, and checks.
      await loser.answer(offer);
      await loser.checking();
      await session.acceptWebRtcAnswer(await browser.answer(offer));
      await world.call.event('webrtc-connected');
      session.connect();
      phone.play(continuous(1000));
      browser.play(continuous(440, browser.sends), browser.sends);
      expectTone(await browser.listen(300), 1000);
      await phone.listen(200);
      expectTone(await phone.listen(300), 440);
      expect(loser.heard).toHaveLength(0);
      expect(world.call.events.map((event) => event.type)).not.toContain('webrtc-failed');
    } finally {
      await loser.close();
    }
  });

  test('candidates of the client that won may come after its answer', async () => {
    const { session, browser } = world.call;
    const answer = await browser.answer(await ring());
    await session.acceptWebRtcAnswer(answer.replace(/^a=(candidate|end-of-candidates).*\r\n/gm, ''));
    await session.addWebRtcCandidates(browser.candidates().map((candidate) => ({ candidate, sdpMid: '0' })));
    await world.call.event('webrtc-connected');
  });

  test('a telephone that wants our offer follows what the client chose', async () => {
    const { session, browser, phone } = world.call;
    const offer = await session.createWebRtcOffer();
    await session.acceptWebRtcAnswer(await browser.answer(offer));
    const rtpOffer = await session.createRtpOffer({ codecs: ['PCMA', 'PCMU'], srtp: 'off' });
    phone.learn(rtpOffer);
    const { codec } = await session.acceptRtpAnswer(phone.sdp(), { early: false, forkId: 'a' });
    expect(codec).toBe('PCMU');
    await world.call.event('webrtc-connected');
    session.connect();
    phone.play(continuous(1000));
    browser.play(continuous(440, browser.sends), browser.sends);
    await Promise.all([hears(phone, 440), hears(browser, 1000)]);
  });

  test('an answer is taken once, and not before the offer', async () => {
    const { session, browser } = world.call;
    const wrongState = { name: 'MediaError', code: 'wrong-state' };
    await expect(session.acceptWebRtcAnswer('v=0\r\n')).rejects.toMatchObject(wrongState);
    const offer = await ring();
    await expect(session.createWebRtcOffer()).rejects.toMatchObject(wrongState);
    const answer = await browser.answer(offer);
    await session.acceptWebRtcAnswer(answer);
    await expect(session.acceptWebRtcAnswer(answer)).rejects.toMatchObject(wrongState);
  });
}
