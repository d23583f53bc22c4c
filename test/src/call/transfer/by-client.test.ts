import { describe, expect, it } from 'vitest';
import type { CallRequest } from '../../../../src/call/ports.ts';
import { route as routeTo } from '../house.ts';
import { plan as ringPlan } from '../inbound/house.ts';
import { bob, buildWorld, ghostOf } from './world.ts';

function viaTrunk({ dialled }: CallRequest) {
  return { kind: 'allow', plan: { routes: [{ ...routeTo, target: dialled, refer: true }] } } as const;
}

const busy = { status: 486, phrase: 'Busy Here', sawProvisional: true, origin: 'remote' } as const;

/** As Element Web sends it: `call_id`, `replacement_id`, `target_user`, `create_call`, and no `target_room` (MSC2747). */
const replaces = (target: string, more: Readonly<Record<string, string>> = {}) => ({
  type: 'replaces' as const,
  replacementId: 'R',
  targetUser: ghostOf(target),
  createCall: 'X',
  ...more,
});

describe('a client that transfers to a number', () => {
  for (const direction of ['callOut', 'callIn'] as const) {
    describe(direction === 'callOut' ? 'a call that it made' : 'a call that it took', () => {
      it('has that number called, and the telephones put through; its own call is tidied up', async () => {
        const world = buildWorld();
        const call = await world[direction]('+441818118181');
        await world.say(call, replaces('200'));
        const third = world.sip.last;
        expect(third.request).toMatchObject({ target: '200', trunk: 'office' });
        expect(world.requests.at(-1)).toMatchObject({ caller: '@alice:example.org', dialled: '200', isTransfer: true });
        third.emit({ type: 'provisional', status: 180, forkId: 'a', reliable: false });
        await world.settle();
        expect(world.ladder).toContain('media startRingback rtp');
        expect(world.sentTo(call).map(({ type }) => type)).not.toContain('hangup');

        third.emit({ type: 'answered', forkId: 'a', sdp: 'third-answer' });
        await world.settle();
        expect(call.media.joinedTo).toBe(world.media.last);
        expect(world.ladder).toContain('media acceptRtpAnswer third-answer');
        expect(world.sentTo(call).at(-1)).toEqual({ type: 'hangup', reason: 'user_hangup' });
        expect(world.signalling.notices.at(-1)?.text).toBe('The call was transferred.');
        expect(world.records.at(-1)).toMatchObject({ outcome: { cause: 'transferred' } });
        expect(world.service.stats.live).toBe(1);
        expect(call.leg.hangups).toBe(0);
        expect(call.media.closed).toBe(false);

        world.clock.advance(60_000);
        call.leg.emit({ type: 'ended', end: { by: 'remote', q850: 16 } });
        await world.settle();
        expect(third.hangups).toBe(1);
        expect(world.media.sessionCount).toBe(0);
        expect(world.service.stats).toMatchObject({ live: 0, opened: 2, answered: 2, finished: 2 });
        expect(world.records.at(-1)).toMatchObject({
          direction: 'out',
          transferOf: world.records[0]?.callRef,
          dialled: '200',
          talkMs: 60_000,
          outcome: { cause: 'normal', endedBy: 'caller' },
        });
      });
    });
  }

  it('gives the telephones what they ask of each other: hold, digits, session refreshes', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    await world.say(call, replaces('200'));
    const third = world.sip.last;
    third.emit({ type: 'answered', forkId: 'a', sdp: 'third-answer' });
    await world.settle();
    const thirdMedia = world.media.last;
    world.ladder.length = 0;

    call.media.direction = 'recvonly';
    expect(await call.leg.offer('hold')).toBe('answer-to-hold');
    await world.settle();
    expect(world.ladder).toContain('media createRtpReoffer sendonly');
    expect(world.ladder).toContain('sip reoffer rtp-offer-sendonly');

    thirdMedia.direction = 'sendrecv';
    world.ladder.length = 0;
    expect(await third.offer('refresh')).toBe('answer-to-refresh');
    await world.settle();
    expect(world.ladder.filter((line) => line.startsWith('sip reoffer'))).toEqual([]);

    third.emit({ type: 'dtmf', digit: '5', durationMs: 100 });
    await world.settle();
    expect(world.ladder).toContain('media sendDtmf');

    third.emit({ type: 'ended', end: { by: 'remote' } });
    await world.settle();
    expect(call.leg.hangups).toBe(1);
    expect(world.media.sessionCount).toBe(0);
    expect(world.clock.pending).toBe(0);
  });

  it('is told no, and goes on talking when it is still there', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    await world.say(call, replaces('200'));
    world.sip.last.emit({ type: 'failed', failure: busy });
    await world.settle();
    expect(world.sentTo(call).at(-1)).toEqual({
      type: 'reject_replacement',
      replacementId: 'R',
      reason: 'failed_call',
    });
    expect(world.signalling.notices.map(({ text }) => text)).toEqual([
      'The call could not be transferred.',
      'The line is busy. Please try again later.',
    ]);
    expect(call.leg.hangups).toBe(0);
    expect(world.media.sessionCount).toBe(1);
    await world.say(call, { type: 'hangup', reason: 'user_hangup' });
    expect(call.leg.hangups).toBe(1);
    expect(world.media.sessionCount).toBe(0);
  });

  it('that is gone when it fails leaves no silent telephone: that one hears why', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    await world.say(call, replaces('200'));
    call.media.listener({ type: 'webrtc-closed' });
    world.sip.last.emit({ type: 'failed', failure: busy });
    await world.settle();
    expect(world.ladder).toContain('sip hangup 17');
    expect(world.sentTo(call).map(({ type }) => type)).toEqual(['answer', 'reject_replacement', 'hangup']);
    expect(world.records).toMatchObject([
      { transferOf: expect.any(String), target: '200', outcome: { cause: 'line-busy' }, talkMs: 0 },
      { outcome: { cause: 'transfer-failed', endedBy: 'gateway' } },
    ]);
    expect(world.media.sessionCount).toBe(0);
  });

  it('that is gone before its wish comes leaves no silent telephone either', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    call.media.listener({ type: 'webrtc-closed' });
    await world.say(call, replaces('200'));
    world.clock.advance(5_000);
    await world.settle();
    expect(world.service.stats.byPhase).toEqual({ transferring: 1 });
    world.sip.last.emit({ type: 'failed', failure: busy });
    await world.settle();
    expect(world.ladder).toContain('sip hangup 17');
    expect(world.clock.pending).toBe(0);
  });

  it('may not transfer where it may not call', async () => {
    const world = buildWorld({
      decide: ({ dialled, isTransfer }) =>
        isTransfer
          ? { kind: 'refuse', cause: 'destination-denied', params: { server: 'example.org' } }
          : { kind: 'allow', plan: { routes: [{ ...routeTo, target: dialled }] } },
    });
    const call = await world.callOut('100');
    await world.say(call, replaces('+449098790000'));
    expect(world.sip.legs).toHaveLength(1);
    expect(world.sentTo(call).at(-1)).toMatchObject({ type: 'reject_replacement' });
    expect(world.signalling.notices.at(-1)?.text).toContain('example.org');
  });

  it('is done by the trunk where it takes a REFER: then our legs are over', async () => {
    const world = buildWorld({ decide: viaTrunk });
    const call = await world.callOut('100');
    await world.say(call, replaces('200'));
    expect(world.ladder).toContain('sip REFER 200');
    expect(world.sip.legs).toHaveLength(1);
    expect(call.leg.hangups).toBe(1);
    expect(world.sentTo(call).at(-1)).toEqual({ type: 'hangup', reason: 'user_hangup' });
    expect(world.media.sessionCount).toBe(0);
  });

  it('is done here when the trunk refuses the REFER', async () => {
    const world = buildWorld({ decide: viaTrunk });
    const call = await world.callOut('100');
    world.faults.next('sip.refer', new Error('405 Method Not Allowed'));
    await world.say(call, replaces('200'));
    expect(world.sip.legs.map(({ request }) => request.target)).toEqual(['100', '200']);
  });

  it('is broken off when the telephone hangs up meanwhile', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    await world.say(call, replaces('200'));
    call.leg.emit({ type: 'ended', end: { by: 'remote', q850: 16 } });
    await world.settle();
    expect(world.sip.last.hangups).toBe(1);
    expect(world.sentTo(call).at(-1)).toMatchObject({ type: 'hangup' });
    // A 200 that crosses the CANCEL brings nobody back.
    world.sip.last.emit({ type: 'answered', forkId: 'a', sdp: 'late' });
    await world.settle();
    expect(world.media.sessionCount).toBe(0);
  });

  it('ends with the gateway, and so do telephones that were put through', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    await world.say(call, replaces('200'));
    world.sip.last.emit({ type: 'answered', forkId: 'a', sdp: 'third-answer' });
    await world.settle();
    await world.service.close(1_000);
    expect(call.leg.hangups).toBe(1);
    expect(world.sip.last.hangups).toBe(1);
    await world.settle();
    expect(world.media.sessionCount).toBe(0);
  });

  it('to nobody in particular is told no', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    await world.say(call, { type: 'replaces', replacementId: 'R' });
    expect(world.sentTo(call).at(-1)).toMatchObject({ type: 'reject_replacement' });
  });
});

