/** What transfers cost: each telephone that was called is paid for until it is gone, by whoever had it called. */
import { describe, expect, it } from 'vitest';
import type { SipLegEvent } from '../../../../sip/leg.ts';
import type { Decided } from '../../../../src/call/machine.ts';
import { currency, micros } from '../../../../src/money.ts';
import { route } from '../house.ts';
import { FakeInboundLeg } from '../inbound/house.ts';
import { alice, buildWorld, ghostOf, inbound } from './world.ts';

const price = { currency: currency('EUR'), connectFee: micros(0), perMinute: micros(10_000), firstS: 1, nextS: 1 };
const tariff = { price, rate: 'deck 44' };
const answers = { type: 'answered', forkId: 'a', sdp: 'third-answer' } as const;
const hangsUp = { type: 'ended', end: { by: 'remote', q850: 16 } } as const;
const replaces = (target: string) => ({
  type: 'replaces' as const,
  replacementId: 'R',
  targetUser: ghostOf(target),
  createCall: 'X',
});

function refers(leg: { emit(event: SipLegEvent): void }, target: string): string[] {
  const heard: string[] = [];
  leg.emit({
    type: 'refer',
    to: { target },
    accept: () => ({ notify: (status) => heard.push(String(status)) }),
    reject: (status) => heard.push(`refused ${status}`),
  });
  return heard;
}

/** Alice talked to 100 for 10 s, then put them through to 200. */
async function putThrough(direction: 'callOut' | 'callIn' = 'callOut') {
  const world = buildWorld();
  const call = await world[direction]('100');
  world.clock.advance(10_000);
  await world.say(call, replaces('200'));
  world.clock.advance(5_000);
  const third = world.sip.last;
  third.emit(answers);
  await world.settle();
  return { world, call, third };
}

describe('a telephone that a client puts through to another', () => {
  it('costs until both are gone: each has a page of its own, in the name of who asked', async () => {
    const { world, call, third } = await putThrough();
    const [first, second] = world.books.entered;
    expect(second).toMatchObject({ direction: 'out', user: alice, dialled: '200', transferOf: first?.callRef });
    expect(world.books.closed).toEqual([]);
    expect(world.service.liveCalls).toMatchObject([
      { callRef: first?.callRef, direction: 'joined', user: alice, number: '100' },
    ]);
    world.clock.advance(60_000);
    call.leg.emit(hangsUp);
    await world.settle();
    expect(third.hangups).toBe(1);
    expect(world.books.open).toEqual([]);
    const talked = Object.fromEntries(world.books.closed.map(({ callRef, talkMs }) => [callRef, talkMs]));
    expect(talked).toEqual({ [first?.callRef ?? '']: 75_000, [second?.callRef ?? '']: 60_000 });
    expect(world.books.progress.filter(({ type }) => type === 'answered')).toMatchObject([
      { callRef: first?.callRef, at: 1_000_000 },
      { callRef: second?.callRef, at: 1_015_000 },
    ]);
  });

  it('is warned with the other when credit ends soon; whoever pays reads of it, once', async () => {
    const { world } = await putThrough();
    const [first, second] = world.books.open;
    world.books.tell({ type: 'low', leftMs: 30_000 }, second);
    world.books.tell({ type: 'low', leftMs: 29_000 }, first);
    await world.settle();
    expect(world.ladder.filter((line) => line === 'media beep rtp')).toHaveLength(2);
    expect(world.signalling.notices.map(({ text }) => text)).toEqual([
      'The call was transferred.',
      'Your credit for this call lasts another 0:30 minutes.',
    ]);
  });

  it.each([0, 1])('is hung up with the other when the credit of either is used up (%i)', async (which) => {
    const { world, call, third } = await putThrough();
    world.clock.advance(20_000);
    world.books.tell({ type: 'used-up' }, world.books.open[which]);
    await world.settle();
    expect([call.leg.hangups, third.hangups]).toEqual([1, 1]);
    expect(world.books.open).toEqual([]);
    expect(world.books.closed.map(({ talkMs }) => talkMs).sort()).toEqual([20_000, 35_000]);
    expect(world.signalling.notices.at(-1)?.text).toBe('The call ended because your credit is used up.');
  });

  it('of a call that came in: only the other one costs', async () => {
    const { world, call } = await putThrough('callIn');
    const second = world.books.entered.find(({ direction }) => direction === 'out');
    world.books.tell({ type: 'used-up' }, second?.callRef);
    await world.settle();
    expect(call.leg.hangups).toBe(1);
    expect(world.books.open).toEqual([]);
  });

  it('is ended by an administrator, by the name of either call', async () => {
    for (const which of [0, 1]) {
      const { world, call, third } = await putThrough();
      const { callRef } = world.books.entered[which] ?? { callRef: '' };
      expect(world.service.end(callRef, 'ended-by-administrator')).toBe('ended');
      await world.settle();
      expect([call.leg.hangups, third.hangups]).toEqual([1, 1]);
    }
  });

  it('is not put through by its trunk where that costs: nobody could say for how long', async () => {
    const viaTrunk = ({ dialled }: { dialled: string }): Decided => ({
      kind: 'allow',
      plan: { routes: [{ ...route, target: dialled, refer: true, tariff }] },
    });
    const world = buildWorld({ decide: viaTrunk });
    const call = await world.callOut('100');
    await world.say(call, replaces('200'));
    expect(world.ladder.some((line) => line.startsWith('sip REFER'))).toBe(false);
    expect(world.sip.last.request.target).toBe('200');
  });

  it('whose trunk does it is closed when our leg is, and so is the call that was never made', async () => {
    const viaTrunk = ({ dialled }: { dialled: string }): Decided => ({
      kind: 'allow',
      plan: { routes: [{ ...route, target: dialled, refer: true }] },
    });
    const world = buildWorld({ decide: viaTrunk });
    const call = await world.callOut('100');
    world.clock.advance(10_000);
    await world.say(call, replaces('200'));
    expect(world.books.open).toEqual([]);
    expect(world.books.closed.map(({ talkMs, outcome }) => [outcome.cause, talkMs]).sort()).toEqual([
      ['transferred', 0],
      ['transferred', 10_000],
    ]);
  });
});

