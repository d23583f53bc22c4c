import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { forgetRecords } from '../../../../src/account/records/index.ts';
import { FakeClock, silent } from '../../call/fakes.ts';

const DAY_MS = 24 * 3_600_000;

it('what is older than it is kept is forgotten at the start and each day, also after a day on which that failed', async () => {
  const clock = new FakeClock();
  const start = clock.now();
  const prune = vi.fn(async (_before: number) => undefined).mockRejectedValueOnce(new Error('the disk is full'));
  const stop = forgetRecords({ records: { prune }, keepDays: 90, clock, logger: silent });
  await nextTurn();
  clock.advance(DAY_MS);
  await nextTurn();
  expect(prune.mock.calls).toEqual([[start - 90 * DAY_MS], [start - 89 * DAY_MS]]);
  await stop();
  clock.advance(5 * DAY_MS);
  await nextTurn();
  expect(prune).toHaveBeenCalledTimes(2);
});

it('nothing is forgotten where all is kept', async () => {
  const prune = vi.fn(async () => undefined);
  await forgetRecords({ records: { prune }, keepDays: 0, clock: new FakeClock(), logger: silent })();
  expect(prune).not.toHaveBeenCalled();
});
