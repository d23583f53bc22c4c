import { describe, expect, it } from 'vitest';
import { Durability } from '../../../src/store/durability.ts';

/** A log whose every sync ends when the test says so. */
function controlledLog() {
  const syncs: PromiseWithResolvers<void>[] = [];
  const log = {
    opened: 0,
    closed: 0,
    syncs,
    open: async () => {
      log.opened += 1;
      return {
        datasync: () => {
          const sync = Promise.withResolvers<void>();
          syncs.push(sync);
          return sync.promise;
        },
        close: async () => {
          log.closed += 1;
        },
      };
    },
  };
  return log;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('waiting for the disk', () => {
  it('is over when the log is synced', async () => {
    const log = controlledLog();
    const durability = new Durability(log.open);
    let isReached = false;
    const reached = durability.reached().then(() => {
      isReached = true;
    });
    await turn();
    expect(isReached).toBe(false);
    log.syncs[0]?.resolve();
    await reached;
    expect(log.opened).toBe(1);
  });

  it('begins anew for those who come while it is under way, and once for all of them', async () => {
    const log = controlledLog();
    const durability = new Durability(log.open);
    const order: string[] = [];
    const waits = [durability.reached().then(() => order.push('first'))];
    await turn();
    waits.push(durability.reached().then(() => order.push('second')));
    waits.push(durability.reached().then(() => order.push('third')));
    await turn();
    expect(log.syncs).toHaveLength(1);
    log.syncs[0]?.resolve();
    await turn();
    expect(order).toEqual(['first']);
    expect(log.syncs).toHaveLength(2);
    log.syncs[1]?.resolve();
    await Promise.all(waits);
    expect(order).toEqual(['first', 'second', 'third']);
    expect(log.syncs).toHaveLength(2);
  });

  it('fails for good when the disk failed once: what was dropped then stays lost', async () => {
    const log = controlledLog();
    const durability = new Durability(log.open);
    const first = durability.reached();
    await turn();
    const second = durability.reached();
    log.syncs[0]?.reject(new Error('EIO'));
    const refused = { name: 'StoreError', code: 'not-durable' };
    await expect(first).rejects.toMatchObject(refused);
    await expect(second).rejects.toMatchObject(refused);
    await expect(durability.reached()).rejects.toMatchObject(refused);
    expect(log.syncs).toHaveLength(1);
  });

  it('closes the log when what is under way has ended', async () => {
    const log = controlledLog();
    const durability = new Durability(log.open);
    const reached = durability.reached();
    await turn();
    const closed = durability.close();
    await turn();
    expect(log.closed).toBe(0);
    log.syncs[0]?.resolve();
    await Promise.all([reached, closed]);
    expect(log.closed).toBe(1);
  });
});
