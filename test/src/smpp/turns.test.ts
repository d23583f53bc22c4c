import { describe, expect, it } from 'vitest';
import { Turns } from '../../../src/smpp/turns.ts';
import { FakeClock } from '../call/fakes.ts';

/** Lets promises settle that are resolved already. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

function entering(turns: Turns, count: number) {
  const entered: boolean[] = [];
  for (let i = 0; i < count; i += 1) void turns.enter().then((mayGo) => entered.push(mayGo));
  return entered;
}

describe('turns', () => {
  it('keep to what was agreed upon', async () => {
    const clock = new FakeClock();
    const turns = new Turns(100, 2, clock);
    const entered = entering(turns, 5);
    await settle();
    expect(entered).toHaveLength(1);
    for (const expected of [2, 3, 4, 5]) {
      clock.advance(499);
      await settle();
      expect(entered).toHaveLength(expected - 1);
      clock.advance(1);
      await settle();
      expect(entered).toHaveLength(expected);
    }
  });

  it('are slower after a complaint, and as fast as before after a while', async () => {
    const clock = new FakeClock();
    const turns = new Turns(100, undefined, clock);
    for (let i = 0; i < 40; i += 1) turns.accepted();
    expect(turns.perSecond).toBeUndefined();
    expect(turns.throttled()).toBe(1_000);
    expect(turns.perSecond).toBe(20);
    // Others of the same burst count once.
    expect(turns.throttled()).toBe(1_000);
    expect(turns.perSecond).toBe(20);
    clock.advance(2_000);
    expect(turns.throttled()).toBe(2_000);
    for (let i = 0; i < 100 && turns.perSecond !== undefined; i += 1) {
      clock.advance(10_000);
      turns.accepted();
    }
    expect(turns.perSecond).toBeUndefined();
  });

  it('never are faster than was agreed upon', () => {
    const clock = new FakeClock();
    const turns = new Turns(100, 10, clock);
    turns.accepted();
    turns.throttled();
    expect(turns.perSecond).toBeLessThan(10);
    for (let i = 0; i < 100; i += 1) {
      clock.advance(10_000);
      turns.accepted();
    }
    expect(turns.perSecond).toBe(10);
  });

  it('send all away when they are shut', async () => {
    const clock = new FakeClock();
    const turns = new Turns(1, undefined, clock);
    const entered = entering(turns, 3);
    await settle();
    turns.shut();
    await settle();
    expect(entered).toEqual([true, false, false]);
    expect(await turns.enter()).toBe(false);
    expect(clock.pending).toBe(0);
  });
});
