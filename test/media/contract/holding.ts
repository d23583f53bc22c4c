/** Hold and resume, from both ends. */

import { describe, expect, test } from 'vitest';
import type { TelephonePeer } from '../telephone-peer.ts';
import { continuous, frame, heardHz, type World } from './world.ts';

export function holding(world: World): void {
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
      const beforeAtBrowser = world.call.browser.heard.length;
      for (let i = 0; i < 10; i++) world.call.phone.sendFrame(frame(600));
      await world.call.browser.until(
        () => !isMusicHeard || world.call.browser.heard.length >= beforeAtBrowser + 10,
        'music on hold',
      );
      const resumed = await world.call.session.acceptRtpOffer(world.call.phone.sdp());
      expect(resumed.direction).toBe('sendrecv');
      expect(world.call.browser.heard.length - beforeAtBrowser).toBe(isMusicHeard ? 10 : 0);
      expect(world.call.phone.heard.length - before).toBeLessThanOrEqual(1);
      expect(heardHz(await world.call.phone.listen(300))).toBe(440);
      world.call.phone.play(continuous(900));
      await world.call.browser.listen(100);
      expect(heardHz(await world.call.browser.listen(300))).toBe(900);
    });
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
    expect(heardHz(await world.call.phone.listen(300))).toBe(440);
  });
}
