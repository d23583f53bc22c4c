import { expect, it } from 'vitest';
import { Waiting } from './wait.ts';

it('finds what had come before, and what comes later', async () => {
  const waiting = new Waiting();
  const came = ['early'];
  await expect(waiting.until(() => came.find((one) => one === 'early'))).resolves.toBe('early');
  const late = waiting.until(() => came.includes('late'));
  waiting.announce();
  came.push('late');
  waiting.announce();
  await expect(late).resolves.toBe(true);
});

it('looks no more when it has found or has given up', async () => {
  const waiting = new Waiting();
  let looks = 0;
  const first = waiting.until(() => ++looks === 2);
  waiting.announce();
  await first;
  const error = () => new Error('nothing came');
  await expect(waiting.until(() => ++looks < 0, { timeoutMs: 1, error })).rejects.toThrow('nothing came');
  const before = looks;
  waiting.announce();
  expect(looks).toBe(before);
});

it('rejects with what the look throws', async () => {
  const waiting = new Waiting();
  let isGone = false;
  const found = waiting.until(() => {
    if (isGone) throw new Error('it is gone');
    return undefined;
  });
  isGone = true;
  waiting.announce();
  await expect(found).rejects.toThrow('it is gone');
});
