import { describe, expect, it } from 'vitest';
import type { Decided } from '../../../src/call/machine.ts';
import type { CallRequest, DecideInbound } from '../../../src/call/ports.ts';
import { route } from './house.ts';
import { plan as ringing } from './inbound/house.ts';
import { bob, buildWorld, roomWith } from './transfer/world.ts';

const decide = ({ dialled }: CallRequest): Decided => ({
  kind: 'inside',
  plan: { routes: [{ ...route, trunk: 'inside', target: dialled }], e164: dialled },
  called: dialled,
  caller: { number: '+4930901821', name: 'Alice', withheld: false },
});
const ringBob: DecideInbound = () => ({
  kind: 'ring',
  plan: { ...ringing, steps: [{ targets: [{ kind: 'user', user: bob }], forMs: 30_000 }] },
});

async function alicesCall(decideInbound: DecideInbound = ringBob) {
  const world = buildWorld({ decide, decideInbound });
  const call = { roomId: roomWith('+4930901820'), callId: 'out' as never };
  await world.say(call, { type: 'invite', sdp: 'webrtc-offer', lifetimeMs: 60_000 });
  const invite = world.signalling.sent.find(({ event }) => event.type === 'invite');
  return { world, call, invite, bobs: invite && { roomId: invite.address.roomId, callId: invite.address.callId } };
}

describe('a user who calls a number of another', () => {
  it('rings them without any wire, and the two talk', async () => {
    const { world, call, invite, bobs } = await alicesCall();
    expect(invite?.event).toMatchObject({ type: 'invite', invitee: bob });
    if (!bobs) return;
    await world.say(bobs, { type: 'answer', sdp: 'webrtc-answer', partyId: 'BOBPHONE' }, bob);
    world.media.sessions[1]?.listener({ type: 'webrtc-connected' });
    await world.settle();
    expect(world.sentTo(call).map(({ type }) => type)).toContain('answer');
    expect(world.sip.legs).toEqual([]);
    expect(world.ladder).toContain('media acceptRtpOffer rtp-offer');
    expect(world.ladder).toContain('media acceptRtpAnswer answer-to-rtp-offer');

    await world.say(call, { type: 'hangup', reason: 'user_hangup' });
    expect(world.sentTo(bobs).at(-1)).toEqual({ type: 'hangup', reason: 'user_hangup' });
    expect(world.media.sessionCount).toBe(0);
    expect(world.records.map(({ direction, trunk }) => [direction, trunk])).toEqual(
      expect.arrayContaining([
        ['out', 'inside'],
        ['in', 'inside'],
      ]),
    );
  });

  it('is told that the line is busy when they decline', async () => {
    const { world, call, bobs } = await alicesCall();
    if (!bobs) throw new Error('Bob was not rung');
    await world.say(bobs, { type: 'reject', partyId: 'BOBPHONE' }, bob);
    expect(world.sentTo(call).at(-1)).toMatchObject({ type: 'reject', reason: 'user_busy' });
  });

  it('stops their ringing by hanging up', async () => {
    const { world, call, bobs } = await alicesCall();
    if (!bobs) throw new Error('Bob was not rung');
    await world.say(call, { type: 'hangup' });
    expect(world.sentTo(bobs).at(-1)).toMatchObject({ type: 'hangup' });
    expect(world.media.sessionCount).toBe(0);
  });

  it('is told so when the number leads back to where it came from', async () => {
    const { world, call } = await alicesCall(() => ({
      kind: 'refuse',
      refusal: { status: 302, contact: '+4930901820' },
      admin: 'forwarded to itself',
    }));
    expect(world.sentTo(call).at(-1)).toMatchObject({ type: 'reject' });
    expect(world.signalling.notices.map(({ text }) => text)).toEqual([
      'The call was forwarded to a number that is not allowed.',
    ]);
    expect(world.media.sessionCount).toBe(0);
  });
});
