import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TextContent } from '../../../../src/matrix/index.ts';
import {
  cleanName,
  cleanPlain,
  type PlainTextOptions,
  plainText,
  shortened,
} from '../../../../src/message/content/index.ts';

const text = (body: string): TextContent => ({ kind: 'text', body });
const image: TextContent = { kind: 'media', media: 'image', url: 'mxc://e.org/x', name: 'cat.jpg' };

describe('what a telephone is sent', () => {
  it.each<[string, TextContent, PlainTextOptions, string]>([
    ['a text', text('Hello <b>you</b>\n  & me'), {}, 'Hello <b>you</b>\n  & me'],
    ['its HTML where there is some', { kind: 'text', body: '**a**', html: '<b>a</b>' }, {}, 'a'],
    ['the body where the HTML says nothing', { kind: 'text', body: 'a', html: '<p></p>' }, {}, 'a'],
    ['a notice', { kind: 'notice', body: 'beep' }, {}, 'beep'],
    ['who wrote it', text('hi'), { writer: 'Alice' }, 'Alice: hi'],
    ['an emote', { kind: 'emote', body: 'waves' }, { name: 'Alice' }, '* Alice waves'],
    ['an emote in a group', { kind: 'emote', body: 'waves' }, { writer: 'Alice' }, '* Alice waves'],
    ['an emote of nobody', { kind: 'emote', body: 'waves' }, {}, '* waves'],
    ['an edit', text('new'), { isEdit: true }, '* new'],
    ['an edit in a group', text('new'), { isEdit: true, writer: 'Alice' }, 'Alice: * new'],
    ['an answer', text('Yes'), { quote: { body: 'Are you\ncoming?' } }, '> Are you coming?\nYes'],
    [
      'an answer in a group',
      text('Yes'),
      { writer: 'Al', quote: { name: 'Bob', body: 'Come?' } },
      '> Bob: Come?\nAl: Yes',
    ],
    ['an answer to nothing', text('Yes'), { quote: { body: ' ' } }, 'Yes'],
    ['an image', image, {}, '[Image cat.jpg]'],
    ['an image with a link', image, { mediaUrl: 'https://g.org/m/1' }, 'Image cat.jpg: https://g.org/m/1'],
    [
      'an image with words',
      { kind: 'media', media: 'video', url: 'mxc://e.org/x', name: 'a.mp4', caption: 'Look!' },
      { mediaUrl: 'https://g.org/m/1', writer: 'Alice' },
      'Alice: Look!\nVideo a.mp4: https://g.org/m/1',
    ],
    ['a file without a name', { kind: 'media', media: 'file', url: 'mxc://e.org/x', name: '' }, {}, '[File]'],
    [
      'a sticker',
      { kind: 'media', media: 'sticker', url: 'mxc://e.org/x', name: 'thumbs up' },
      {},
      '[Sticker thumbs up]',
    ],
    [
      'a place',
      { kind: 'location', body: 'Big Ben', geoUri: 'geo:51.5008,-0.1247;u=35' },
      {},
      'Location: Big Ben https://www.openstreetmap.org/?mlat=51.5008&mlon=-0.1247#map=16/51.5008/-0.1247',
    ],
    ['a place without sense', { kind: 'location', body: 'here', geoUri: 'geo:x' }, {}, 'Location: here'],
    ['something else', { kind: 'other', what: 'poll' }, {}, '[poll]'],
    ['nothing', text(''), { writer: 'Alice', isEdit: true, quote: { body: 'x' } }, ''],
  ])('is %s', (_, content, options, expected) => {
    expect(plainText(content, options)).toBe(expected);
  });

  it('has a short quote in one line', () => {
    const [line] = plainText(text('Yes'), { quote: { body: 'a\n'.repeat(200) } }).split('\n');
    expect(line?.length).toBeLessThanOrEqual(62);
    expect(line?.endsWith('...')).toBe(true);
  });

  it('lets no name look like something else', () => {
    expect(plainText(text('hi'), { writer: 'Eve\nBank: pay\u202e' })).toBe('Eve Bank: pay: hi');
  });
});

describe('plain text', () => {
  it('changes nothing of a text but its controls and line ends', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', size: 'max', maxLength: 200 }), (any) => {
        const without = any
          .replace(/\r\n|\r|\u0085|\u2028|\u2029/gu, '\n')
          .replace(/(?![\n\t])[\p{Cc}\ufeff\ufff9-\ufffb]/gu, '');
        expect(cleanPlain(any)).toBe(without.toWellFormed());
        expect(cleanPlain(cleanPlain(any))).toBe(cleanPlain(any));
      }),
    );
  });

  it('mends halves of characters', () => {
    expect(cleanPlain('a\ud83d')).toBe('a\ufffd');
  });

  it('shortens names between characters', () => {
    expect(cleanName('👨‍👩‍👧‍👦'.repeat(10), 40)).toBe(`${'👨‍👩‍👧‍👦'.repeat(3)}...`);
    expect(cleanName('  a \n b\u0000 ')).toBe('a b');
  });

  it('is never longer than it may be', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', size: 'max', maxLength: 100 }),
        fc.integer({ min: 3, max: 60 }),
        (any, most) => {
          expect(shortened(any, most).length).toBeLessThanOrEqual(most);
        },
      ),
    );
  });
});
