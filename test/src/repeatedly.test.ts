import { describe, expect, it } from 'vitest';
import { repeatedly } from '../../src/repeatedly.ts';

/** Time that passes when it is told to. */
function pauses() {
  const due: (() => void)[] = [];
  return {
    after: (_delayMs: number, task: () => void) => {
      due.push(task);
      return () => {
        due.splice(0);
      };
    },
    get waiting() {
      return due.length;
    },
    async pass() {
      due.shift()?.();
      // What the task awaits is settled within one turn.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe('what is done again and again', () => {
  it('begins after a pause, and pauses after each end', async () => {
    const time = pauses();
    const under = Promise.withResolvers<void>();
    let runs = 0;
    const task = () => {
      runs += 1;
      return runs === 2 ? under.promise : Promise.resolve();
    };
    repeatedly({ after: time.after, everyMs: 1, task, onTrouble: () => undefined });
    expect(runs).toBe(0);
    await time.pass();
    await time.pass();
    expect([runs, time.waiting]).toEqual([2, 0]);
    under.resolve();
    await time.pass();
    expect([runs, time.waiting]).toEqual([2, 1]);
  });

  it('tells of the first failure in a row, and goes on', async () => {
    const time = pauses();
    const outcomes = ['bad', 'bad', 'good', 'bad'];
    const told: unknown[] = [];
    const task = async () => {
      if (outcomes.shift() === 'bad') throw new Error(`${outcomes.length} left`);
    };
    repeatedly({ after: time.after, everyMs: 1, task, onTrouble: (error) => told.push(String(error)) });
    for (let turn = 0; turn < 4; turn += 1) await time.pass();
    expect(told).toEqual(['Error: 3 left', 'Error: 0 left']);
  });

  it('ends, also while it is being done', async () => {
    const time = pauses();
    const under = Promise.withResolvers<void>();
    const stop = repeatedly({ after: time.after, everyMs: 1, task: () => under.promise, onTrouble: () => undefined });
    await time.pass();
    stop();
    under.resolve();
    await time.pass();
    expect(time.waiting).toBe(0);
  });
});
