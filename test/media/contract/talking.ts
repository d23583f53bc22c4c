/** Audio in both directions, and who is heard. */

import { expect, test, vi } from 'vitest';
import { dominantFrequency, rms, toneLevel } from '../../world/audio.ts';
import { TelephonePeer } from '../telephone-peer.ts';
import { browserStream, continuous, expectOneStream, expectTone, frame, type World } from './world.ts';

export function talking(world: World): void {
  test.each(['PCMU', 'PCMA'] as const)('a tone is heard in both directions in %s', async (law) => {
    world.call.phone.law = law;
    await world.call.establish();
    world.call.browser.play(continuous(440, law), law);
    world.call.phone.play(continuous(1000, law));
    await world.call.phone.until(() => world.call.phone.heard.length > 5, 'audio at the telephone');
    const [atPhone, atBrowser] = await Promise.all([world.call.phone.listen(500), world.call.browser.listen(500)]);
    expectTone(atPhone, 440);
    expectTone(atBrowser, 1000);
    expect(Math.abs((dominantFrequency(atBrowser)?.level ?? 0) - 0.5)).toBeLessThan(
      world.traits.relaysPackets ? 0.05 : 0.4,
    );
    expect(world.call.browser.heard.at(-1)?.header.payloadType).toBe(law === 'PCMU' ? 0 : 8);
    const stats = await world.call.session.stats();
    expect(stats.codec).toBe(law);
    if (world.traits.relaysPackets) {
      expect(stats).toMatchObject({ webrtc: { packetsLost: 0 }, rtp: { packetsLost: 0, packetsForeign: 0 } });
    }
    expect(stats.rtp.packetsIn).toBeGreaterThan(10);
  });

  test('a stranger is not heard', async () => {
    const stranger = await TelephonePeer.open();
    try {
      await world.call.establish();
      world.call.phone.play(continuous(1000));
      await world.call.browser.listen(300);
      stranger.remote = world.call.phone.remote;
      stranger.play(continuous(2000));
      await world.call.browser.listen(300);
      const heard = await world.call.browser.listen(500);
      expectTone(heard, 1000);
      expect(toneLevel(heard, 2000)).toBeLessThan(0.02);
    } finally {
      stranger.close();
    }
  });

  test.runIf(world.traits.relaysPackets)("a stranger's packets are counted", async () => {
    const stranger = await TelephonePeer.open();
    try {
      await world.call.establish();
      world.call.phone.sendFrame(frame(1000));
      await world.call.browser.until(() => world.call.browser.heard.length === 1, 'the first frame');
      stranger.remote = world.call.phone.remote;
      for (let i = 0; i < 20; i++) stranger.sendFrame(frame(2000));
      world.call.phone.sendFrame(frame(1000));
      await world.call.browser.until(() => world.call.browser.heard.length >= 2, 'the second frame');
      expect(world.call.browser.heard).toHaveLength(2);
      expect((await world.call.session.stats()).rtp.packetsForeign).toBe(20);
    } finally {
      stranger.close();
    }
  });

  test('a telephone behind a NAT is answered where it sends from', async () => {
    await world.call.session.acceptWebRtcOffer(await world.call.browser.offer());
    world.call.phone.learn(await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
    await world.call.session.acceptRtpAnswer(world.call.phone.sdp({ connection: '192.0.2.77', port: 4000 }), {
      early: false,
      forkId: 'a',
    });
    await world.call.browser.accept(await world.call.session.createWebRtcAnswer());
    world.call.session.connect();
    await world.call.event('webrtc-connected');
    world.call.phone.play(continuous(800));
    world.call.browser.play(continuous(440));
    await world.call.phone.until(() => world.call.phone.heard.length > 5, 'audio at the telephone behind the NAT');
    expectTone(await world.call.phone.listen(300), 440);
  });

  test('audio is converted when both sides end up with different laws', async () => {
    await world.call.establish();
    const reinvite = world.call.phone.sdp({ formats: ['8 PCMA/8000', '101 telephone-event/8000'] });
    expect((await world.call.session.acceptRtpOffer(reinvite)).sdp).toContain('m=audio');
    world.call.phone.law = 'PCMA';
    world.call.phone.play(continuous(1000, 'PCMA'));
    world.call.browser.play(continuous(440, 'PCMU'));
    await world.call.phone.until(() => world.call.phone.heard.at(-1)?.payloadType === 8, 'PCMA at the telephone');
    const [atPhone, atBrowser] = await Promise.all([world.call.phone.listen(400), world.call.browser.listen(400)]);
    expectTone(atPhone, 440);
    expectTone(atBrowser, 1000);
    expect(world.call.browser.heard.at(-1)?.header.payloadType).toBe(0);
    expect(Math.abs((dominantFrequency(atBrowser)?.level ?? 0) - 0.5)).toBeLessThan(
      world.traits.relaysPackets ? 0.05 : 0.4,
    );
  });

  test.runIf(world.traits.relaysPackets)(
    'comfort noise that was not agreed on is dropped without a hole in the numbers',
    async () => {
      await world.call.establish();
      world.call.phone.sendFrame(frame(1000));
      world.call.phone.sendPacket(13, Buffer.from([60]));
      world.call.phone.sendFrame(frame(1000));
      await world.call.browser.until(() => world.call.browser.heard.length === 2, 'two frames');
      expectOneStream(browserStream(world.call));
    },
  );

  test.runIf(world.traits.relaysPackets)('lost frames stay lost, late ones come late', async () => {
    await world.call.establish();
    world.call.phone.sendFrame(frame(1000));
    world.call.phone.skipFrames(3);
    world.call.phone.sendFrame(frame(1000));
    await world.call.browser.until(() => world.call.browser.heard.length === 2, 'two frames');
    const [first, second] = browserStream(world.call);
    expect(((second?.sequence ?? 0) - (first?.sequence ?? 0)) & 0xffff).toBe(4);
    expect((await world.call.session.stats()).rtp.packetsLost).toBe(3);
  });

  test('RTCP reports go to both sides and measure the round trip', async () => {
    await world.call.establish();
    world.call.browser.play(continuous(440));
    await world.call.phone.until(() => world.call.phone.rtcpHeard.length > 0, 'a report at the telephone', 12_000);
    const report = world.call.phone.rtcpHeard[0] as Buffer;
    expect(report[1]).toBe(200);
    const answer = Buffer.alloc(32);
    answer.writeUInt16BE(0x81c9, 0);
    answer.writeUInt16BE(7, 2);
    answer.writeUInt32BE(world.call.phone.ssrc, 4);
    report.copy(answer, 8, 4, 8);
    // Last SR: the middle of the NTP timestamp; the delay since then is told as nothing.
    report.copy(answer, 24, 10, 14);
    world.call.phone.sendRtcp(answer);
    if (!world.traits.relaysPackets) return;
    await vi.waitUntil(async () => (await world.call.session.stats()).roundTripMs !== undefined);
    expect((await world.call.session.stats()).roundTripMs).toBeLessThan(5000);
  });

  test.runIf(!world.traits.relaysPackets).each([20, 30])(
    'the telephone gets packets of %i ms when it wants them',
    async (ptime) => {
      const { session, browser, phone } = world.call;
      await session.acceptWebRtcOffer(await browser.offer());
      phone.learn(await session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
      await session.acceptRtpAnswer(phone.sdp({ extra: [`a=ptime:${ptime}`] }), { early: false, forkId: 'a' });
      await browser.accept(await session.createWebRtcAnswer());
      session.connect();
      await world.call.event('webrtc-connected');
      browser.play(continuous(440));
      await phone.listen(500);
      expect(phone.heard.at(-1)?.payload).toHaveLength(8 * ptime);
    },
  );

  // What is handed on as it came cannot be cut anew.
  test.runIf(world.traits.relaysPackets).each([
    [['a=ptime:30'], 30],
    [['a=ptime:20', 'a=maxptime:150'], 20],
    [['a=maxptime:10'], 10],
    [['a=ptime:1000'], 60],
    [[], 20],
  ])('the client is asked for the packets that the telephone wants: %s', async (extra, ptime) => {
    await world.call.session.acceptWebRtcOffer(await world.call.browser.offer());
    await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
    await world.call.session.acceptRtpAnswer(world.call.phone.sdp({ extra }), { early: false, forkId: 'a' });
    expect(await world.call.session.createWebRtcAnswer()).toContain(`a=ptime:${ptime}\r\n`);
  });

  test('the telephone hears from us before there is anything to relay', async () => {
    await world.call.session.acceptWebRtcOffer(await world.call.browser.offer());
    await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
    await world.call.session.acceptRtpAnswer(world.call.phone.sdp(), { early: true, forkId: 'a' });
    await world.call.phone.until(() => world.call.phone.heard.length >= 2, 'two frames of silence');
    expect(rms(world.call.phone.audio())).toBeLessThan(0.001);
    expectOneStream(world.call.phone.heard);
  });
}
