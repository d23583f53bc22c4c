/** Calls that nobody took and that go on to another number, in the name of whoever wants it so. */
import { describe, expect, it } from 'vitest';
import type { Decided } from '../../../../src/call/machine.ts';
import type { InboundPlan } from '../../../../src/call/ports.ts';
import { route } from '../house.ts';
import { FakeInboundLeg, plan as ringAlice } from '../inbound/house.ts';
import { alice, buildWorld, inbound, type WorldOptions } from './world.ts';

const mobile = '+447700900123';
const onward = { kind: 'forward', to: mobile, by: alice } as const;
const unanswered: InboundPlan = { ...ringAlice, outcomes: { ...ringAlice.outcomes, 'no-answer': onward } };
const always: InboundPlan = { ...unanswered, steps: [], instead: 'no-answer' };
const answers = { type: 'answered', forkId: 'a', sdp: 'third-answer' } as const;
const rings = { type: 'provisional', status: 180, forkId: 'a', reliable: false } as const;
const busy = { status: 486, phrase: 'Busy Here', sawProvisional: true, origin: 'remote' } as const;

/** A call from 200 to Alice's number. */
async function callIn(plan: InboundPlan, options: WorldOptions = {}, change: { readonly late?: true } = {}) {
  const world = buildWorld({ decideInbound: () => ({ kind: 'ring', plan }), ...options });
  const leg = new FakeInboundLeg('in-200', world.ladder, world.faults);
  const call = { ...inbound(leg), caller: { number: '+441818118200', withheld: false }, maxForwards: 30 };
  const { sdp: _, ...late } = call;
  world.sip.take?.(change.late ? late : call);
  await world.settle();
  return { world, leg };
}

describe('a call that is forwarded always', () => {
  it('rings nobody here: the number is called as if its owner had dialled it', async () => {
    const { world, leg } = await callIn(always);
    expect(world.signalling.sent).toEqual([]);
    expect(world.requests).toMatchObject([
      { caller: alice, dialled: mobile, maxForwards: 29, live: { total: 1, ofCaller: 0, inRoom: 0 } },
    ]);
    const third = world.sip.last;
    expect(third.request).toMatchObject({
      target: mobile,
      maxForwards: 29,
      divertedBy: [{ number: '+441818118180', withheld: false }],
    });
    expect(world.ladder).not.toContain('sip 180');
    third.emit(rings);
    await world.settle();
    expect(world.ladder).toContain('sip 180');
    expect(leg.answers).toBe(0);
  });

  it('is answered when the other one answers, and both hear each other until one hangs up', async () => {
    const { world, leg } = await callIn(always);
    const third = world.sip.last;
    world.clock.advance(8_000);
    third.emit(answers);
    await world.settle();
    expect(leg.answers).toBe(1);
    const [ofCaller, ofThird] = world.media.sessions;
    expect(ofCaller?.joinedTo).toBe(ofThird);
    expect(world.service.liveCalls).toMatchObject([{ direction: 'joined', user: alice, number: '+441818118200' }]);
    world.clock.advance(60_000);
    leg.emit({ type: 'ended', end: { by: 'remote', q850: 16 } });
    await world.settle();
    expect(third.hangups).toBe(1);
    expect(world.service.stats).toMatchObject({ live: 0, opened: 2, finished: 2 });
    expect(world.media.sessionCount).toBe(0);
    expect(world.clock.pending).toBe(0);
    expect(world.records).toMatchObject([
      { direction: 'in', outcome: { cause: 'forwarded' } },
      { direction: 'out', caller: alice, dialled: mobile, transferOf: 'c-in-200', talkMs: 60_000 },
    ]);
  });

  it('costs its owner what the other leg lasts; the caller’s own is on record until it ends', async () => {
    const { world, leg } = await callIn(always);
    world.clock.advance(8_000);
    world.sip.last.emit(answers);
    await world.settle();
    const out = world.books.entered.find(({ direction }) => direction === 'out');
    expect(out).toMatchObject({ user: alice, dialled: mobile, transferOf: 'c-in-200' });
    expect(out).not.toHaveProperty('roomId');
    world.clock.advance(60_000);
    world.books.tell({ type: 'used-up' }, out?.callRef);
    await world.settle();
    expect([leg.hangups, world.sip.last.hangups]).toEqual([1, 1]);
    expect(world.books.open).toEqual([]);
    expect(world.books.closed.map(({ direction, talkMs }) => [direction, talkMs])).toEqual([
      ['in', 60_000],
      ['out', 60_000],
    ]);
  });

  it('asks for an offer and gets one when the other has answered', async () => {
    const { world, leg } = await callIn(always, {}, { late: true });
    leg.ack = 'answer-in-ack';
    world.sip.last.emit(answers);
    await world.settle();
    expect(leg.answers).toBe(1);
    expect(world.ladder).toContain('media acceptRtpAnswer answer-in-ack');
    expect(world.media.sessions[0]?.joinedTo).toBeDefined();
  });

  it.each([
    ['is busy', busy, { status: 486, q850: 17 }],
    ['does not answer', { ...busy, status: 408, phrase: 'x', origin: 'timeout' as const }, { status: 480, q850: 19 }],
  ])('tells the caller so when the other one %s', async (_, failure, refusal) => {
    const { world, leg } = await callIn(always);
    world.sip.last.emit({ type: 'failed', failure });
    await world.settle();
    expect(leg.refusals).toMatchObject([refusal]);
    expect(world.media.sessionCount).toBe(0);
    expect(world.books.open).toEqual([]);
  });

  it('goes to nobody whom its owner may not call, or cannot pay for', async () => {
    const denied: Decided = { kind: 'refuse', cause: 'destination-denied' };
    const refused = await callIn(always, { decide: () => denied });
    expect(refused.leg.refusals).toMatchObject([{ status: 480 }]);
    expect(refused.world.sip.legs).toEqual([]);
    const world = buildWorld({ decideInbound: () => ({ kind: 'ring', plan: always }) });
    const leg = new FakeInboundLeg('in-200', world.ladder, world.faults);
    const hold = world.faults.hold('media.createSession');
    world.sip.take?.(inbound(leg));
    await world.settle();
    world.books.answer = { kind: 'refused', cause: 'credit-too-low' };
    hold();
    await world.settle();
    expect(world.sip.legs).toEqual([]);
    expect(leg.refusals).toMatchObject([{ status: 480 }]);
    expect(world.records.find(({ direction }) => direction === 'in')).toMatchObject({
      onward: { to: mobile, by: alice },
      outcome: { endedBy: 'gateway', cause: 'credit-too-low', sentence: { key: 'credit-too-low' } },
    });
  });

  it('never goes to an emergency number: nobody there would know who calls, or from where', async () => {
    const { world, leg } = await callIn(always, {
      decide: ({ dialled }) => ({ kind: 'allow', plan: { routes: [{ ...route, target: dialled }], emergency: true } }),
    });
    expect(world.sip.legs).toEqual([]);
    expect(leg.refusals).toMatchObject([{ status: 480 }]);
    expect(world.books.entered.map(({ direction }) => direction)).toEqual(['in']);
  });

  it('given up by its caller gives the other one up, too', async () => {
    const { world, leg } = await callIn(always);
    world.sip.last.emit(rings);
    await world.settle();
    leg.cancel();
    await world.settle();
    expect(world.sip.last.hangups).toBe(1);
    expect(world.media.sessionCount).toBe(0);
    expect(world.service.stats.live).toBe(0);
    expect(world.books.open).toEqual([]);
  });

  it('that the caller does not acknowledge is nobody’s call', async () => {
    const { world } = await callIn(always);
    world.faults.next('sip.answer', new Error('no ACK'));
    world.sip.last.emit(answers);
    await world.settle();
    expect(world.sip.last.hangups).toBe(1);
    expect(world.service.stats.live).toBe(0);
    expect(world.books.open).toEqual([]);
  });

  it.each(['shutdown', 'administrator'] as const)('is ended by %s on both sides', async (by) => {
    const { world, leg } = await callIn(always);
    world.sip.last.emit(rings);
    await world.settle();
    if (by === 'shutdown') await world.service.close(1_000);
    else expect(world.service.end('c-in-200', 'ended-by-administrator')).toBe('ended');
    await world.settle();
    expect(world.sip.last.hangups).toBe(1);
    expect(leg.refusals).toHaveLength(1);
    expect(world.books.open).toEqual([]);
  });
});

