import { expect, it } from 'vitest';
import { Seldom } from '../../../src/matrix/seldom.ts';

it('a log line that strangers can cause comes once in a while, and counts the others', () => {
  let now = 0;
  const lines: number[] = [];
  const seldom = new Seldom({ now: () => now, after: () => () => {} }, 1_000);
  const run = () => seldom.run((leftOut) => lines.push(leftOut));
  run();
  run();
  run();
  now = 1_000;
  run();
  now = 2_000;
  run();
  expect(lines).toEqual([0, 2, 0]);
});
