import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../../../src/message/inbound/pieces.ts';
import { Quota } from '../../../../src/message/inbound/quota.ts';
import { writtenAt } from '../../../../src/message/inbound/written-at.ts';

describe('pieces of a text', () => {
  it('are the text, none longer than it may be, no character cut', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.oneof(fc.constantFrom('\n', '🙂', 'é'), fc.string({ minLength: 1, maxLength: 1 })) }),
        fc.integer({ min: 4, max: 40 }),
        (text, most) => {
          const pieces = piecesOf(text, most);
          expect(pieces.join('')).toBe(text.trim() === '' ? '' : text);
          for (const piece of pieces) {
            expect(piece.length).toBeGreaterThan(0);
            expect(piece.length).toBeLessThanOrEqual(most);
          }
          if (text.isWellFormed()) expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
        },
      ),
    );
  });

  it('end with a line where there is one to end with', () => {
    expect(piecesOf('12345\n789012', 8)).toEqual(['12345\n', '789012']);
    expect(piecesOf('1\n3456789012', 8)).toEqual(['1\n345678', '9012']);
  });
});

describe('when a text was written', () => {
  const NOW = 1_000_000_000;
  const DAY = 86_400_000;
  it.each([
    ['now', { receivedAt: NOW }, undefined],
    ['seconds ago', { receivedAt: NOW, sentAt: NOW - 9_000 }, undefined],
    ['a minute ago', { receivedAt: NOW, sentAt: NOW - 60_000 }, NOW - 60_000],
    ['in the future', { receivedAt: NOW, sentAt: NOW + 3_600_000 }, undefined],
    ['in the future, as seen when it came', { receivedAt: NOW - DAY, sentAt: NOW - DAY + 1 }, NOW - DAY],
    ['years ago', { receivedAt: NOW, sentAt: 0 }, undefined],
    ['it waited a day', { receivedAt: NOW - DAY }, NOW - DAY],
    ['the clock was set back', { receivedAt: NOW + 60_000 }, undefined],
  ])('%s', (_, of, at) => {
    expect(writtenAt(of, NOW)).toBe(at);
  });
});

describe('so many a minute', () => {
  it('lets twice as many through within any minute at most, and all in the end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 60 }),
        (perMinute, gaps) => {
          const quota = new Quota(perMinute);
          let receivedAt = 1_000;
          let now = 0;
          const shown: number[] = [];
          for (const [seq, gap] of gaps.entries()) {
            receivedAt += gap;
            now = Math.max(now, receivedAt);
            const first = quota.admit('k', { receivedAt, seq }, now);
            if (first.kind === 'later') {
              expect(first.at).toBeGreaterThan(now);
              now = first.at;
              expect(quota.admit('k', { receivedAt, seq }, now).kind).toBe('now');
            }
            // It may be asked again, as when posting it failed.
            expect(quota.admit('k', { receivedAt, seq }, now).kind).toBe('now');
            shown.push(now);
          }
          for (const [index, at] of shown.entries()) {
            const later = shown[index + 2 * perMinute];
            if (later !== undefined) expect(later - at).toBeGreaterThan(60_000);
          }
          expect((shown.at(-1) ?? 0) - receivedAt).toBeLessThanOrEqual((gaps.length / perMinute) * 60_000);
        },
      ),
    );
  });

  it('a flood is told of once, and again when there was quiet between', () => {
    const quota = new Quota(1);
    const admit = (seq: number, receivedAt: number, now = receivedAt) => quota.admit('k', { seq, receivedAt }, now);
    expect(admit(1, 1_000)).toEqual({ kind: 'now' });
    expect(admit(2, 2_000)).toEqual({ kind: 'later', at: 61_000, isFirst: true });
    expect(admit(2, 2_000, 61_000)).toEqual({ kind: 'now' });
    expect(admit(3, 3_000, 61_000)).toEqual({ kind: 'later', at: 121_000, isFirst: false });
    expect(admit(3, 3_000, 121_000)).toEqual({ kind: 'now' });
    expect(admit(4, 200_000)).toEqual({ kind: 'now' });
    expect(admit(5, 201_000)).toEqual({ kind: 'later', at: 260_000, isFirst: true });
  });
});
