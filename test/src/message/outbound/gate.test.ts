import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Gate } from '../../../../src/message/outbound/gate.ts';
import { FakeClock } from '../../call/fakes.ts';

/** Time passes in steps, so that who is let in sees when. */
async function pass(clock: FakeClock, steps: number): Promise<void> {
  await Promise.resolve();
  for (let step = 0; step < steps; step += 1) {
    clock.advance(10);
    await Promise.resolve();
  }
}

/** Who entered, in order. */
function entering(gate: Gate, names: readonly string[]): string[] {
  const inside: string[] = [];
  for (const name of names) void gate.enter().then((mayGo) => inside.push(mayGo ? name : `not ${name}`));
  return inside;
}

describe('the way into a transport', () => {
  it('lets in as many as its window has room for, the others in the order in which they came', async () => {
    const gate = new Gate(2, undefined, new FakeClock());
    const inside = entering(gate, ['a', 'b', 'c', 'd']);
    await Promise.resolve();
    expect(inside).toEqual(['a', 'b']);
    gate.leave();
    gate.leave();
    await Promise.resolve();
    expect(inside).toEqual(['a', 'b', 'c', 'd']);
  });

  it('sends away who waits when it is shut, and who comes after that', async () => {
    const gate = new Gate(1, undefined, new FakeClock());
    const inside = entering(gate, ['a', 'b']);
    gate.shut();
    const later = entering(gate, ['c']);
    await Promise.resolve();
    expect([...inside, ...later]).toEqual(['a', 'not b', 'not c']);
  });

  it('never lets in more at once, nor more in any second, than it may', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        // Intervals that are whole steps of the clock.
        fc.constantFrom(1, 2, 4, 5, 10, 20),
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 40 }),
        async (window, perSecond, pauses) => {
          const clock = new FakeClock();
          const gate = new Gate(window, perSecond, clock);
          const entered: number[] = [];
          let most = 0;
          for (const pause of pauses) {
            void gate.enter().then(() => {
              entered.push(clock.now());
              most = Math.max(most, gate.underWay);
              clock.after(50, () => gate.leave());
            });
            await pass(clock, pause);
          }
          for (let turn = 0; turn < 100 && entered.length < pauses.length; turn += 1) await pass(clock, 100);
          expect(entered).toHaveLength(pauses.length);
          expect(most).toBeLessThanOrEqual(window);
          for (let index = perSecond; index < entered.length; index += 1) {
            expect((entered[index] ?? 0) - (entered[index - perSecond] ?? 0)).toBeGreaterThanOrEqual(1_000);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
