import { describe, expect, it } from 'vitest';
import type { MatrixUserId } from '../../../../src/matrix/index.ts';
import { UserLimit } from '../../../../src/message/outbound/user-limit.ts';
import { FakeClock } from '../../call/fakes.ts';

const ALICE = '@alice:hs.test' as MatrixUserId;
const BOB = '@bob:hs.test' as MatrixUserId;

describe('how many texts a user may write', () => {
  it('so many at once, then so many a minute, each user for themselves', () => {
    const clock = new FakeClock();
    const limit = new UserLimit({ perMinute: 6, atOnce: 2 }, clock);
    expect([limit.take(ALICE, 1), limit.take(ALICE, 1), limit.take(ALICE, 1)]).toEqual([true, true, false]);
    expect(limit.take(BOB, 2)).toBe(true);
    clock.advance(10_000);
    expect([limit.take(ALICE, 1), limit.take(ALICE, 1)]).toEqual([true, false]);
    clock.advance(3_600_000);
    expect([limit.take(ALICE, 1), limit.take(ALICE, 1), limit.take(ALICE, 1)]).toEqual([true, true, false]);
  });

  it('a text to more telephones than may be written to at once goes when nothing was written before, and is paid off', () => {
    const clock = new FakeClock();
    const limit = new UserLimit({ perMinute: 60, atOnce: 3 }, clock);
    expect(limit.take(ALICE, 5)).toBe(true);
    clock.advance(2_000);
    expect(limit.take(ALICE, 1)).toBe(false);
    clock.advance(1_000);
    expect(limit.take(ALICE, 1)).toBe(true);
  });

  it('without a limit everything goes', () => {
    const limit = new UserLimit(undefined, new FakeClock());
    expect(limit.take(ALICE, 1_000_000)).toBe(true);
  });
});
