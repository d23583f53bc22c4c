import { describe, expect, it } from 'vitest';
import type { ReferTarget, SipLeg, SipLegEvent } from '../../../../sip/leg.ts';
import { route } from '../house.ts';
import { FakeInboundLeg, plan as ringing } from '../inbound/house.ts';
import { alice, bob, buildWorld, inbound } from './world.ts';

const busy = { status: 486, phrase: 'Busy Here', sawProvisional: true, origin: 'remote' } as const;

/** A telephone that asks for a transfer, and what it hears of it. */
function refers(leg: { emit(event: SipLegEvent): void }, to: ReferTarget): string[] {
  const heard: string[] = [];
  leg.emit({
    type: 'refer',
    to,
    accept() {
      heard.push('accepted');
      return { notify: (status) => heard.push(String(status)) };
    },
    reject: (status) => heard.push(`refused ${status}`),
  });
  return heard;
}

describe('a telephone that transfers its call', () => {
  for (const direction of ['callOut', 'callIn'] as const) {
    describe(direction === 'callOut' ? 'a call that the client made' : 'a call that the client took', () => {
      it('is replaced by the one it names: the client stays, and is told who it is', async () => {
        const world = buildWorld();
        const call = await world[direction]('100');
        const heard = refers(call.leg, { target: '200', referredBy: '100' });
        await world.settle();
        expect(world.requests.at(-1)).toMatchObject({ caller: alice, dialled: '200', isTransfer: true });
        const third = world.sip.last;
        expect(third.request).toMatchObject({ target: '200', referredBy: '100' });
        expect(world.ladder).toContain('media createRtpOffer PCMA,PCMU off');
        third.emit({ type: 'provisional', status: 180, forkId: 'a', reliable: false });
        // RFC 5589 §6.1: whoever transfers may be gone before the new call is answered.
        call.leg.emit({ type: 'ended', end: { by: 'remote', q850: 16 } });
        third.emit({ type: 'answered', forkId: 'a', sdp: 'third-answer' });
        await world.settle();
        expect(heard).toEqual(['accepted', '180', '200']);
        expect(world.ladder).toContain('media acceptRtpAnswer third-answer');
        expect(world.sentTo(call).at(-1)).toEqual({ type: 'asserted_identity', displayName: '200' });
        expect(world.media.sessionCount).toBe(1);

        await world.say(call, { type: 'hangup', reason: 'user_hangup' });
        expect(third.hangups).toBe(1);
        expect(world.media.sessionCount).toBe(0);
      });
    });
  }

  it('that stays is hung up when the new one has answered', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    refers(call.leg, { target: '200' });
    await world.settle();
    world.sip.last.emit({ type: 'identity', party: { name: 'Dora', withheld: false } });
    world.sip.last.emit({ type: 'answered', forkId: 'a', sdp: 'third-answer' });
    await world.settle();
    expect(call.leg.hangups).toBe(1);
    expect(world.sentTo(call).at(-1)).toEqual({ type: 'asserted_identity', displayName: 'Dora' });
    expect(world.service.stats.byPhase).toEqual({ talking: 1 });
  });

  it('holds nobody any more when it is gone', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    call.media.direction = 'recvonly';
    await call.leg.offer('hold');
    await world.settle();
    await world.say(call, { type: 'negotiate', sdpType: 'answer', sdp: 'reanswer', lifetimeMs: 30_000 });
    call.media.direction = 'sendrecv';
    refers(call.leg, { target: '200' });
    await world.settle();
    world.sip.last.emit({ type: 'answered', forkId: 'a', sdp: 'third-answer' });
    await world.settle();
    expect(world.sentTo(call).at(-1)).toMatchObject({ type: 'negotiate', sdp: 'webrtc-offer-sendrecv' });
  });

  it('gets its call back, with a new offer, when nobody answers', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    const heard = refers(call.leg, { target: '200' });
    await world.settle();
    world.sip.last.emit({ type: 'failed', failure: busy });
    await world.settle();
    expect(heard).toEqual(['accepted', '486']);
    expect(world.ladder).toContain('sip reoffer rtp-offer-sendrecv');
    expect(world.service.stats.byPhase).toEqual({ talking: 1 });
    expect(world.signalling.notices).toEqual([]);
  });

  it('that is gone leaves nobody when nobody answers', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    refers(call.leg, { target: '200' });
    await world.settle();
    call.leg.emit({ type: 'ended', end: { by: 'remote', q850: 16 } });
    world.sip.last.emit({ type: 'failed', failure: busy });
    await world.settle();
    expect(world.sentTo(call).at(-1)).toEqual({ type: 'hangup', reason: 'user_hangup' });
    expect(world.media.sessionCount).toBe(0);
  });

  it('is refused where the user may not call', async () => {
    const world = buildWorld({
      decide: ({ dialled, isTransfer }) =>
        isTransfer
          ? { kind: 'refuse', cause: 'destination-denied' }
          : { kind: 'allow', plan: { routes: [{ ...route, target: dialled }] } },
    });
    const call = await world.callOut('100');
    const heard = refers(call.leg, { target: '+449098790000' });
    await world.settle();
    expect(heard).toEqual(['refused 403']);
    expect(world.sip.legs).toHaveLength(1);
    expect(world.service.stats.byPhase).toEqual({ talking: 1 });
  });

  it('is refused before the call is answered, and a second time while it transfers', async () => {
    const world = buildWorld();
    await world.say(
      { roomId: '!100:example.org' as never, callId: 'c' as never },
      { type: 'invite', sdp: 'webrtc-offer', lifetimeMs: 60_000 },
    );
    expect(refers(world.sip.last, { target: '200' })).toEqual(['refused 603']);
    const other = buildWorld();
    const call = await other.callOut('100');
    refers(call.leg, { target: '200' });
    expect(refers(call.leg, { target: '300' })).toEqual(['refused 603']);
  });

  it('is broken off when the client hangs up meanwhile', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    const heard = refers(call.leg, { target: '200' });
    await world.settle();
    await world.say(call, { type: 'hangup', reason: 'user_hangup' });
    expect(world.sip.last.hangups).toBe(1);
    expect(call.leg.hangups).toBe(1);
    expect(heard).toEqual(['accepted', '487']);
  });

  it('may name a call of somebody else: it is asked for with Replaces', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    refers(call.leg, { target: '200', foreignReplaces: 'x@y;to-tag=1;from-tag=2' });
    await world.settle();
    expect(world.sip.last.request).toMatchObject({ target: '200', replaces: 'x@y;to-tag=1;from-tag=2' });
  });

  it('transfers to a user of our own without leaving the house', async () => {
    const world = buildWorld({
      decide: ({ dialled, isTransfer }) =>
        isTransfer
          ? { kind: 'inside', plan: { routes: [route] }, called: dialled, caller: { number: '100', withheld: false } }
          : { kind: 'allow', plan: { routes: [{ ...route, target: dialled }] } },
      decideInbound: ({ called }) => ({
        kind: 'ring',
        plan: {
          ...ringing,
          steps: [{ targets: [{ kind: 'user', user: called === '300' ? bob : alice }], forMs: 30_000 }],
        },
      }),
    });
    const call = await world.callOut('100');
    const heard = refers(call.leg, { target: '300' });
    await world.settle();
    const invite = world.signalling.sent.find(({ event }) => event.type === 'invite');
    expect(invite?.event).toMatchObject({ invitee: bob });
    if (!invite) return;
    const bobs = { roomId: invite.address.roomId, callId: invite.address.callId };
    await world.say(bobs, { type: 'answer', sdp: 'webrtc-answer', partyId: 'BOBPHONE' }, bob);
    world.media.last.listener({ type: 'webrtc-connected' });
    await world.settle();
    expect(heard).toEqual(['accepted', '180', '200']);
    expect(world.sip.legs).toHaveLength(1);
    expect(call.leg.hangups).toBe(1);

    await world.say(bobs, { type: 'hangup', reason: 'user_hangup', partyId: 'BOBPHONE' }, bob);
    expect(world.sentTo(call).at(-1)).toEqual({ type: 'hangup', reason: 'user_hangup' });
    expect(world.media.sessionCount).toBe(0);
  });
});

