/** The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038 §6.2.1). */
import { type NationalTables, nationalCharacter, nationalExtension } from './national.ts';

// TS 23.038 §6.2.1: row by row of the low four bits, 0x00 to 0x7f. 0x1b is the escape to the extension table.
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ' +
  ' !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§' +
  '¿abcdefghijklmnopqrstuvwxyzäöñüà';

// TS 23.038 §6.2.1.1. 0x0a is a page break there, which telephones show as a line feed.
const EXTENSION: ReadonlyMap<number, string> = new Map([
  [0x0a, '\f'],
  [0x14, '^'],
  [0x28, '{'],
  [0x29, '}'],
  [0x2f, '\\'],
  [0x3c, '['],
  [0x3d, '~'],
  [0x3e, ']'],
  [0x40, '|'],
  [0x65, '€'],
]);

const ESCAPE = 0x1b;

const basicCodes: ReadonlyMap<string, number> = new Map(
  [...BASIC].flatMap((character, code): [string, number][] => (code === ESCAPE ? [] : [[character, code]])),
);
const extensionCodes: ReadonlyMap<string, number> = new Map(
  [...EXTENSION].map(([code, character]) => [character, code]),
);

/** Septets of one character: 1, 2 for one of the extension table, 0 when the alphabet does not have it. */
export function gsm7Septets(character: string): 0 | 1 | 2 {
  if (basicCodes.has(character)) return 1;
  return extensionCodes.has(character) ? 2 : 0;
}

/** Whether the alphabet has every character of a text. */
export function isGsm7(text: string): boolean {
  for (const character of text) if (gsm7Septets(character) === 0) return false;
  return true;
}

/**
 * One septet an octet; characters of the extension table are two: 1B and their code.
 * @returns undefined when the alphabet lacks a character
 */
export function gsm7Encode(text: string): Uint8Array | undefined {
  const septets: number[] = [];
  for (const character of text) {
    const basic = basicCodes.get(character);
    const extension = extensionCodes.get(character);
    if (basic !== undefined) septets.push(basic);
    else if (extension !== undefined) septets.push(ESCAPE, extension);
    else return undefined;
  }
  return Uint8Array.from(septets);
}

/**
 * The text of septets, one an octet; the highest bit is not looked at. An escape with a code that the extension table does not
 * have shows the character of the basic table, and a lone escape at the end a space, as TS 23.038 §6.2.1.1 asks of receivers.
 * @param tables those of a language, which the user data header names
 */
export function gsm7Decode(septets: Uint8Array, { alphabet, extension }: NationalTables = {}): string {
  const basic = (code: number) => nationalCharacter(alphabet, code) ?? BASIC.charAt(code);
  let text = '';
  for (let i = 0; i < septets.length; i += 1) {
    const code = at(septets, i) & 0x7f;
    if (code !== ESCAPE) {
      text += basic(code);
      continue;
    }
    i += 1;
    if (i >= septets.length) return `${text} `;
    const next = at(septets, i) & 0x7f;
    text += next === ESCAPE ? ' ' : (nationalExtension(extension, next) ?? EXTENSION.get(next) ?? basic(next));
  }
  return text;
}

/**
 * Septets into octets, the first in the lowest bits (TS 23.038 §6.1.2.1).
 * @param fillBits 0 to 6 zero bits in front: after a user data header the text begins at a septet's boundary (TS 23.040 §9.2.3.24)
 */
export function packSeptets(septets: Uint8Array, fillBits = 0): Uint8Array {
  const octets = new Uint8Array(Math.ceil((septets.length * 7 + fillBits) / 8));
  septets.forEach((septet, i) => {
    const bit = i * 7 + fillBits;
    const spread = (septet & 0x7f) << (bit & 7);
    const octet = bit >> 3;
    octets[octet] = at(octets, octet) | (spread & 0xff);
    if (spread > 0xff) octets[octet + 1] = spread >> 8;
  });
  return octets;
}

/**
 * The opposite of `packSeptets`.
 * @param count how many septets there are; fewer come back when the octets do not hold as many
 */
export function unpackSeptets(octets: Uint8Array, count: number, fillBits = 0): Uint8Array {
  const held = Math.max(0, Math.min(count, Math.floor((octets.length * 8 - fillBits) / 7)));
  return Uint8Array.from({ length: held }, (_, i) => {
    const bit = i * 7 + fillBits;
    const octet = bit >> 3;
    return ((at(octets, octet) | (at(octets, octet + 1) << 8)) >> (bit & 7)) & 0x7f;
  });
}

function at(octets: Uint8Array, index: number): number {
  return octets[index] ?? 0;
}