describe('a client that transfers to a Matrix user', () => {
  it('has that user rung as the telephone, and the two put through', async () => {
    const world = buildWorld({
      decideInbound: ({ trunk, called }) => {
        expect([trunk, called]).toEqual(['inside', bob]);
        return {
          kind: 'ring',
          plan: { ...ringPlan, steps: [{ targets: [{ kind: 'user', user: bob }], forMs: 30_000 }] },
        };
      },
    });
    const call = await world.callOut('100');
    await world.say(call, { ...replaces(''), targetUser: bob });
    const invite = world.signalling.sent.find(({ event }) => event.type === 'invite');
    expect(invite?.event).toMatchObject({ invitee: bob });
    if (!invite) return;
    const bobs = { roomId: invite.address.roomId, callId: invite.address.callId };
    const [, middle, bobsMedia] = world.media.sessions;
    await world.say(bobs, { type: 'answer', sdp: 'webrtc-answer', partyId: 'BOBPHONE' }, bob);
    bobsMedia?.listener({ type: 'webrtc-connected' });
    await world.settle();
    expect(call.media.joinedTo).toBe(middle);
    expect(world.sentTo(call).at(-1)).toEqual({ type: 'hangup', reason: 'user_hangup' });

    await world.say(bobs, { type: 'hangup', reason: 'user_hangup', partyId: 'BOBPHONE' }, bob);
    expect(call.leg.hangups).toBe(1);
    expect(world.media.sessionCount).toBe(0);
  });
});

