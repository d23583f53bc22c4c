import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { harmlessName, shownCaller } from '../../../src/room/index.ts';

describe("a caller's name as the network says it", () => {
  it.each([
    ['Ann Example', 'Ann Example'],
    ['  Pizza   24 ', 'Pizza 24'],
    ['Zoë Müller-Lüdenscheidt', 'Zoë Müller-Lüdenscheidt'],
    ['محمد', 'محمد'],
    // Turned round, hidden, cut in lines.
    ['Ann\u202egnp.exe', 'Ann gnp.exe'],
    ['A\u200bn\u0000n\r\nB', 'A n n B'],
    // A Matrix user, however it is written.
    ['@alice:example.org', 'alice example.org'],
    ['＠alice：example.org', 'alice example.org'],
    ['﹫alice∶example.org', 'alice example.org'],
    // Another number, or a word that vouches for it.
    ['+44 20 7946 0000', undefined],
    ['Bank (020 7946 0000)', undefined],
    ['Bank ✓', 'Bank'],
    ['Bank (trusted)', 'Bank trusted'],
    // No name at all.
    ['', undefined],
    ['---', undefined],
    ['Anonymous', undefined],
    ['UNKNOWN NAME', undefined],
    ['unavailable', undefined],
  ])('%j is shown as %j', (said, shown) => {
    expect(harmlessName(said)).toBe(shown);
  });

  it('has no letters piled up and no more than 80 characters', () => {
    expect(harmlessName(`a${'\u0336'.repeat(40)}`)).toBe('a\u0336\u0336');
    expect([...(harmlessName('𝒳x'.repeat(100)) ?? '')]).toHaveLength(80);
  });

  it('is harmless whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (said) => {
        const name = harmlessName(said) ?? '';
        expect([...name].length).toBeLessThanOrEqual(80);
        expect(name).not.toMatch(/[@:()\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(name.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('what is shown', () => {
  const number = '0181 811 8181';
  it.each([
    [{ number }, '0181 811 8181'],
    [{ number, name: 'Ann' }, 'Ann (0181 811 8181)'],
    [{ number, name: '01818118181' }, '0181 811 8181'],
    [{ number, name: 'Ann', doubtful: true }, 'Ann (0181 811 8181) ⚠ perhaps not the true number'],
    [{ number, doubtful: true }, '0181 811 8181 ⚠ perhaps not the true number'],
  ])('%j: %s', (caller, shown) => {
    expect(shownCaller(caller)).toBe(shown);
  });
});
