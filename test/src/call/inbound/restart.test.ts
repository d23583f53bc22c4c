/** A process that dies in the middle of a call in, and the one after it. */
import { describe, expect, it } from 'vitest';
import { alice, bob, buildHouse, user } from './house.ts';

type House = ReturnType<typeof buildHouse>;

/** The next process, with what the last one has written down. */
async function restarted(before: House, options: Parameters<typeof buildHouse>[0] = {}): Promise<House> {
  const after = buildHouse(options);
  for (const [key, entry] of before.journal.entries) after.journal.entries.set(key, entry);
  await after.service.recover();
  await after.settle();
  return after;
}

describe('after a crash', () => {
  it('the ringing stops in every room, and whoever was rung reads of the call', async () => {
    const before = buildHouse({ plan: { steps: [{ targets: [user(alice), user(bob)], forMs: 30_000 }] } });
    await before.call();
    const after = await restarted(before);
    expect(after.sentTo(user(alice))).toEqual(['hangup unknown_error']);
    expect(after.sentTo(user(bob))).toEqual(['hangup unknown_error']);
    expect(after.signalling.notices.map(({ text }) => text)).toEqual([
      'Missed call from Dora (+441818118181).',
      'Missed call from Dora (+441818118181).',
    ]);
    expect(after.journal.entries.size).toBe(0);
    expect(after.signalling.sent.filter(({ event }) => event.type === 'invite')).toEqual([]);
  });

  it('each is told under the key that the last process would have used', async () => {
    const before = buildHouse();
    const leg = await before.call();
    const after = await restarted(before);
    leg.cancel();
    await before.settle();
    const keys = (house: House) =>
      house.signalling.sent.filter(({ event }) => event.type === 'hangup').map(({ key }) => key);
    expect(keys(after)).toEqual(keys(before));
    expect(after.signalling.notices.map(({ key }) => key)).toEqual(before.signalling.notices.map(({ key }) => key));
  });

  it('a call that was answered ends in words at its client', async () => {
    const before = buildHouse();
    await before.call();
    await before.say('answer', { sdp: 'answer', partyId: 'PHONE' });
    before.connected();
    await before.settle();
    const after = await restarted(before);
    expect(after.sentTo(user(alice))).toEqual(['hangup unknown_error']);
    expect(after.signalling.notices.map(({ text }) => text)).toEqual([
      'The gateway was restarted and the call has ended. Please call again.',
    ]);
  });

  it('the telephone of a call that was answered is hung up, and that of one that only rang is not', async () => {
    const before = buildHouse();
    before.rooms.eachCallsOwn = true;
    await before.call();
    await before.call();
    await before.say('answer', { sdp: 'answer', partyId: 'PHONE' }, { roomId: '!alice:example.org-1' as never });
    before.connected();
    before.media.sessions[0]?.listener({ type: 'webrtc-connected' });
    await before.settle();
    const after = await restarted(before);
    expect(after.sip.abandoned).toEqual(['last will of sip-1']);
  });

  it('a telephone that cannot be hung up does not keep the client from being told', async () => {
    const before = buildHouse();
    await before.call();
    await before.say('answer', { sdp: 'answer', partyId: 'PHONE' });
    before.connected();
    await before.settle();
    const after = buildHouse();
    after.faults.next('sip.endAbandoned', new Error('no server'));
    for (const [key, entry] of before.journal.entries) after.journal.entries.set(key, entry);
    await after.service.recover();
    await after.settle();
    expect(after.sentTo(user(alice))).toEqual(['hangup unknown_error']);
  });

  it('what users chose not to read is not said', async () => {
    const before = buildHouse();
    await before.call();
    const after = await restarted(before, { mayNotify: () => false });
    expect(after.sentTo(user(alice))).toEqual(['hangup unknown_error']);
    expect(after.signalling.notices).toEqual([]);
  });

  it('an answer to the call that died comes too late and does nothing', async () => {
    const before = buildHouse();
    await before.call();
    const after = await restarted(before);
    await after.say('answer', { sdp: 'late', partyId: 'PHONE' });
    expect(after.media.sessions).toEqual([]);
    expect(after.service.stats.live).toBe(0);
  });

  it('a call that came in before the past was tidied up goes on', async () => {
    const house = buildHouse();
    const leg = await house.call();
    await house.service.recover();
    await house.settle();
    expect(house.sentTo(user(alice))).toEqual(['invite']);
    expect(leg.refusals).toEqual([]);
  });
});
