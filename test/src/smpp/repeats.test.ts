import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Repeats } from '../../../src/smpp/repeats.ts';
import { FakeClock } from '../call/fakes.ts';

const MINUTE = 60_000;

function bound() {
  const clock = new FakeClock();
  const repeats = new Repeats('sms', clock);
  repeats.bound();
  return { clock, repeats };
}

describe('which text is a repeat', () => {
  it('one with the same number on the same connection', async () => {
    const { repeats } = bound();
    const key = await repeats.keyOf('f', 1, 7);
    expect(await repeats.keyOf('f', 1, 7)).toBe(key);
    expect(await repeats.keyOf('f', 1, 8)).not.toBe(key);
    expect(await repeats.keyOf('g', 1, 7)).not.toBe(key);
  });

  it('one that comes again because the first is answered late', async () => {
    const { clock, repeats } = bound();
    const key = await repeats.keyOf('f', 1, 7);
    clock.advance(5_000);
    expect(await repeats.keyOf('f', 1, 8)).toBe(key);
  });

  it('one whose answer may have been lost, once', async () => {
    const { repeats } = bound();
    const key = await repeats.keyOf('f', 1, 7);
    repeats.answered(key, 'f', 1, 3);
    // What was sent before the answer proves nothing.
    await repeats.confirmed(1, 3);
    repeats.ended(1);
    repeats.bound();
    expect(await repeats.keyOf('f', 2, 1)).toBe(key);
    expect(await repeats.keyOf('f', 2, 2)).not.toBe(key);
  });

  it('none whose answer was read', async () => {
    const { repeats } = bound();
    const key = await repeats.keyOf('f', 1, 7);
    repeats.answered(key, 'f', 1, 3);
    await repeats.confirmed(1, 4);
    repeats.ended(1);
    repeats.bound();
    expect(await repeats.keyOf('f', 2, 1)).not.toBe(key);
  });

  it('none that comes long after the next connection was made', async () => {
    const { clock, repeats } = bound();
    const key = await repeats.keyOf('f', 1, 7);
    repeats.ended(1);
    clock.advance(24 * 60 * MINUTE);
    repeats.bound();
    clock.advance(30 * MINUTE);
    expect(await repeats.keyOf('f', 2, 1)).not.toBe(key);
  });

  it('none of which nothing was stored', async () => {
    const { repeats } = bound();
    const key = await repeats.keyOf('f', 1, 7);
    repeats.refused(key, 'f');
    repeats.ended(1);
    repeats.bound();
    expect(await repeats.keyOf('f', 2, 1)).not.toBe(key);
  });

  it('what an earlier process left is known by what it wrote down, which waits for the oldest that is open', async () => {
    const clock = new FakeClock();
    const written: number[] = [];
    const memory = {
      latestKey: async () => undefined,
      confirmedUntil: async () => 0,
      confirm: async (_: string, until: number) => void written.push(until),
    };
    const repeats = new Repeats('sms', clock, memory);
    repeats.bound();
    const first = await repeats.keyOf('f', 1, 1);
    const firstAt = clock.now();
    repeats.answered(first, 'f', 1, 0);
    clock.advance(20_000);
    await repeats.keyOf('g', 1, 2);
    const secondAt = clock.now();
    await repeats.confirmed(1, 1);
    expect(written).toEqual([secondAt - 1]);
    expect(firstAt).toBeLessThan(secondAt);
  });

  it('never gives one key to two texts, however connections break', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('text' as const), words: fc.constantFrom('a', 'b') }),
      fc.record({ kind: fc.constant('proof' as const) }),
      fc.record({ kind: fc.constant('break' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, repeats } = bound();
        let connection = 1;
        let sequence = 0;
        let asked = 0;
        // A service centre whose sender writes each text once, and which sends again what it has no answer for.
        let unsure: { readonly words: string; readonly key: string }[] = [];
        const keys = new Set<string>();
        const take = async (words: string) => {
          sequence += 1;
          const key = await repeats.keyOf(words, connection, sequence);
          repeats.answered(key, words, connection, asked);
          return key;
        };
        for (const one of steps) {
          clock.advance(10);
          if (one.kind === 'text') {
            const key = await take(one.words);
            expect(keys.has(key)).toBe(false);
            keys.add(key);
            unsure.push({ words: one.words, key });
          } else if (one.kind === 'proof') {
            asked += 1;
            await repeats.confirmed(connection, asked);
            unsure = [];
          } else {
            repeats.ended(connection);
            connection += 1;
            asked = 0;
            repeats.bound();
            for (const { words, key } of unsure) expect(await take(words)).toBe(key);
          }
        }
      }),
    );
  });
});
