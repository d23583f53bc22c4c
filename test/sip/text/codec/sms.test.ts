import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTpdu } from '../../../../sip/text/codec/3gpp/index.ts';
import {
  buildUdh,
  gsm7Decode,
  gsm7Encode,
  isGsm7,
  nationalTables,
  packSeptets,
  parseUdh,
  smsAlphabet,
  smsUnits,
  ucs2Decode,
  ucs2Encode,
  unpackSeptets,
} from '../../../../sip/text/codec/sms/index.ts';

const EVERY_CODE = Uint8Array.from({ length: 128 }, (_, code) => code).filter((code) => code !== 0x1b);
const EXTENSION = '\f^{}\\[~]|€';
const alphabet = [...gsm7Decode(EVERY_CODE), ...EXTENSION];
const gsmText = fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 200, size: 'max' });

describe('GSM 7-bit default alphabet', () => {
  it('has 127 characters and ten of the extension table, each once', () => {
    expect(new Set(alphabet).size).toBe(137);
    expect(alphabet.every((character) => isGsm7(character))).toBe(true);
  });

  it.each([
    ['@', [0x00]],
    ['$', [0x02]],
    ['Ç', [0x09]],
    ['\n', [0x0a]],
    ['Δ', [0x10]],
    ['Ξ', [0x1a]],
    ['É', [0x1f]],
    ['¤', [0x24]],
    ['¡', [0x40]],
    ['§', [0x5f]],
    ['¿', [0x60]],
    ['à', [0x7f]],
    ['€', [0x1b, 0x65]],
    ['[', [0x1b, 0x3c]],
    ['\\', [0x1b, 0x2f]],
    ['\f', [0x1b, 0x0a]],
  ])('writes %j as TS 23.038 does', (character, septets) => {
    expect([...(gsm7Encode(character) ?? [])]).toEqual(septets);
  });

  it.each(['`', '\t', '’', '“', 'ç', 'ê', '…', '\u00a0', '😀', '–'])('does not have %j', (character) => {
    expect(gsm7Encode(`a${character}`)).toBeUndefined();
    expect(smsAlphabet(`a${character}`)).toBe('ucs2');
  });

  it('shows an unknown extension as the character of the basic table, and a lone escape as a space', () => {
    expect(gsm7Decode(Uint8Array.of(0x1b, 0x41))).toBe('A');
    expect(gsm7Decode(Uint8Array.of(0x41, 0x1b))).toBe('A ');
    expect(gsm7Decode(Uint8Array.of(0x1b, 0x1b, 0x41))).toBe(' A');
  });

  it('reads what it writes', () => {
    fc.assert(
      fc.property(gsmText, (text) => {
        const septets = gsm7Encode(text) ?? new Uint8Array();
        expect(gsm7Decode(septets)).toBe(text);
        expect(smsUnits(text)).toBe(septets.length);
      }),
    );
  });
});

describe('tables of a language', () => {
  // 1B and the code of the letter that a telephone without the table would show (TS 23.038 annex A.2).
  it.each([
    [1, 'GISPcgis', 'Ğİ', [0x1b, 0x47, 0x1b, 0x49]],
    [1, 'ş', 'ş€', [0x1b, 0x73, 0x1b, 0x65]],
    [2, 'ç', 'çÁú[', [0x1b, 0x09, 0x1b, 0x41, 0x1b, 0x75, 0x1b, 0x3c]],
    [3, 'ã', 'ãÕÊ^', [0x1b, 0x7b, 0x1b, 0x5c, 0x1b, 0x1f, 0x1b, 0x14]],
    [0, 'none', '€', [0x1b, 0x65]],
    [9, 'one that is not read', '€A', [0x1b, 0x65, 0x41]],
  ])('%i extends the alphabet: %s', (number, _, text, septets) => {
    const tables = nationalTables([{ id: 0x24, data: Uint8Array.of(number) }]);
    expect(gsm7Decode(Uint8Array.from(septets), tables)).toBe(text);
  });

  it.each([
    [1, 'ığİçş€', [0x07, 0x0c, 0x40, 0x60, 0x1d, 0x04]],
    [3, 'êúã~∞aà', [0x04, 0x06, 0x7b, 0x60, 0x15, 0x61, 0x7f]],
    [2, 'èà', [0x04, 0x7f]],
  ])('%i takes the place of the alphabet', (number, text, septets) => {
    const tables = nationalTables([{ id: 0x25, data: Uint8Array.of(number) }]);
    expect(gsm7Decode(Uint8Array.from(septets), tables)).toBe(text);
  });

  it('are named in the header of an SMS', () => {
    // UDHL 3, single shift, one octet, Turkish: 5 septets with 3 fill bits, then "Ş".
    const packed = packSeptets(Uint8Array.of(0x1b, 0x53), 3);
    const deliver = Buffer.from([
      0x44,
      2,
      0x81,
      0x21,
      0,
      0,
      0x62,
      0x11,
      0x12,
      0x41,
      0x50,
      0x36,
      0,
      7,
      3,
      0x24,
      1,
      1,
      ...packed,
    ]);
    expect(parseTpdu(deliver, 'to-mobile')).toMatchObject({ text: 'Ş' });
  });
});

