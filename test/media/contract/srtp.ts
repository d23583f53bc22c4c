/** SRTP with keys in the SDP. */

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { continuous, hears, type World } from './world.ts';

const SUITE = 'AES_CM_128_HMAC_SHA1_80';

export function srtp(world: World): void {
  describe('SRTP towards the trunk', () => {
    const lineOf = (sdp: string, suite: string) =>
      new RegExp(`a=crypto:(?<tag>\\d+) ${suite} inline:(?<key>\\S+)`).exec(sdp)?.groups ?? {};
    const keyOf = (sdp: string, suite: string) => Buffer.from(lineOf(sdp, suite).key ?? '', 'base64');

    test.each([
      ['AES_CM_128_HMAC_SHA1_80', 10],
      ['AES_CM_128_HMAC_SHA1_32', 4],
    ] as const)('%s', async (suite, tagBytes) => {
      await world.call.session.acceptWebRtcOffer(await world.call.browser.offer());
      const offer = await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'required' });
      expect(offer).toContain('RTP/SAVP 0');
      world.call.phone.learn(offer);
      const key = randomBytes(30);
      world.call.phone.secure(key, keyOf(offer, suite), tagBytes);
      const crypto = `a=crypto:${lineOf(offer, suite).tag} ${suite} inline:${key.toString('base64')}`;
      const answer = world.call.phone.sdp({ protocol: 'RTP/SAVP', extra: [crypto] });
      await world.call.session.acceptRtpAnswer(answer, { early: false, forkId: 'a' });
      await world.call.browser.accept(await world.call.session.createWebRtcAnswer());
      world.call.session.connect();
      await world.call.event('webrtc-connected');
      world.call.phone.play(continuous(1000));
      world.call.browser.play(continuous(440));
      await Promise.all([hears(world.call.phone, 440), hears(world.call.browser, 1000)]);
    });

    test('each attempt has new keys on the same port; off never says SAVP', async () => {
      await world.call.session.acceptWebRtcOffer(await world.call.browser.offer());
      const first = await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'optional' });
      const second = await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'optional' });
      expect(keyOf(first, SUITE)).toHaveLength(30);
      expect(keyOf(first, SUITE)).not.toEqual(keyOf(second, SUITE));
      const portOf = (sdp: string) => /m=audio (\d+)/.exec(sdp)?.[1];
      if (world.traits.relaysPackets) expect(portOf(first)).toBe(portOf(second));
      const plain = await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
      expect(plain).not.toMatch(/SAVP|crypto/);
    });

    test.each([
      ['taken', true],
      ['left', false],
    ])('offered as an option and %s', async (_name, isTaken) => {
      const { session, browser, phone } = world.call;
      await session.acceptWebRtcOffer(await browser.offer());
      const offer = await session.createRtpOffer({ codecs: ['PCMU'], srtp: 'optional' });
      expect(offer).toContain('RTP/AVP 0');
      expect(offer.match(/^m=/gm)).toHaveLength(1);
      phone.learn(offer);
      const key = randomBytes(30);
      if (isTaken) phone.secure(key, keyOf(offer, SUITE), 10);
      const crypto = `a=crypto:${lineOf(offer, SUITE).tag} ${SUITE} inline:${key.toString('base64')}`;
      await session.acceptRtpAnswer(phone.sdp({ extra: isTaken ? [crypto] : [] }), { early: false, forkId: 'a' });
      await browser.accept(await session.createWebRtcAnswer());
      session.connect();
      await world.call.event('webrtc-connected');
      phone.play(continuous(1000));
      browser.play(continuous(440));
      await Promise.all([hears(phone, 440), hears(browser, 1000)]);
    });

    test('of a telephone that calls', async () => {
      const { session, browser, phone } = world.call;
      const key = randomBytes(30);
      const crypto = `a=crypto:1 ${SUITE} inline:${key.toString('base64')}`;
      const offer = phone.sdp({ protocol: 'RTP/SAVP', extra: [crypto] });
      const { sdp } = await session.acceptRtpOffer(offer, { codecs: ['PCMU'], srtp: 'optional' });
      expect(sdp).toContain('RTP/SAVP 0');
      phone.learn(sdp);
      phone.secure(key, keyOf(sdp, SUITE), 10);
      await session.acceptWebRtcAnswer(await browser.answer(await session.createWebRtcOffer()));
      session.connect();
      await world.call.event('webrtc-connected');
      phone.play(continuous(1000));
      browser.play(continuous(440));
      await Promise.all([hears(phone, 440), hears(browser, 1000)]);
    });

    test('a peer that will not is refused with words', async () => {
      await world.call.session.acceptWebRtcOffer(await world.call.browser.offer());
      await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'required' });
      await expect(
        world.call.session.acceptRtpAnswer(world.call.phone.sdp(), { early: false, forkId: 'a' }),
      ).rejects.toMatchObject({ name: 'MediaError', code: 'srtp-required' });
    });
  });
}
