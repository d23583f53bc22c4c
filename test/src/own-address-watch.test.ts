import { expect, test } from 'vitest';
import { watchOwnAddress } from '../../src/own-address-watch.ts';
import { FakeClock, silent } from '../sip/call/fakes.ts';

function watch(first: string) {
  const clock = new FakeClock();
  const moves: string[] = [];
  const now: { address: string | undefined } = { address: first };
  const stop = watchOwnAddress({
    look: async () => {
      if (now.address === undefined) throw new Error('there is no route');
      return now.address;
    },
    first,
    clock,
    logger: silent,
    onMove: (address) => moves.push(address),
  });
  return { clock, moves, now, stop };
}

test('another address of the machine is told once, and the next one again', async () => {
  const { clock, moves, now } = watch('192.0.2.7');
  await clock.pass(30_000);
  expect(moves).toEqual([]);
  now.address = '192.0.2.8';
  await clock.pass(30_000);
  expect(moves).toEqual(['192.0.2.8']);
  now.address = '192.0.2.7';
  await clock.pass(10_000);
  expect(moves).toEqual(['192.0.2.8', '192.0.2.7']);
});

test('a machine without a network has not moved, and is looked at again', async () => {
  const { clock, moves, now } = watch('192.0.2.7');
  now.address = undefined;
  await clock.pass(10_000);
  now.address = '127.0.0.1';
  await clock.pass(10_000);
  expect(moves).toEqual([]);
  now.address = '192.0.2.8';
  await clock.pass(10_000);
  expect(moves).toEqual(['192.0.2.8']);
});

test('nothing is looked at after the end', async () => {
  const { clock, moves, now, stop } = watch('192.0.2.7');
  stop();
  now.address = '192.0.2.8';
  await clock.pass(30_000);
  expect([moves, clock.pending]).toEqual([[], 0]);
});
