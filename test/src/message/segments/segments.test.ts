import fc from 'fast-check';
import { SegmentedMessage } from 'sms-segments-calculator';
import { describe, expect, it } from 'vitest';
import { costSentence, countSegments, cutText } from '../../../../src/message/segments/index.ts';

const sms = { isSms: true };
const anyText = fc.string({ unit: 'grapheme', maxLength: 700, size: 'max' });
const gsmText = fc.string({ unit: fc.constantFrom(...'abc XYZ.,é€[]ñ\n'), maxLength: 900, size: 'max' });
const words = fc
  .array(fc.oneof(fc.constantFrom('and', 'telephone', 'é', '😀', '€', 'Straße', '\n'), fc.string({ maxLength: 30 })), {
    maxLength: 200,
  })
  .map((list) => list.join(' '));

function parts(text: string, limits: Parameters<typeof cutText>[1], most?: number): readonly string[] {
  const cut = cutText(text, limits, most);
  if (cut.kind === 'too-long') throw new Error(`too long: ${cut.mostCharacters}`);
  return cut.parts;
}

describe('counting', () => {
  it.each([
    ['', 'gsm7', 0, 0],
    ['a'.repeat(160), 'gsm7', 160, 1],
    ['a'.repeat(161), 'gsm7', 161, 2],
    ['a'.repeat(306), 'gsm7', 306, 2],
    ['a'.repeat(307), 'gsm7', 307, 3],
    ['€'.repeat(80), 'gsm7', 160, 1],
    ['€'.repeat(81), 'gsm7', 162, 2],
    // 152 septets, since an escape is not cut from its code: the 77th euro begins the next part.
    ['€'.repeat(153), 'gsm7', 306, 3],
    ['я'.repeat(70), 'ucs2', 70, 1],
    ['я'.repeat(71), 'ucs2', 71, 2],
    ['я'.repeat(134), 'ucs2', 134, 2],
    ['я'.repeat(135), 'ucs2', 135, 3],
    ['😀'.repeat(35), 'ucs2', 70, 1],
    ['😀'.repeat(36), 'ucs2', 72, 2],
    ['It’s here', 'ucs2', 9, 1],
    ['a\tb', 'ucs2', 3, 1],
    ['two\r\nlines', 'gsm7', 10, 1],
  ] as const)('%#: %j', (text, alphabet, units, segments) => {
    expect(countSegments(text)).toEqual({ alphabet, units, segments });
  });

  it('agrees with the calculator of a large provider', () => {
    // It takes characters as people see them, hence counts those of several code points otherwise: a text of single ones it is.
    const single = fc.oneof(
      gsmText,
      fc.string({ unit: fc.constantFrom(...'abc яж’“€ñ', '😀', '🎉'), maxLength: 400, size: 'max' }),
    );
    fc.assert(
      fc.property(single, (text) => {
        const theirs = new SegmentedMessage(text);
        const ours = countSegments(text);
        expect(ours.alphabet).toBe(theirs.encodingName === 'UCS-2' ? 'ucs2' : 'gsm7');
        if (text !== '') expect(ours.segments).toBe(theirs.segmentsCount);
      }),
    );
  });
});

describe('cutting into SMS', () => {
  it('fills parts, and joined they are the text', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, gsmText, words), (text) => {
        const cut = parts(text, sms);
        const { alphabet, segments } = countSegments(text);
        expect(cut.join('')).toBe(text);
        expect(cut.length).toBe(Math.max(1, segments));
        for (const part of cut) {
          expect(part.isWellFormed()).toBe(text.isWellFormed());
          expect(countSegments(part).segments).toBeLessThanOrEqual(1);
          if (cut.length > 1) {
            const units = alphabet === 'ucs2' ? part.length : countSegments(part).units;
            expect(units).toBeLessThanOrEqual(alphabet === 'ucs2' ? 67 : 153);
          }
        }
      }),
    );
  });

  it('says how much fits when it is too long', () => {
    expect(cutText('a'.repeat(1531), sms, 10)).toEqual({ kind: 'too-long', mostCharacters: 1530 });
    expect(cutText('a'.repeat(1530), sms, 10).kind).toBe('parts');
    expect(cutText('😀'.repeat(400), sms, 10)).toEqual({ kind: 'too-long', mostCharacters: 670 });
  });
});

describe('cutting into messages that stand for themselves', () => {
  const limits = fc.record({
    isSms: fc.constant(false),
    maxBytes: fc.option(fc.integer({ min: 1, max: 1300 }), { nil: undefined }),
    maxCharacters: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
  });
  const withoutUndefined = ({
    maxBytes,
    maxCharacters,
  }: {
    maxBytes: number | undefined;
    maxCharacters: number | undefined;
  }) => ({
    isSms: false,
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(maxCharacters === undefined ? {} : { maxCharacters }),
  });

  it('keeps to bytes and characters, and joined the parts are the text', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, words), limits, (text, given) => {
        const most = withoutUndefined(given);
        const cut = parts(text, most, 10_000);
        expect(cut.join('')).toBe(text);
        for (const part of cut) {
          const one = [...part].length <= 1;
          if (most.maxBytes !== undefined && !one) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(most.maxBytes);
          if (most.maxCharacters !== undefined && !one) expect(part.length).toBeLessThanOrEqual(most.maxCharacters);
          if (text.isWellFormed()) expect(part.isWellFormed()).toBe(true);
          if (text !== '') expect(part).not.toBe('');
        }
      }),
    );
  });

  it('leaves a text whole where there is no limit', () => {
    expect(parts('a'.repeat(5000), { isSms: false })).toEqual(['a'.repeat(5000)]);
  });

  it('keeps the 1,300 bytes of UDP (RFC 3428 §8) with 1,000 characters of UCS-2', () => {
    const text = 'Прывітанне, свет! '.repeat(56).slice(0, 1000);
    const cut = parts(text, { isSms: false, maxBytes: 1300 });
    expect(cut.join('')).toBe(text);
    expect(cut).toHaveLength(2);
    for (const part of cut) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(1300);
  });

  it('ends parts behind words and lines', () => {
    const cut = parts('one two three four five six seven eight nine ten eleven twelve', {
      isSms: false,
      maxCharacters: 20,
    });
    expect(cut).toEqual(['one two three four ', 'five six seven ', 'eight nine ten ', 'eleven twelve']);
    expect(parts('first line of it\nsecond one is here', { isSms: false, maxCharacters: 20 })[0]).toBe(
      'first line of it\n',
    );
  });

  it('does not cut an emoji of several code points where one part holds it', () => {
    const family = '👨‍👩‍👧‍👦';
    for (const part of parts(family.repeat(12), { isSms: false, maxCharacters: 30 })) {
      expect(part.length % family.length).toBe(0);
    }
  });

  it('makes no more SMS of a text than it must: 160 characters of a provider are two SMS in UCS-2, not three', () => {
    const cut = parts('я'.repeat(268), { isSms: false, maxCharacters: 160 });
    expect(cut.map((part) => part.length)).toEqual([134, 134]);
  });
});

describe('what it costs', () => {
  it.each([
    ['Hello', 1, 'This text is sent as one SMS.'],
    ['a'.repeat(200), 1, 'This text is sent as 2 SMS.'],
    ['a'.repeat(200), 3, 'This text is sent as 2 SMS to each of 3 telephones, 6 in all.'],
    [
      `${'a'.repeat(90)}’`,
      1,
      'This text is sent as 2 SMS, because it has characters such as “’” that leave room for fewer in each.',
    ],
  ])('%#', (text, telephones, sentence) => {
    expect(costSentence(text, { telephones })).toBe(sentence);
  });
});