describe('a telephone that comes in the place of another', () => {
  it('is on record from then on; the one before until it is hung up', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    world.clock.advance(10_000);
    const leg = new FakeInboundLeg('new', world.ladder, world.faults);
    world.sip.take?.({ ...inbound(leg), replaces: call.leg });
    await world.settle();
    expect(world.books.closed).toMatchObject([{ dialled: '100', talkMs: 10_000, outcome: { cause: 'transferred' } }]);
    world.clock.advance(5_000);
    leg.emit(hangsUp);
    await world.settle();
    expect(world.books.open).toEqual([]);
    expect(world.books.closed.at(-1)).toMatchObject({ direction: 'in', talkMs: 5_000, answeredBy: alice });
  });

  it('and is not taken, is on record as such', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    world.faults.next('media.acceptRtpOffer', new Error('no codec'));
    const leg = new FakeInboundLeg('new', world.ladder, world.faults);
    world.sip.take?.({ ...inbound(leg), replaces: call.leg });
    await world.settle();
    expect(leg.refusals).toMatchObject([{ status: 500 }]);
    expect(world.books.closed).toMatchObject([{ direction: 'in', talkMs: 0, outcome: { cause: 'transfer-failed' } }]);
    expect(world.service.stats.byPhase).toEqual({ talking: 1 });
  });
});

describe('a third one that may not be paid', () => {
  it('is not called: the client gets its call back, with the reason', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    world.books.answer = { kind: 'refused', cause: 'credit-too-low' };
    await world.say(call, replaces('200'));
    expect(world.sip.legs).toHaveLength(1);
    expect(world.signalling.notices.map(({ text }) => text)).toEqual([
      'The call could not be transferred.',
      'You do not have enough credit for this call.',
    ]);
    expect(world.service.stats.byPhase).toEqual({ talking: 1 });
    expect(world.books.closed).toMatchObject([{ attempts: [], outcome: { cause: 'credit-too-low' } }]);
  });

  it('any more, while it rings, is given up', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    await world.say(call, replaces('200'));
    world.books.tell({ type: 'used-up' });
    await world.settle();
    expect(world.sip.last.hangups).toBe(1);
    expect(world.books.closed).toMatchObject([{ outcome: { cause: 'credit-used-up', endedBy: 'gateway' } }]);
    expect(world.service.stats.byPhase).toEqual({ talking: 1 });
  });
});

