/** What is refused, in words. */

import { expect, test } from 'vitest';
import type { World } from './world.ts';

export function guarding(world: World): void {
  test.each([
    ['an address of the other family', { connection: '::1' }],
    ['a name that nobody knows', { connection: 'nowhere.invalid' }],
  ])('%s is told', async (_name, options) => {
    await world.call.session.acceptWebRtcOffer(await world.call.browser.offer());
    await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
    const sdp = world.call.phone.sdp(options).replace('IN IP4 ::1', 'IN IP6 ::1');
    await expect(world.call.session.acceptRtpAnswer(sdp, { early: false, forkId: 'a' })).rejects.toMatchObject({
      name: 'MediaError',
      code: 'malformed-sdp',
    });
  });

  test('the order of calls is guarded, and codecs that do not meet are told', async () => {
    const { session } = world.call;
    const wrongState = { name: 'MediaError', code: 'wrong-state' };
    await expect(session.createWebRtcAnswer()).rejects.toMatchObject(wrongState);
    await expect(session.createWebRtcReoffer('inactive')).rejects.toMatchObject(wrongState);
    await expect(session.acceptRtpAnswer(world.call.phone.sdp(), { early: false, forkId: 'a' })).rejects.toMatchObject(
      wrongState,
    );
    await session.acceptWebRtcOffer(await world.call.browser.offer());
    await expect(session.acceptWebRtcOffer(await world.call.browser.offer())).rejects.toMatchObject(wrongState);
    await expect(session.createRtpOffer({ codecs: [], srtp: 'off' })).rejects.toMatchObject({
      code: 'no-common-codec',
    });
    await session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
    const onlyAlaw = world.call.phone.sdp({ formats: ['8 PCMA/8000'] });
    await expect(session.acceptRtpAnswer(onlyAlaw, { early: false, forkId: 'a' })).rejects.toMatchObject({
      code: 'no-common-codec',
    });
    await session.createWebRtcAnswer();
    await expect(session.createWebRtcAnswer()).rejects.toMatchObject(wrongState);
  });

  test('closing twice is harmless, and a closed session says so', async () => {
    const before = world.engine.sessionCount;
    await Promise.all([world.call.session.close(), world.call.session.close()]);
    expect(world.engine.sessionCount).toBe(before - 1);
    await expect(world.call.session.stats()).rejects.toMatchObject({ code: 'wrong-state' });
    world.call.session.connect();
    world.call.session.sendDtmf('1', 100);
  });
}
