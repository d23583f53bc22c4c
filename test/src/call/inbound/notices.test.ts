/** What users read of calls that they did not take, and what they chose not to read. */
import { describe, expect, it } from 'vitest';
import type { CallNoticeKind } from '../../../../src/call/ports.ts';
import { alice, bob, buildHouse, office, user } from './house.ts';

describe('a notice', () => {
  it('is given to those who want it', async () => {
    const asked: (readonly [string | undefined, CallNoticeKind])[] = [];
    const house = buildHouse({
      plan: { steps: [{ targets: [user(alice), user(bob)], forMs: 30_000 }] },
      mayNotify(who, kind) {
        asked.push([who, kind]);
        return who !== alice;
      },
    });
    const leg = await house.call();
    leg.cancel();
    await house.settle();
    expect(asked).toEqual([
      [alice, 'missed'],
      [bob, 'missed'],
    ]);
    expect(house.signalling.notices.map(({ key }) => key)).toEqual(['c-1-2/notice/missed']);
  });

  it('for a room of several is asked for without a user', async () => {
    const asked: unknown[] = [];
    const house = buildHouse({
      plan: { steps: [{ targets: [office], forMs: 30_000 }] },
      mayNotify(who, kind) {
        asked.push([who, kind]);
        return Promise.resolve(true);
      },
    });
    const leg = await house.call();
    leg.cancel();
    await house.settle();
    expect(asked).toEqual([[undefined, 'missed']]);
    expect(house.signalling.notices).toHaveLength(1);
  });

  it('is not given to whoever declined', async () => {
    const house = buildHouse();
    await house.call();
    await house.say('reject', { partyId: 'PHONE' });
    expect(house.signalling.notices).toEqual([]);
  });

  it('of why a call ended is the user’s choice, too', async () => {
    for (const wants of [true, false]) {
      const house = buildHouse({ mayNotify: (_who, kind) => kind !== 'failed' || wants });
      await house.call();
      await house.say('answer', { sdp: 'answer', partyId: 'PHONE' });
      house.connected();
      await house.settle();
      house.media.last.listener({ type: 'media-timeout', side: 'rtp' });
      await house.settle();
      expect(house.signalling.notices).toHaveLength(wants ? 1 : 0);
    }
  });

  it('of a transfer is always given', async () => {
    const house = buildHouse({ mayNotify: () => false });
    const leg = await house.call();
    await house.say('answer', { sdp: 'answer', partyId: 'PHONE' });
    house.connected();
    await house.settle();
    await house.say('replaces', { partyId: 'PHONE', replacementId: 'r', createCall: 'x', targetUser: alice });
    leg.emit({ type: 'ended', end: { by: 'remote', q850: 16 } });
    await house.settle();
    expect(house.signalling.notices.map(({ text }) => text)).toEqual(['The call could not be transferred.']);
  });

  it('that cannot be asked for does not hold up the end of the call', async () => {
    const house = buildHouse({ mayNotify: () => Promise.reject(new Error('no database')) });
    const leg = await house.call();
    leg.cancel();
    await house.settle();
    expect(house.service.stats).toMatchObject({ live: 0, finished: 1 });
    expect(house.journal.entries.size).toBe(0);
  });
});