describe('a telephone that joins its two calls with us', () => {
  it('leaves the two clients talking to each other', async () => {
    const world = buildWorld();
    const first = await world.callOut('100');
    const second = await world.callIn('100');
    const heard = refers(first.leg, { target: 'x', replaces: second.leg as SipLeg });
    await world.settle();
    expect(heard).toEqual(['accepted', '200']);
    expect(first.leg.hangups).toBe(1);
    expect(second.leg.hangups).toBe(1);
    expect(world.ladder).toContain('media acceptRtpOffer rtp-offer');
    expect(world.ladder).toContain('media acceptRtpAnswer answer-to-rtp-offer');

    first.media.direction = 'recvonly';
    await world.say(first, { type: 'negotiate', sdpType: 'offer', sdp: 'hold', lifetimeMs: 30_000 });
    await world.settle();
    expect(world.ladder).toContain('media acceptRtpOffer rtp-offer-sendonly');

    await world.say(first, { type: 'hangup', reason: 'user_hangup' });
    expect(world.sentTo(second).at(-1)).toEqual({ type: 'hangup', reason: 'user_hangup' });
    expect(world.media.sessionCount).toBe(0);
  });

  it('keeps both when it names a call that does not talk', async () => {
    const world = buildWorld();
    const first = await world.callOut('100');
    const heard = refers(first.leg, { target: 'x', replaces: new FakeInboundLeg('other', [], world.faults) });
    await world.settle();
    expect(heard).toEqual(['refused 603']);
    expect(world.service.stats.byPhase).toEqual({ talking: 1 });
  });

  it('hears 500 when the media refuse', async () => {
    const world = buildWorld();
    const first = await world.callOut('100');
    const second = await world.callOut('200');
    world.faults.next('media.acceptRtpOffer', new Error('no'));
    const heard = refers(first.leg, { target: 'x', replaces: second.leg });
    await world.settle();
    expect(heard).toEqual(['accepted', '500']);
    expect([first.leg.hangups, second.leg.hangups]).toEqual([0, 0]);
  });
});

