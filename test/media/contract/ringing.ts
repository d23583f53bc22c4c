/** Before and around the answer: early audio, ringback, forks. */

import { expect, test } from 'vitest';
import { toneLevel } from '../../world/audio.ts';
import { TelephonePeer } from '../telephone-peer.ts';
import { browserStream, continuous, expectOneStream, expectSilence, expectTone, type World } from './world.ts';

export function ringing(world: World): void {
  test('nothing of the telephone is heard before it is let through; early audio is told', async () => {
    await world.call.session.acceptWebRtcOffer(await world.call.browser.offer());
    world.call.phone.learn(await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
    await world.call.session.acceptRtpAnswer(world.call.phone.sdp(), { early: true, forkId: 'a' });
    await world.call.browser.accept(await world.call.session.createWebRtcAnswer());
    await world.call.event('webrtc-connected');
    world.call.phone.play(continuous(500));
    expect((await world.call.event('early-audio')).ms).toBeGreaterThanOrEqual(100);
    if (world.traits.relaysPackets) expect(world.call.browser.heard).toHaveLength(0);
    expectSilence(world.call.browser.audio());
    world.call.session.connect();
    expectTone(await world.call.browser.listen(300), 500);
  });

  test('ringback plays until audio comes, in one stream with it', async () => {
    await world.call.session.acceptWebRtcOffer(await world.call.browser.offer());
    world.call.phone.learn(await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
    await world.call.browser.accept(await world.call.session.createWebRtcAnswer());
    await world.call.event('webrtc-connected');
    world.call.session.startRingback();
    expectTone(await world.call.browser.listen(400), 425);
    await world.call.session.acceptRtpAnswer(world.call.phone.sdp(), { early: false, forkId: 'a' });
    world.call.session.connect();
    world.call.phone.play(continuous(1000));
    await world.call.phone.until(() => world.call.phone.heard.length > 0, 'a first packet to the telephone');
    await world.call.browser.listen(200);
    expectTone(await world.call.browser.listen(300), 1000);
    expectOneStream(browserStream(world.call));
  });

  test('ringback of a country, stopped by hand', async () => {
    await world.call.establish();
    world.call.session.startRingback('US');
    const heard = await world.call.browser.listen(400);
    expect(toneLevel(heard, 440)).toBeGreaterThan(0.05);
    expect(toneLevel(heard, 480)).toBeGreaterThan(0.05);
    world.call.session.stopRingback();
    const [from] = [world.call.browser.heard.length];
    world.call.phone.play(continuous(700));
    await world.call.browser.listen(200);
    expectTone(world.call.browser.audio(from + 3), 700);
  });

  test('of two forks the one that answered is heard, without a seam', async () => {
    const other = await TelephonePeer.open();
    try {
      await world.call.session.acceptWebRtcOffer(await world.call.browser.offer());
      const offer = await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
      world.call.phone.learn(offer);
      other.learn(offer);
      await world.call.session.acceptRtpAnswer(world.call.phone.sdp(), { early: true, forkId: 'a' });
      await world.call.browser.accept(await world.call.session.createWebRtcAnswer());
      await world.call.event('webrtc-connected');
      world.call.session.connect();
      world.call.phone.play(continuous(600));
      await world.call.browser.listen(200);
      await world.call.session.acceptRtpAnswer(other.sdp(), { early: false, forkId: 'b' });
      other.play(continuous(1500));
      await world.call.browser.listen(200);
      const heard = await world.call.browser.listen(300);
      expectTone(heard, 1500);
      expect(toneLevel(heard, 600)).toBeLessThan(0.01);
      world.call.browser.play(continuous(440));
      await other.until(() => other.heard.length > 5, 'audio at the second fork');
      expectOneStream(browserStream(world.call));
      // What the first fork still says is too late.
      await world.call.session.acceptRtpAnswer(world.call.phone.sdp(), { early: true, forkId: 'a' });
      expectTone(await world.call.browser.listen(200), 1500);
    } finally {
      other.close();
    }
  });
}
