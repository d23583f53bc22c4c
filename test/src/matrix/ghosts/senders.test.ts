import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSenderText, senderName, senderText } from '../../../../src/matrix/ghosts/senders.ts';

const shown = (sender: string) => senderName(senderText(sender) ?? '');

describe('a sender that is no number', () => {
  it.each([
    ['ACME', 'ACME'],
    ['Bank of X', 'Bank of X'],
    ['ＡＣＭＥ', 'ACME'],
    ['INFO12345', '“INFO12345”'],
    ['+44 20 7946 0000 (Bank)', '“+44 20 7946 0000 Bank”'],
    ['@alice:hs.test', '“alice hs.test”'],
    ['unknown', '“unknown”'],
    ['☎', 'Unknown sender'],
  ])('%j is shown as %j', (sender, name) => {
    expect(shown(sender)).toBe(name);
  });

  it('without anything that can be shown is nobody', () => {
    for (const sender of ['', '   ', '\u200b\u202e', '\u0000']) expect(senderText(sender)).toBeUndefined();
  });

  it('can never pass for a user or a number', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (sender) => {
        const text = senderText(sender);
        if (text === undefined) return;
        expect(isSenderText(text)).toBe(true);
        const name = senderName(text);
        expect(name).not.toBe('');
        expect(name).not.toMatch(/[@\p{Cc}\p{Zl}\p{Zp}]/u);
        if ((name.match(/\p{Nd}/gu)?.length ?? 0) >= 5) expect(name).toMatch(/^“.*”$/su);
      }),
      { numRuns: 1_000 },
    );
  });
});