describe('a client that joins its two calls', () => {
  const create = { type: 'replaces', replacementId: 'R', targetUser: ghostOf('200'), createCall: 'X' } as const;
  const wait = { type: 'replaces', replacementId: 'R', targetUser: ghostOf('100'), awaitCall: 'X' } as const;

  for (const first of ['the one that waits', 'the one that creates'] as const) {
    it(`has their telephones talk to each other, ${first} told first`, async () => {
      const world = buildWorld();
      const transferee = await world.callIn('100');
      const target = await world.callOut('200');
      const says = [() => world.say(target, wait), () => world.say(transferee, create)];
      for (const say of first === 'the one that waits' ? says : says.reverse()) await say();
      expect(world.sip.legs).toHaveLength(1);
      expect(transferee.media.joinedTo).toBe(target.media);
      for (const call of [transferee, target]) {
        expect(world.sentTo(call).at(-1)).toEqual({ type: 'hangup', reason: 'user_hangup' });
      }
      expect(world.records.map(({ outcome }) => outcome.cause)).toEqual(['transferred', 'transferred']);
      expect(world.service.stats.live).toBe(1);
      target.leg.emit({ type: 'ended', end: { by: 'remote' } });
      await world.settle();
      expect(transferee.leg.hangups).toBe(1);
      expect(world.media.sessionCount).toBe(0);
      expect(world.clock.pending).toBe(0);
    });
  }

  it('cannot name the call of another user', async () => {
    const world = buildWorld();
    const target = await world.callOut('200');
    const bobs = { roomId: '!300:example.org' as never, callId: 'bobs' as never };
    await world.say(bobs, { type: 'invite', sdp: 'webrtc-offer', lifetimeMs: 60_000 }, bob);
    world.sip.last.emit({ type: 'answered', forkId: 'a', sdp: 'rtp-answer' });
    await world.settle();
    world.media.last.listener({ type: 'webrtc-connected' });
    await world.settle();
    await world.say(target, wait);
    await world.say(bobs, create, bob);
    expect(target.media.joinedTo).toBeUndefined();
    expect(world.media.sessions.every(({ joinedTo }) => joinedTo === undefined)).toBe(true);
  });

  it('takes back the hold that the client had put on the first of them', async () => {
    const world = buildWorld();
    const transferee = await world.callOut('100');
    transferee.media.direction = 'recvonly';
    await world.say(transferee, { type: 'negotiate', sdpType: 'offer', sdp: 'hold', lifetimeMs: 30_000 });
    transferee.media.direction = 'sendrecv';
    const target = await world.callOut('200');
    await world.say(target, wait);
    await world.say(transferee, create);
    expect(world.ladder).toContain('sip reoffer rtp-offer-sendrecv');
  });

  it('gets its call back when the other one never comes', async () => {
    const world = buildWorld();
    const target = await world.callOut('200');
    await world.say(target, wait);
    world.clock.advance(10_000);
    await world.settle();
    expect(world.sentTo(target).at(-1)).toMatchObject({ type: 'reject_replacement' });
    expect(target.leg.hangups).toBe(0);
  });

  it('calls the target anew when its other call does not wait for it', async () => {
    const world = buildWorld();
    const transferee = await world.callOut('100');
    await world.callOut('200');
    await world.say(transferee, create);
    expect(world.sip.legs).toHaveLength(2);
    world.clock.advance(3_000);
    await world.settle();
    expect(world.sip.legs.map(({ request }) => request.target)).toEqual(['100', '200', '200']);
  });

  it('is told so in both when the media cannot be joined', async () => {
    const world = buildWorld();
    const transferee = await world.callOut('100');
    const target = await world.callOut('200');
    world.faults.next('media.joinTelephones', new Error('not supported'));
    await world.say(target, wait);
    await world.say(transferee, create);
    for (const call of [transferee, target]) {
      expect(world.sentTo(call).at(-1)).toMatchObject({ type: 'reject_replacement' });
      expect(call.leg.hangups).toBe(0);
    }
  });
});
