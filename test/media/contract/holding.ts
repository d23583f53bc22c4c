/** Hold and resume, from both ends. */

import { describe, expect, test, vi } from 'vitest';
import type { TelephonePeer } from '../telephone-peer.ts';
import { continuous, expectSilence, expectTone, frame, type World } from './world.ts';

export function holding(world: World): void {
  /** Waits until the engine has received so many more packets of the client. */
  const untilClientSent = async (packets: number): Promise<void> => {
    const received = async () => (await world.call.session.stats()).webrtc.packetsIn;
    const goal = (await received()) + packets;
    await vi.waitUntil(async () => (await received()) >= goal, { timeout: 8000 });
  };

  /** The client's description with another direction. */
  const clientSdp = (direction: string): string => {
    const sdp = world.call.browser.connection.localDescription?.sdp ?? '';
    return sdp.replace(/^a=(sendrecv|sendonly|recvonly|inactive)\r$/m, `a=${direction}\r`);
  };

  describe('the telephone holds', () => {
    test.each<[string, Parameters<TelephonePeer['sdp']>[0], string, boolean]>([
      ['sendonly', { direction: 'sendonly' }, 'recvonly', true],
      ['inactive', { direction: 'inactive' }, 'inactive', false],
      ['0.0.0.0', { connection: '0.0.0.0' }, 'recvonly', true],
      ['0.0.0.0 and inactive', { connection: '0.0.0.0', direction: 'inactive' }, 'inactive', false],
    ])('by %s, twice, and resumes', async (_name, held, direction, isMusicHeard) => {
      await world.call.establish();
      world.call.browser.play(continuous(440));
      await world.call.phone.listen(200);
      for (let i = 0; i < 2; i++) {
        const answer = await world.call.session.acceptRtpOffer(world.call.phone.sdp(held));
        expect(answer.direction).toBe(direction);
        expect(answer.sdp).toContain(`a=${direction}`);
      }
      const before = world.call.phone.heard.length;
      await untilClientSent(20);
      const beforeAtBrowser = world.call.browser.heard.length;
      // Who is inactive sends nothing; an engine that hears it all the same is no fault.
      if (isMusicHeard || world.traits.relaysPackets) {
        for (let i = 0; i < 10; i++) world.call.phone.sendFrame(frame(600));
      }
      await world.call.browser.until(
        () => !isMusicHeard || world.call.browser.heard.length >= beforeAtBrowser + 10,
        'music on hold',
      );
      const resumed = await world.call.session.acceptRtpOffer(world.call.phone.sdp());
      expect(resumed.direction).toBe('sendrecv');
      const heard = world.call.browser.heard.length - beforeAtBrowser;
      if (world.traits.relaysPackets) expect(heard).toBe(isMusicHeard ? 10 : 0);
      if (!isMusicHeard) expectSilence(world.call.browser.audio(beforeAtBrowser));
      // What was on its way when the hold began.
      expect(world.call.phone.heard.length - before).toBeLessThanOrEqual(3);
      expectTone(await world.call.phone.listen(300), 440);
      world.call.phone.play(continuous(900));
      await world.call.browser.listen(100);
      expectTone(await world.call.browser.listen(300), 900);
    });
  });

  test('the client holds by an offer of its own: it is sent nothing until it resumes', async () => {
    const { session, browser, phone } = world.call;
    await world.call.establish();
    phone.play(continuous(900));
    browser.play(continuous(440));
    await browser.listen(100);
    const held = await session.renegotiateWebRtc(clientSdp('sendonly'));
    expect(held).toMatchObject({ direction: 'recvonly', iceRestart: false });
    expect(held.sdp).toContain('a=recvonly');
    const before = browser.heard.length;
    await untilClientSent(20);
    expect(browser.heard.length - before).toBeLessThanOrEqual(3);
    expectTone(await phone.listen(200), 440);
    expect((await session.renegotiateWebRtc(clientSdp('sendrecv'))).direction).toBe('sendrecv');
    expectTone(await browser.listen(300), 900);
  });

  test('the gateway holds the client, which must not resume by itself, and resumes', async () => {
    const { session, browser, phone } = world.call;
    await world.call.establish();
    phone.play(continuous(900));
    browser.play(continuous(440));
    await browser.listen(100);
    const offer = await session.createWebRtcReoffer('inactive');
    expect(offer).toContain('a=inactive');
    expect(offer).toContain('a=setup:actpass');
    await session.acceptWebRtcReanswer(clientSdp('inactive'));
    const before = browser.heard.length;
    await untilClientSent(20);
    expect(browser.heard.length - before).toBeLessThanOrEqual(3);
    expect((await session.renegotiateWebRtc(clientSdp('sendrecv'))).direction).toBe('inactive');
    await session.createWebRtcReoffer('sendrecv');
    await session.acceptWebRtcReanswer(clientSdp('sendrecv'));
    expectTone(await browser.listen(300), 900);
    expectTone(await phone.listen(300), 440);
  });

  test('the client holds and resumes; the telephone is re-invited', async () => {
    await world.call.establish();
    world.call.browser.play(continuous(440));
    await world.call.phone.listen(100);
    const offer = await world.call.session.createRtpReoffer('inactive');
    expect(offer).toContain('a=inactive');
    const held = await world.call.session.acceptRtpReanswer(world.call.phone.sdp({ direction: 'inactive' }));
    expect(held.direction).toBe('inactive');
    // A session refresh of the telephone must not undo the client's hold.
    expect((await world.call.session.acceptRtpOffer(world.call.phone.sdp())).direction).toBe('inactive');
    const resumed = await world.call.session.createRtpReoffer('sendrecv');
    expect(Number(/^o=- \d+ (\d+)/m.exec(resumed)?.[1])).toBeGreaterThan(Number(/^o=- \d+ (\d+)/m.exec(offer)?.[1]));
    expect((await world.call.session.acceptRtpReanswer(world.call.phone.sdp())).direction).toBe('sendrecv');
    expectTone(await world.call.phone.listen(300), 440);
  });
}