describe('septets', () => {
  it.each([
    ['hellohello', 'e8329bfd4697d9ec37'],
    ['How are you?', 'c8f71d14969741f977fd07'],
    ['1234567', '31d98c56b3dd00'],
    ['12345678', '31d98c56b3dd70'],
  ])('packs %j as published', (text, hex) => {
    expect(Buffer.from(packSeptets(gsm7Encode(text) ?? new Uint8Array())).toString('hex')).toBe(hex);
  });

  it('unpacks what it packs, with any fill bits', () => {
    fc.assert(
      fc.property(fc.uint8Array({ max: 127, maxLength: 200, size: 'max' }), fc.nat(6), (septets, fillBits) => {
        const octets = packSeptets(septets, fillBits);
        expect(octets.length).toBe(Math.ceil((septets.length * 7 + fillBits) / 8));
        expect([...unpackSeptets(octets, septets.length, fillBits)]).toEqual([...septets]);
      }),
    );
  });

  it('gives no more than the octets hold', () => {
    expect(unpackSeptets(Uint8Array.of(0xff), 9).length).toBe(1);
    expect(unpackSeptets(new Uint8Array(), 9, 6).length).toBe(0);
  });
});

describe('UCS-2', () => {
  it('is big-endian, with surrogate pairs', () => {
    expect(Buffer.from(ucs2Encode('A😀')).toString('hex')).toBe('0041d83dde00');
  });

  it('reads what it writes, also halves of characters', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { maxLength: 100 }), (units) => {
        const text = String.fromCharCode(...units);
        expect(ucs2Decode(ucs2Encode(text))).toBe(text);
      }),
    );
  });
});

describe('user data header', () => {
  it.each([
    [{ reference: 0xabcd, total: 3, index: 2 }, false, '050003cd0302'],
    [{ reference: 0xabcd, total: 3, index: 2 }, true, '060804abcd0302'],
  ])('writes %j (16 bits: %s)', (part, wide, hex) => {
    expect(Buffer.from(buildUdh(part, wide)).toString('hex')).toBe(hex);
  });

  it('reads what it writes, in front of anything', () => {
    const part = fc
      .tuple(fc.nat(0xffff), fc.integer({ min: 1, max: 255 }), fc.nat(254))
      .map(([reference, total, index]) => ({ reference, total, index: (index % total) + 1 }));
    fc.assert(
      fc.property(part, fc.uint8Array({ maxLength: 20 }), (concatenation, rest) => {
        const header = buildUdh(concatenation, true);
        const read = parseUdh(Uint8Array.of(...header, ...rest));
        expect(read?.concatenation).toEqual(concatenation);
        expect(read?.length).toBe(header.length);
      }),
    );
  });

  it('finds the parts among other elements', () => {
    const read = parseUdh(Buffer.from('0b05040b8423f00003010201ff', 'hex'));
    expect(read?.concatenation).toEqual({ reference: 1, total: 2, index: 1 });
    expect(read?.elements.map(({ id }) => id)).toEqual([5, 0]);
  });

  it.each(['0500030100', '0500040102030405', '', '03', '0500030102'])('takes %j for no header', (hex) => {
    expect(parseUdh(Buffer.from(hex, 'hex'))).toBeUndefined();
  });

  it.each(['050003010200', '050003010203', '050003010000'])('has no parts in %j', (hex) => {
    expect(parseUdh(Buffer.from(hex, 'hex'))?.concatenation).toBeUndefined();
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => void parseUdh(octets)));
  });

  it('refuses parts that cannot be', () => {
    expect(() => buildUdh({ reference: 1, total: 2, index: 3 })).toThrow(RangeError);
    expect(() => buildUdh({ reference: 70_000, total: 2, index: 1 })).toThrow(RangeError);
    expect(() => buildUdh({ reference: 1, total: 256, index: 1 })).toThrow(RangeError);
  });
});
