import { expect, test } from 'vitest';
import { SilenceWatch } from '../../../media/embedded/silence-watch.ts';

test('each silence is told once, of each side', () => {
  const watch = new SilenceWatch(30_000);
  watch.start(0);
  expect(watch.check(30_000, 0, 0)).toEqual([]);
  expect(watch.check(30_001, 20_000, 0)).toEqual(['rtp']);
  expect(watch.check(50_001, 20_000, 0)).toEqual(['webrtc']);
  expect(watch.check(60_000, 20_000, 59_000)).toEqual([]);
  expect(watch.check(90_000, 20_000, 59_000)).toEqual(['rtp']);
});

test('a hold explains silence, and after it the time begins anew', () => {
  const watch = new SilenceWatch(30_000);
  watch.start(0);
  watch.pause();
  expect(watch.check(1_000_000, 0, 0)).toEqual([]);
  watch.start(1_000_000);
  expect(watch.check(1_030_000, 0, 0)).toEqual([]);
  expect(watch.check(1_030_001, 0, 0)).toEqual(['webrtc', 'rtp']);
});

test('zero is never', () => {
  const watch = new SilenceWatch(0);
  watch.start(0);
  expect(watch.check(1_000_000_000, 0, 0)).toEqual([]);
});
