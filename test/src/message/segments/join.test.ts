import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutText, guessTexts, joinParts } from '../../../../src/message/segments/index.ts';

describe('parts with numbers', () => {
  it('become the text in any order, with any repeats', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 800, size: 'max' });
    fc.assert(
      fc.property(text, fc.infiniteStream(fc.nat()), (whole, order) => {
        const cut = cutText(whole, { isSms: true });
        if (cut.kind !== 'parts') throw new Error('cut');
        const total = cut.parts.length;
        const parts = cut.parts.map((part, i) => ({ index: i + 1, total, text: part }));
        const shuffled = [...parts, ...parts.slice(0, 2)]
          .map((part) => ({ part, at: order.next().value }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ part }) => part);
        expect(joinParts(shuffled)).toEqual({ kind: 'complete', text: whole });
      }),
    );
  });

  it('say what is missing', () => {
    const parts = [
      { index: 5, total: 5, text: 'end' },
      { index: 2, total: 5, text: 'two ' },
    ];
    expect(joinParts(parts)).toEqual({ kind: 'incomplete', text: '[…]two […]end', missing: [1, 3, 4] });
    expect(joinParts([])).toEqual({ kind: 'incomplete', text: '', missing: [] });
  });
});

describe('parts without numbers', () => {
  const full = (letter: string) => letter.repeat(160);
  const at = (receivedAt: number, text: string, sentAt?: number) =>
    sentAt === undefined ? { text, receivedAt } : { text, receivedAt, sentAt };
  const read = (held: Parameters<typeof guessTexts>[0], now: number) => {
    const { ready, wakeAt } = guessTexts(held, now);
    return { texts: ready.map((parts) => parts.map(({ text }) => text).join('')), wakeAt };
  };

  it('wait until nothing more can belong to them', () => {
    expect(read([at(0, full('a')), at(1000, 'end')], 5_999)).toEqual({ texts: [], wakeAt: 6_000 });
    expect(read([at(0, full('a')), at(1000, 'end')], 6_000)).toEqual({ texts: [`${full('a')}end`], wakeAt: undefined });
  });

  it('are one text though the last came first', () => {
    expect(read([at(0, 'end'), at(10, full('a')), at(20, full('b'))], 9_000).texts).toEqual([
      `${full('a')}${full('b')}end`,
    ]);
  });

  it('are put in the order of their writing where that is said', () => {
    expect(read([at(0, full('b'), 2_000), at(10, full('a'), 1_000), at(20, 'end', 3_000)], 9_000).texts).toEqual([
      `${full('a')}${full('b')}end`,
    ]);
  });

  it('are texts of their own when none is as long as an SMS', () => {
    expect(read([at(0, 'one'), at(100, 'two')], 9_000).texts).toEqual(['one', 'two']);
  });

  it('are texts of their own when time lies between', () => {
    expect(read([at(0, full('a')), at(5_000, 'two')], 20_000).texts).toEqual([full('a'), 'two']);
  });

  it('are several texts when several end', () => {
    expect(read([at(0, full('a')), at(1, 'end a'), at(2, full('b')), at(3, 'end b')], 9_000).texts).toEqual([
      `${full('a')}end a`,
      `${full('b')}end b`,
    ]);
  });

  it('are never lost and never doubled', () => {
    const held = fc.array(
      fc.record({
        text: fc.oneof(fc.string(), fc.constantFrom(full('a'), 'я'.repeat(67))),
        receivedAt: fc.nat(40_000),
      }),
    );
    fc.assert(
      fc.property(held, fc.nat(50_000), (texts, now) => {
        const { ready, wakeAt } = guessTexts(texts, now);
        const seen = ready.flat();
        expect(new Set(seen).size).toBe(seen.length);
        if (wakeAt === undefined) expect(seen.length).toBe(texts.length);
        else expect(wakeAt).toBeGreaterThan(now);
      }),
    );
  });
});
