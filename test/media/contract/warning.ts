/** The tone that warns one side. */

import { expect, test } from 'vitest';
import { rms, toneLevel } from '../../world/audio.ts';
import { TestCall } from './test-call.ts';
import { browserStream, continuous, expectOneStream, expectTone, hears, type World } from './world.ts';

/** −20 dBFS. */
const AUDIBLE = 0.1;

export function warning(world: World): void {
  test('is heard by the client alone, over the telephone, which goes on afterwards', async () => {
    const { session, browser, phone } = world.call;
    await world.call.establish();
    phone.play(continuous(440));
    browser.play(continuous(600, browser.sends), browser.sends);
    await hears(browser, 440);
    await hears(phone, 600);
    session.beep('webrtc');
    const [atBrowser, atPhone] = await Promise.all([browser.listen(1200), phone.listen(1200)]);
    const beep = loudestPartOf(atBrowser, 1000);
    expectTone(beep, 1000);
    expect(rms(beep)).toBeGreaterThanOrEqual(AUDIBLE);
    expect(toneLevel(atPhone, 1000)).toBeLessThan(0.02);
    await hears(browser, 440);
    if (world.traits.relaysPackets) expectOneStream(browserStream(world.call));
  });

  test('is heard in silence, too, by the telephone', async () => {
    const { session, phone } = world.call;
    await world.call.establish();
    session.beep('rtp');
    // As long as the tone: nothing else need come.
    const heard = loudestPartOf(await phone.listen(500), 1000);
    expectTone(heard, 1000);
    expect(rms(heard)).toBeGreaterThanOrEqual(AUDIBLE);
  });

  test('is heard by a telephone that is joined to another, which goes on afterwards', async () => {
    const { session, phone } = world.call;
    await world.call.establish();
    const other = await TestCall.open(world.engine);
    try {
      other.phone.learn(await other.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
      await other.session.acceptRtpAnswer(other.phone.sdp(), { early: false, forkId: 'b' });
      await session.joinTelephones(other.session);
      phone.play(continuous(600));
      other.phone.play(continuous(440));
      await Promise.all([hears(phone, 440), hears(other.phone, 600)]);
      session.beep('rtp');
      expectTone(loudestPartOf(await phone.listen(1200), 1000), 1000);
      await hears(phone, 440);
    } finally {
      await other.close();
    }
  });

  test('is nothing where there is no audio yet', async () => {
    world.call.session.beep('webrtc');
    await world.call.establish();
    world.call.phone.play(continuous(440));
    await hears(world.call.browser, 440);
  });
}

/** The 200 ms in which this frequency is loudest. */
function loudestPartOf(samples: Int16Array, hz: number): Int16Array {
  let best = samples.subarray(0, 1600);
  for (let at = 0; at + 1600 <= samples.length; at += 160) {
    const part = samples.subarray(at, at + 1600);
    if (toneLevel(part, hz) > toneLevel(best, hz)) best = part;
  }
  return best;
}
