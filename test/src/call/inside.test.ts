import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { InboundCall, SipLeg, SipLegEvent } from '../../../sip/leg.ts';
import { createInsideCalls, type InsideRequest } from '../../../src/call/inside.ts';
import { FakeClock } from './fakes.ts';

const request: InsideRequest = {
  callRef: 'c-1',
  called: '+4930901820',
  caller: { number: '+4930901821', name: 'Alice', withheld: false },
  sdp: 'offer',
  ringTimeoutMs: 60_000,
};

interface End {
  readonly events: SipLegEvent[];
}

function place(change: Partial<InsideRequest> = {}, take?: (call: InboundCall) => void) {
  const clock = new FakeClock();
  const calls: InboundCall[] = [];
  const callee: End = { events: [] };
  const caller: End = { events: [] };
  const inside = createInsideCalls((call) => {
    calls.push(call);
    call.listen((event) => callee.events.push(event));
    take?.(call);
  }, clock);
  const leg: SipLeg = inside.place({ ...request, ...change }, (event) => caller.events.push(event));
  return {
    clock,
    leg,
    caller,
    callee,
    calls,
    get call(): InboundCall {
      const [call] = calls;
      if (!call) throw new Error('no call came in');
      return call;
    },
    async settled() {
      await nextTurn();
    },
  };
}

/** A pair of legs that talk. */
async function talking() {
  const world = place();
  await world.settled();
  world.call.leg.ring();
  await world.call.leg.answer('answer');
  await world.settled();
  return world;
}

describe('a call to a number of our own', () => {
  it('comes in as a call like any other, with what the caller said', async () => {
    const world = place({ maxForwards: 20 });
    expect(world.calls).toEqual([]);
    await world.settled();
    expect(world.call).toMatchObject({
      trunk: 'inside',
      called: '+4930901820',
      caller: { number: '+4930901821', name: 'Alice' },
      sdp: 'offer',
      maxForwards: 19,
      divertedBy: [],
    });
    expect(world.call.callRef).not.toBe('c-1');
    expect(world.call.leg.sipCallId).not.toBe(world.leg.sipCallId);
  });

  it('rings, is heard early, and is answered; each once', async () => {
    const world = place();
    await world.settled();
    world.call.leg.ring();
    world.call.leg.progress('early');
    expect(await world.call.leg.answer('answer')).toBeUndefined();
    expect(await world.call.leg.answer('again')).toBeUndefined();
    world.call.leg.ring();
    world.call.leg.reject({ status: 486 });
    await world.settled();
    expect(world.caller.events).toEqual([
      { type: 'provisional', status: 180, forkId: 'inside', reliable: true },
      { type: 'provisional', status: 183, forkId: 'inside', reliable: true, sdp: 'early' },
      { type: 'answered', forkId: 'inside', sdp: 'answer' },
    ]);
    expect(world.clock.pending).toBe(0);
  });

  it('is refused with what the callee says', async () => {
    const world = place();
    await world.settled();
    world.call.leg.ring();
    world.call.leg.reject({ status: 486, q850: 17, text: 'User busy' });
    await world.settled();
    expect(world.caller.events.at(-1)).toEqual({
      type: 'failed',
      failure: {
        status: 486,
        phrase: 'User busy',
        q850: 17,
        reasonText: 'User busy',
        sawProvisional: true,
        origin: 'remote',
      },
    });
    expect(world.clock.pending).toBe(0);
  });

  it('is given up by its caller', async () => {
    const world = place();
    await world.settled();
    world.leg.hangup({ q850: 16 });
    await world.settled();
    expect(world.callee.events).toMatchObject([{ type: 'failed', failure: { status: 487, q850: 16 } }]);
    await expect(world.call.leg.answer('late')).rejects.toMatchObject({ name: 'SipRequestError' });
    expect(world.caller.events).toEqual([]);
  });

  it('that is given up at once never comes in', async () => {
    const world = place();
    world.leg.hangup();
    await world.settled();
    expect(world.calls).toEqual([]);
    expect(world.clock.pending).toBe(0);
  });

  it('is over for both when nobody answers in time', async () => {
    const world = place();
    await world.settled();
    world.call.leg.ring();
    world.clock.advance(60_000);
    await world.settled();
    expect(world.caller.events.at(-1)).toMatchObject({
      type: 'failed',
      failure: { status: 408, sawProvisional: true },
    });
    expect(world.callee.events).toMatchObject([{ type: 'failed', failure: { status: 487 } }]);
  });

  it('that has gone round too often is stopped', async () => {
    const world = place({ maxForwards: 1 });
    await world.settled();
    expect(world.calls).toEqual([]);
    expect(world.caller.events).toMatchObject([{ type: 'failed', failure: { status: 483 } }]);
  });

  it('fails as a call fails that nobody can take', async () => {
    const world = place({}, () => {
      throw new Error('closing');
    });
    await world.settled();
    expect(world.caller.events).toMatchObject([{ type: 'failed', failure: { status: 503 } }]);
  });
});

describe('a call inside that talks', () => {
  it('ends on the other side with the cause that this side gives, and once', async () => {
    const world = await talking();
    world.call.leg.hangup({ q850: 16, text: 'Normal' });
    world.call.leg.hangup();
    world.leg.hangup();
    await world.settled();
    expect(world.caller.events.at(-1)).toEqual({ type: 'ended', end: { by: 'remote', q850: 16, text: 'Normal' } });
    expect(world.callee.events).toEqual([]);
  });

  it('carries offers both ways, and their refusals', async () => {
    const world = await talking();
    const offered = world.leg.reoffer('hold');
    await world.settled();
    const event = world.callee.events.at(-1);
    if (event?.type !== 'reoffer') throw new Error('no offer came');
    expect(event.sdp).toBe('hold');
    expect(await event.accept('held')).toBeUndefined();
    expect(await offered).toBe('held');

    const refused = world.call.leg.reoffer('again');
    await world.settled();
    const other = world.caller.events.at(-1);
    if (other?.type !== 'reoffer') throw new Error('no offer came');
    other.reject(491);
    await expect(refused).rejects.toMatchObject({ failure: { status: 491 } });
  });

  it('carries digits, and takes no transfer', async () => {
    const world = await talking();
    world.leg.sendDtmfInfo('5', 120);
    await world.settled();
    expect(world.callee.events).toEqual([{ type: 'dtmf', digit: '5', durationMs: 120 }]);
    await expect(world.leg.refer('200')).rejects.toMatchObject({ failure: { status: 405 } });
  });

  it('has nothing to say when it is over', async () => {
    const world = await talking();
    world.leg.hangup();
    await expect(world.leg.reoffer('hold')).rejects.toMatchObject({ failure: { status: 481 } });
    world.leg.sendDtmfInfo('5', 120);
    await world.settled();
    expect(world.callee.events).toHaveLength(1);
  });
});
