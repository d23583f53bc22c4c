/** SRTP with keys in the SDP. */

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { continuous, heardHz, type World } from './world.ts';

export function srtp(world: World): void {
  describe('SRTP towards the trunk', () => {
    const keyOf = (sdp: string, tag: number) =>
      Buffer.from(new RegExp(`a=crypto:${tag} \\S+ inline:(\\S+)`).exec(sdp)?.[1] ?? '', 'base64');

    test.each([
      ['AES_CM_128_HMAC_SHA1_80', 1, 10],
      ['AES_CM_128_HMAC_SHA1_32', 2, 4],
    ] as const)('%s', async (suite, tag, tagBytes) => {
      await world.call.session.acceptWebRtcOffer(await world.call.browser.offer());
      const offer = await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'required' });
      expect(offer).toContain('RTP/SAVP 0');
      world.call.phone.learn(offer);
      const key = randomBytes(30);
      world.call.phone.secure(key, keyOf(offer, tag), tagBytes);
      const crypto = `a=crypto:${tag} ${suite} inline:${key.toString('base64')}`;
      const answer = world.call.phone.sdp({ protocol: 'RTP/SAVP', extra: [crypto] });
      await world.call.session.acceptRtpAnswer(answer, { early: false, forkId: 'a' });
      await world.call.browser.accept(await world.call.session.createWebRtcAnswer());
      world.call.session.connect();
      await world.call.event('webrtc-connected');
      world.call.phone.play(continuous(1000));
      world.call.browser.play(continuous(440));
      await world.call.phone.listen(100);
      const [atPhone, atBrowser] = await Promise.all([world.call.phone.listen(300), world.call.browser.listen(300)]);
      expect(heardHz(atPhone)).toBe(440);
      expect(heardHz(atBrowser)).toBe(1000);
    });

    test('each attempt has new keys on the same port; off never says SAVP', async () => {
      await world.call.session.acceptWebRtcOffer(await world.call.browser.offer());
      const first = await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'optional' });
      const second = await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'optional' });
      expect(keyOf(first, 1)).toHaveLength(30);
      expect(keyOf(first, 1)).not.toEqual(keyOf(second, 1));
      expect(/m=audio (\d+)/.exec(first)?.[1]).toBe(/m=audio (\d+)/.exec(second)?.[1]);
      const plain = await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
      expect(plain).not.toMatch(/SAVP|crypto/);
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
