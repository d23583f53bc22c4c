import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyText, oneLine } from '../../../src/matrix/sanitise.ts';

describe('text from strangers', () => {
  it.each([
    ['a line\r\nbreak', 'a line break'],
    ['red\u001b[31m text', 'red[31m text'],
    ['nul\u0000 and delete\u007f', 'nul and delete'],
    ['abc\u202efed', 'abcfed'],
    ['\u2066isolate\u2069', 'isolate'],
    ['zero\u200bwidth\ufeff', 'zerowidth'],
    ['soft\u00adhyphen', 'softhyphen'],
    ['two\u2028lines\u2029', 'twolines'],
    ['  many\t\t spaces  ', 'many spaces'],
    ['lone \ud800 surrogate', 'lone surrogate'],
    ['👩\u200d💻 می\u200cخواهم', '👩\u200d💻 می\u200cخواهم'],
    [
      '\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} flag',
      '\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} flag',
    ],
    ['hidden\u{e0067}\u{e007f} tags', 'hidden tags'],
    ['Łukasz 張 +49 30', 'Łukasz 張 +49 30'],
  ])('%j on one line is %j', (given, wanted) => {
    expect(oneLine(given)).toBe(wanted);
  });

  it('keeps line feeds and tabs in a body', () => {
    expect(bodyText('one\r\ntwo\tthree\u0007\rfour')).toBe('one\ntwo\tthree\nfour');
  });

  it('never cuts a character in two', () => {
    expect(oneLine('a😀', 2)).toBe('a');
    expect(oneLine('a😀b', 3)).toBe('a😀');
    expect(oneLine('\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}', 6)).toBe('\u{1f3f4}');
  });

  it('leaves no control or direction character in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (text, max) => {
        const line = oneLine(text, max);
        expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u);
        expect(line.length).toBeLessThanOrEqual(max);
        expect(line.isWellFormed()).toBe(true);
        expect(oneLine(line, max)).toBe(line);
      }),
    );
  });
});