describe('a telephone that takes the place of another (INVITE with Replaces)', () => {
  for (const direction of ['callOut', 'callIn'] as const) {
    it(`gets the client of ${direction === 'callOut' ? 'a call out' : 'a call in'}`, async () => {
      const world = buildWorld();
      const call = await world[direction]('100');
      const leg = new FakeInboundLeg('new', world.ladder, world.faults);
      world.sip.take?.({ ...inbound(leg), caller: { number: '200', withheld: false }, replaces: call.leg as SipLeg });
      await world.settle();
      expect(world.ladder).toContain('sip 200 answer-to-rtp-offer-of-telephone');
      expect(call.leg.hangups).toBe(1);
      expect(world.sentTo(call).at(-1)).toEqual({ type: 'asserted_identity', displayName: '200' });
      await world.say(call, { type: 'hangup', reason: 'user_hangup' });
      expect(leg.hangups).toBe(1);
    });
  }

  it('is made an offer when it asks for one', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    const leg = new FakeInboundLeg('new', world.ladder, world.faults);
    leg.ack = 'answer-in-ack';
    const { sdp: _, ...late } = inbound(leg);
    world.sip.take?.({ ...late, replaces: call.leg });
    await world.settle();
    expect(world.ladder).toContain('sip 200 rtp-offer');
    expect(world.ladder).toContain('media acceptRtpAnswer answer-in-ack');
    expect(call.leg.hangups).toBe(1);
  });

  it('is refused, and the old one stays, when the media do not agree', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    world.faults.next('media.acceptRtpOffer', new Error('no codec'));
    const leg = new FakeInboundLeg('new', world.ladder, world.faults);
    world.sip.take?.({ ...inbound(leg), replaces: call.leg });
    await world.settle();
    expect(leg.refusals).toMatchObject([{ status: 500 }]);
    expect(call.leg.hangups).toBe(0);
    expect(world.service.stats.byPhase).toEqual({ talking: 1 });
  });

  it('is told that there is no such call when it is over or not answered', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    await world.say(call, { type: 'hangup', reason: 'user_hangup' });
    const leg = new FakeInboundLeg('new', world.ladder, world.faults);
    world.sip.take?.({ ...inbound(leg), replaces: call.leg });
    await world.settle();
    expect(leg.refusals).toMatchObject([{ status: 481 }]);
  });
});

describe('who is on the other side', () => {
  it('is told to the client when it changes; what is withheld is not', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    call.leg.emit({ type: 'identity', party: { number: '+441818118189', name: 'Dora', withheld: false } });
    call.leg.emit({ type: 'identity', party: { number: '+441818118189', name: 'Dora', withheld: true } });
    await world.settle();
    expect(world.sentTo(call).slice(-2)).toEqual([
      { type: 'asserted_identity', displayName: 'Dora' },
      { type: 'asserted_identity', displayName: 'Anonymous' },
    ]);
  });

  it('is told after the answer when it was known before', async () => {
    const world = buildWorld();
    const where = { roomId: '!100:example.org' as never, callId: 'c' as never };
    await world.say(where, { type: 'invite', sdp: 'webrtc-offer', lifetimeMs: 60_000 });
    world.sip.last.emit({ type: 'identity', party: { number: '200', withheld: false } });
    world.sip.last.emit({ type: 'answered', forkId: 'a', sdp: 'rtp-answer' });
    await world.settle();
    expect(world.sentTo(where).map(({ type }) => type)).toEqual(['answer', 'asserted_identity']);
  });
});