describe('a telephone that has another called in its place', () => {
  it('costs until it is gone; the other one from its answer on, for the client that stays', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    world.clock.advance(10_000);
    refers(call.leg, '200');
    await world.settle();
    world.clock.advance(2_000);
    // RFC 5589 §6.1: it may be gone before the new call is answered.
    call.leg.emit(hangsUp);
    world.clock.advance(3_000);
    const third = world.sip.last;
    third.emit(answers);
    await world.settle();
    expect(world.books.closed).toMatchObject([{ dialled: '100', talkMs: 12_000, outcome: { cause: 'transferred' } }]);

    world.clock.advance(30_000);
    world.books.tell({ type: 'low', leftMs: 15_000 });
    await world.settle();
    expect(world.ladder).toContain('media beep webrtc');
    world.clock.advance(15_000);
    world.books.tell({ type: 'used-up' });
    await world.settle();
    expect(third.hangups).toBe(1);
    expect(world.books.open).toEqual([]);
    expect(world.books.closed.at(-1)).toMatchObject({ dialled: '200', talkMs: 45_000 });
    expect(world.signalling.notices.at(-1)?.text).toBe('The call ended because your credit is used up.');
  });

  it('and comes to nothing, costs until it left', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    refers(call.leg, '200');
    await world.settle();
    world.clock.advance(2_000);
    call.leg.emit(hangsUp);
    world.clock.advance(20_000);
    world.sip.last.emit({
      type: 'failed',
      failure: { status: 486, phrase: 'Busy Here', sawProvisional: true, origin: 'remote' },
    });
    await world.settle();
    expect(world.books.open).toEqual([]);
    expect(world.books.closed.map(({ talkMs }) => talkMs).sort()).toEqual([0, 2_000]);
  });

  it('is ended by an administrator by the name of the new call, too', async () => {
    const world = buildWorld();
    const call = await world.callOut('100');
    refers(call.leg, '200');
    await world.settle();
    world.sip.last.emit(answers);
    await world.settle();
    const { callRef } = world.books.entered.at(-1) ?? { callRef: '' };
    expect(world.service.end(callRef, 'ended-by-administrator')).toBe('ended');
    await world.settle();
    expect(world.sip.last.hangups).toBe(1);
    expect(world.service.stats.live).toBe(0);
  });
});

describe('the longest time a call may last', () => {
  /** Each call may last a minute from its answer. */
  const aMinute = ({ dialled }: { dialled: string }): Decided => ({
    kind: 'allow',
    plan: { routes: [{ ...route, target: dialled }], longestCallMs: 60_000 },
  });

  it('is not longer for being put through: what is left of the shorter one counts', async () => {
    const world = buildWorld({ decide: aMinute });
    const call = await world.callOut('100');
    world.clock.advance(50_000);
    await world.say(call, replaces('200'));
    world.sip.last.emit(answers);
    await world.settle();
    world.clock.advance(9_999);
    await world.settle();
    expect(call.leg.hangups).toBe(0);
    world.clock.advance(1);
    await world.settle();
    expect([call.leg.hangups, world.sip.last.hangups]).toEqual([1, 1]);
    expect(world.signalling.notices.at(-1)?.text).toBe('The call reached the longest time allowed and has ended.');
  });

  it('counts for two calls that are joined', async () => {
    const world = buildWorld({ decide: aMinute });
    const first = await world.callOut('100');
    world.clock.advance(20_000);
    const second = await world.callOut('200');
    world.clock.advance(10_000);
    const attended = { type: 'replaces', replacementId: 'R', targetUser: ghostOf('200') } as const;
    await world.say(first, { ...attended, createCall: 'X' });
    await world.say(second, { type: 'replaces', replacementId: 'R', awaitCall: 'X' });
    expect(world.service.liveCalls).toMatchObject([{ direction: 'joined' }]);
    world.clock.advance(30_000);
    await world.settle();
    expect([first.leg.hangups, second.leg.hangups]).toEqual([1, 1]);
    expect(world.books.open).toEqual([]);
  });

  it('is that of the telephone that was called in the place of another, if that is less', async () => {
    const limits: Readonly<Record<string, number>> = { '100': 60_000, '200': 5_000 };
    const world = buildWorld({
      decide: ({ dialled }) => ({
        kind: 'allow',
        plan: { routes: [{ ...route, target: dialled }], longestCallMs: limits[dialled] ?? 0 },
      }),
    });
    const call = await world.callOut('100');
    refers(call.leg, '200');
    await world.settle();
    world.sip.last.emit(answers);
    await world.settle();
    world.clock.advance(5_000);
    await world.settle();
    expect(world.sip.last.hangups).toBe(1);
    expect(world.service.stats.live).toBe(0);
  });
});