describe('a call that is forwarded when nobody takes it', () => {
  it('rings first; whoever was rung reads where it went', async () => {
    const { world, leg } = await callIn(unanswered);
    expect(world.sip.legs).toEqual([]);
    expect(world.signalling.sent.map(({ event }) => event.type)).toEqual(['invite']);
    world.clock.advance(unanswered.steps[0]?.forMs ?? 0);
    await world.settle();
    expect(world.signalling.sent.map(({ event }) => event.type)).toEqual(['invite', 'hangup']);
    expect(world.sip.last.request.target).toBe(mobile);
    expect(world.signalling.notices).toEqual([]);
    world.sip.last.emit(answers);
    await world.settle();
    expect(leg.answers).toBe(1);
    expect(world.signalling.notices.map(({ text }) => text)).toEqual([
      `A call from +441818118200 was put through to ${mobile}.`,
    ]);
  });

  it('and is not taken there, is missed', async () => {
    const { world, leg } = await callIn(unanswered);
    world.clock.advance(unanswered.steps[0]?.forMs ?? 0);
    await world.settle();
    world.sip.last.emit({ type: 'failed', failure: busy });
    await world.settle();
    expect(leg.refusals).toMatchObject([{ status: 486 }]);
    expect(world.signalling.notices.map(({ text }) => text)).toEqual(['Missed call from +441818118200.']);
  });

  it('warns its owner in the room of the call when the credit ends soon', async () => {
    const { world } = await callIn(unanswered);
    world.clock.advance(unanswered.steps[0]?.forMs ?? 0);
    await world.settle();
    world.sip.last.emit(answers);
    await world.settle();
    world.books.tell({ type: 'low', leftMs: 30_000 });
    await world.settle();
    expect(world.signalling.notices.at(-1)?.text).toBe('Your credit for this call lasts another 0:30 minutes.');
    expect(world.ladder.filter((line) => line === 'media beep rtp')).toHaveLength(2);
  });
});
