import { describe, expect, it } from 'vitest';
import { KeyedQueue } from '../../src/keyed-queue.ts';

describe('a queue for each key', () => {
  it('keeps the order within a key', async () => {
    const queue = new KeyedQueue();
    const seen: number[] = [];
    const gate = Promise.withResolvers<void>();
    const first = queue.run('a', async () => {
      await gate.promise;
      seen.push(1);
    });
    const second = queue.run('a', async () => void seen.push(2));
    gate.resolve();
    await Promise.all([first, second]);
    expect(seen).toEqual([1, 2]);
  });

  it('lets no key wait for another', async () => {
    const queue = new KeyedQueue();
    const never = Promise.withResolvers<void>();
    void queue.run('slow', () => never.promise);
    expect(await queue.run('quick', async () => 'done')).toBe('done');
    never.resolve();
    await queue.idle();
  });

  it('starts a task of an idle key at once', () => {
    const queue = new KeyedQueue();
    let started = false;
    void queue.run('a', async () => {
      started = true;
    });
    expect(started).toBe(true);
  });

  it('goes on after a task that failed, by a throw or by a rejection', async () => {
    const queue = new KeyedQueue();
    const thrown = queue.run('a', () => {
      throw new Error('thrown');
    });
    const rejected = queue.run('a', () => Promise.reject(new Error('rejected')));
    const after = queue.run('a', async () => 'after');
    await expect(thrown).rejects.toThrow('thrown');
    await expect(rejected).rejects.toThrow('rejected');
    expect(await after).toBe('after');
  });

  it('forgets keys without work', async () => {
    const queue = new KeyedQueue();
    for (let key = 0; key < 1_000; key++) void queue.run(String(key), async () => {});
    await queue.idle();
    expect(queue.size).toBe(0);
  });
});
