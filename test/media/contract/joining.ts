/** Two telephones joined, and one telephone taking the place of another. */

import { expect, test } from 'vitest';
import { toneLevel } from '../../world/audio.ts';
import { TelephonePeer } from '../telephone-peer.ts';
import { TestCall } from './test-call.ts';
import { continuous, expectOneStream, expectTone, hears, type World } from './world.ts';

export function joining(world: World): void {
  /** A second call that has a telephone only. */
  const openTelephone = async (law: 'PCMU' | 'PCMA'): Promise<TestCall> => {
    const call = await TestCall.open(world.engine);
    call.phone.law = law;
    call.phone.learn(await call.session.createRtpOffer({ codecs: [law], srtp: 'off' }));
    await call.session.acceptRtpAnswer(call.phone.sdp(), { early: false, forkId: 'b' });
    return call;
  };

  test('two telephones talk to each other, in whatever laws, and each is closed by itself', async () => {
    const { session, phone } = world.call;
    await world.call.establish();
    const other = await openTelephone('PCMA');
    try {
      await session.joinTelephones(other.session);
      phone.play(continuous(700));
      other.phone.play(continuous(1100, 'PCMA'));
      await Promise.all([hears(phone, 1100), hears(other.phone, 700)]);
      expect(other.phone.heard.at(-1)?.payloadType).toBe(8);
      expectOneStream(phone.heard);
      expectOneStream(other.phone.heard);
      other.phone.stop();
      await phone.sendDigit(5, 120);
      await other.phone.until(() => other.phone.heard.some((packet) => packet.payloadType === 101), 'a digit');
      expect(other.phone.heard.find((packet) => packet.payloadType === 101)?.payload[0]).toBe(5);
      // Hold and session refreshes go on.
      expect((await session.acceptRtpOffer(phone.sdp({ direction: 'sendonly' }))).direction).toBe('recvonly');
      expect((await session.acceptRtpOffer(phone.sdp())).direction).toBe('sendrecv');
      await other.session.createRtpReoffer('sendrecv');
      expect((await other.session.acceptRtpReanswer(other.phone.sdp())).direction).toBe('sendrecv');
      await other.session.close();
      expect((await session.stats()).rtp.packetsIn).toBeGreaterThan(10);
    } finally {
      await other.close();
    }
  });

  test('a telephone that the client held is joined, then taken from hold', async () => {
    const { session, browser, phone } = world.call;
    browser.play(continuous(440));
    phone.play(continuous(700));
    await world.call.establish();
    await hears(phone, 440);
    await session.createRtpReoffer('sendonly');
    phone.stop();
    await session.acceptRtpReanswer(phone.sdp({ direction: 'recvonly' }));
    const other = await openTelephone('PCMU');
    try {
      await session.joinTelephones(other.session);
      await session.createRtpReoffer('sendrecv');
      expect((await session.acceptRtpReanswer(phone.sdp())).direction).toBe('sendrecv');
      phone.play(continuous(700));
      other.phone.play(continuous(1100));
      await Promise.all([hears(phone, 1100), hears(other.phone, 700)]);
      await phone.listen(1000);
      await hears(phone, 1100);
    } finally {
      await other.close();
    }
  });

  test('a telephone that called, and whom no client answered, is joined to another', async () => {
    const { session, phone } = world.call;
    const answer = await session.acceptRtpOffer(phone.sdp(), { codecs: ['PCMU', 'PCMA'], srtp: 'off' });
    phone.learn(answer.sdp);
    await session.createWebRtcOffer();
    const other = await openTelephone('PCMU');
    try {
      await session.joinTelephones(other.session);
      phone.play(continuous(700));
      other.phone.play(continuous(1100));
      await Promise.all([hears(phone, 1100), hears(other.phone, 700)]);
      expect(world.call.events.map((event) => event.type)).not.toContain('webrtc-failed');
    } finally {
      await other.close();
    }
  });

  test('the client is out of a joined call', async () => {
    await world.call.establish();
    const other = await openTelephone('PCMU');
    try {
      await world.call.session.joinTelephones(other.session);
      await expect(world.call.session.createWebRtcReoffer('inactive')).rejects.toMatchObject({ code: 'wrong-state' });
      expect(world.call.events.map((event) => event.type)).not.toContain('webrtc-failed');
    } finally {
      await other.close();
    }
  });

  test('a call that is over cannot be joined, and nothing is lost by it', async () => {
    await world.call.establish();
    const other = await openTelephone('PCMU');
    await other.close();
    await expect(world.call.session.joinTelephones(other.session)).rejects.toMatchObject({ code: 'wrong-state' });
    world.call.phone.play(continuous(900));
    expectTone(await world.call.browser.listen(300), 900);
  });

  test('another telephone takes over; until it has answered, the first one talks', async () => {
    const { session, browser, phone } = world.call;
    await world.call.establish();
    const next = await TelephonePeer.open();
    try {
      phone.play(continuous(700));
      browser.play(continuous(440, browser.sends), browser.sends);
      const offer = await session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
      next.learn(offer);
      if (world.traits.relaysPackets) expect(next.remote).toEqual(phone.remote);
      await browser.listen(100);
      expectTone(await browser.listen(200), 700);
      await session.acceptRtpAnswer(next.sdp(), { early: false, forkId: 'next' });
      next.play(continuous(1300));
      expectTone(await next.listen(300), 440);
      const heard = await browser.listen(300);
      expectTone(heard, 1300);
      expect(toneLevel(heard, 700)).toBeLessThan(0.02);
    } finally {
      next.close();
    }
  });

  test('another telephone rang and failed: the first one is there again', async () => {
    const { session, browser, phone } = world.call;
    await world.call.establish();
    const next = await TelephonePeer.open();
    try {
      next.learn(await session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
      await session.acceptRtpAnswer(next.sdp(), { early: true, forkId: 'next' });
      next.play(continuous(1300));
      await browser.listen(100);
      expectTone(await browser.listen(200), 1300);
      next.stop();
      const before = Number(/^o=- \d+ (\d+)/m.exec((await session.acceptRtpOffer(phone.sdp())).sdp)?.[1]);
      const reoffer = await session.createRtpReoffer('sendrecv');
      expect(Number(/^o=- \d+ (\d+)/m.exec(reoffer)?.[1])).toBe(before + 1);
      await session.acceptRtpReanswer(phone.sdp());
      phone.play(continuous(700));
      browser.play(continuous(440, browser.sends), browser.sends);
      await browser.listen(100);
      expectTone(await browser.listen(300), 700);
      expectTone(await phone.listen(300), 440);
    } finally {
      next.close();
    }
  });

  test('digits that go another way are not offered as events', async () => {
    const { session, browser, phone } = world.call;
    await session.acceptWebRtcOffer(await browser.offer());
    const offer = await session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off', events: false });
    expect(offer).not.toContain('telephone-event');
    phone.learn(offer);
    await session.acceptRtpAnswer(phone.sdp({ formats: ['0 PCMU/8000'] }), { early: false, forkId: 'a' });
    const answer = await session.acceptRtpOffer(phone.sdp());
    expect(answer.sdp).not.toContain('telephone-event');
  });
}
