import fc from 'fast-check';
import { expect, it } from 'vitest';
import { closedRecord, interruptedRecord } from '../../../../src/account/accounting/end.ts';
import { FakeClock } from '../../call/fakes.ts';
import { NOON, openOut, telephoneLeg } from '../records/samples.ts';
import { callOut, talked } from './house.ts';

it('a record’s talk is the difference of its times, whatever fractions the clock has', () => {
  const fraction = fc.double({ min: 0, max: 0.999, noNaN: true });
  fc.assert(
    fc.property(fraction, fraction, fc.nat(10_000), (before, after, ms) => {
      const clock = new FakeClock();
      const record = talked(callOut('c-1', clock), clock, NOON + before);
      const times = { ...record.times, endedAt: NOON + ms + Math.max(before, after) };
      const { answeredAt, endedAt, talkMs } = closedRecord(undefined, { ...record, times, talkMs: ms });
      expect([answeredAt, endedAt, talkMs].every(Number.isInteger)).toBe(true);
      expect(talkMs).toBe((endedAt ?? 0) - (answeredAt ?? 0));
    }),
  );
});

it('an interrupted call is over when it was last known to go on, at the earliest when it was answered', () => {
  const leg = telephoneLeg(0, { answeredAt: NOON + 5_000 });
  const open = openOut('c-1', { answeredAt: NOON + 5_000, seenAt: NOON + 4_000, legs: [leg] });
  const end = { cause: 'gateway-restarted' };
  expect(interruptedRecord(open)).toMatchObject({ isOpen: false, endedAt: NOON + 5_000, talkMs: 0, end });
  expect(interruptedRecord({ ...open, seenAt: NOON + 9_000 })).toMatchObject({ endedAt: NOON + 9_000, talkMs: 4_000 });
  expect(interruptedRecord(openOut('c-2'))).toMatchObject({ endedAt: NOON, talkMs: 0, end });
  const failed = telephoneLeg(0, { endedAt: NOON + 1, end: { cause: 'network-busy' } });
  const { legs } = interruptedRecord({ ...open, seenAt: NOON + 9_000, legs: [failed, { ...leg, index: 1 }] });
  expect(legs).toMatchObject([
    { endedAt: NOON + 1, end: { cause: 'network-busy' } },
    { endedAt: NOON + 9_000, end },
  ]);
});
