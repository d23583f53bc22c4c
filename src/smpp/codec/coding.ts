/** Text ⇄ octets and `data_coding` (SMPP 3.4 §5.2.19; 3GPP TS 23.038 §4 for the values of its own that GSM networks use). */
import {
  gsm7Decode,
  gsm7Encode,
  nationalTables,
  smsAlphabet,
  type UserDataHeader,
  ucs2Decode,
  ucs2Encode,
} from '../../message/index.ts';

/** What a service centre takes `data_coding` 0 for: "SMSC default alphabet", which the specification leaves to it. */
export type DefaultAlphabet = 'gsm7' | 'latin1';

export interface CodedText {
  readonly dataCoding: number;
  readonly octets: Uint8Array;
}

const LATIN_1 = 3;
const UCS_2 = 8;

/** Whether a text needs UCS-2 though GSM's alphabet has its characters: they are not in the service centre's. */
export function needsUcs2(text: string, alphabet: DefaultAlphabet): boolean {
  return smsAlphabet(text) === 'ucs2' || (alphabet === 'latin1' && !isLatin1(text));
}

/** In the default alphabet where it has every character, else in UCS-2. Septets go one an octet. */
export function encodeText(text: string, alphabet: DefaultAlphabet): CodedText {
  if (needsUcs2(text, alphabet)) return { dataCoding: UCS_2, octets: ucs2Encode(text) };
  if (alphabet === 'latin1') return { dataCoding: 0, octets: Buffer.from(text, 'latin1') };
  return { dataCoding: 0, octets: gsm7Encode(text) ?? new Uint8Array() };
}

/**
 * @param header of the same message: it may name tables of a language (3GPP TS 23.038 §6.2.1.2)
 * @returns undefined when these octets are not text, or in a character set that is not known
 */
export function decodeText(
  octets: Uint8Array,
  dataCoding: number,
  alphabet: DefaultAlphabet,
  header?: UserDataHeader,
): string | undefined {
  switch (charsetOf(dataCoding)) {
    case 'default':
      return alphabet === 'gsm7' ? gsm7Decode(octets, nationalTables(header?.elements ?? [])) : latin1(octets);
    case 'ascii':
    case 'latin1':
      return latin1(octets);
    case 'ucs2':
      return decodeUcs2(octets);
    case 'iso-8859-5':
    case 'iso-8859-8':
    case 'iso-2022-jp':
    case 'euc-jp':
    case 'euc-kr':
      return new TextDecoder(charsetOf(dataCoding)).decode(octets);
    case undefined:
      return undefined;
  }
}

type Charset =
  | 'default'
  | 'ascii'
  | 'latin1'
  | 'ucs2'
  | 'iso-8859-5'
  | 'iso-8859-8'
  | 'iso-2022-jp'
  | 'euc-jp'
  | 'euc-kr';

// SMPP 3.4 §5.2.19. 2 and 4 are octets without a meaning, 9 pictograms.
const CHARSETS: Readonly<Record<number, Charset>> = {
  0: 'default',
  1: 'ascii',
  [LATIN_1]: 'latin1',
  5: 'euc-jp',
  6: 'iso-8859-5',
  7: 'iso-8859-8',
  [UCS_2]: 'ucs2',
  10: 'iso-2022-jp',
  13: 'euc-jp',
  14: 'euc-kr',
};

function charsetOf(dataCoding: number): Charset | undefined {
  if (dataCoding < 0x10) return CHARSETS[dataCoding];
  // TS 23.038 §4, where SMPP reserves the value: general coding with a class, message waiting, class.
  const alphabet = (dataCoding >> 2) & 3;
  if (dataCoding < 0x40) return alphabet === 0 ? 'default' : alphabet === 2 ? 'ucs2' : undefined;
  if (dataCoding >= 0xc0 && dataCoding < 0xe0) return 'default';
  if (dataCoding >= 0xe0 && dataCoding < 0xf0) return 'ucs2';
  if (dataCoding >= 0xf0) return (dataCoding & 4) === 0 ? 'default' : undefined;
  return undefined;
}

/** Some telephones write a byte order mark, and a few mean it. */
function decodeUcs2(octets: Uint8Array): string {
  if (octets[0] === 0xff && octets[1] === 0xfe) return Buffer.from(octets.subarray(2)).toString('utf16le');
  const text = ucs2Decode(octets);
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

function latin1(octets: Uint8Array): string {
  return Buffer.from(octets).toString('latin1');
}

function isLatin1(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}
