/** Numbers and names as 3GPP writes them (TS 23.040 §9.1.2.5, TS 24.011 §8.2.5.1). */
import { TextCodecError } from '../error.ts';
import { gsm7Decode, gsm7Encode, packSeptets, unpackSeptets } from '../sms/index.ts';

// TS 23.040 §9.1.2.3, and TS 24.008 table 10.5.118: what the codes above 9 mean.
const DIGITS = '0123456789*#abc';

const INTERNATIONAL = 0x91;
const UNKNOWN = 0x81;
const ALPHANUMERIC = 0xd0;

/** An address as octets: its type, and the digits or letters. `digits`: how many semi-octets of the value count. */
interface WrittenAddress {
  readonly type: number;
  readonly digits: number;
  readonly value: Uint8Array;
}

/**
 * @param address "+49301234567", "12345", "*100#", or letters such as "MyBank": up to 11 of the GSM alphabet
 * @throws TextCodecError when it is longer than an address can be
 */
export function writeAddress(address: string): WrittenAddress {
  const international = address.startsWith('+');
  const digits = international ? address.slice(1) : address;
  if (/^[0-9*#]{1,20}$/u.test(digits)) {
    return { type: international ? INTERNATIONAL : UNKNOWN, digits: digits.length, value: semiOctets(digits) };
  }
  const septets = gsm7Encode(address);
  if (septets === undefined || septets.length === 0 || septets.length > 11) {
    throw new TextCodecError('3gpp', 'an address is neither a number nor a name of up to 11 letters');
  }
  return { type: ALPHANUMERIC, digits: Math.ceil((septets.length * 7) / 4), value: packSeptets(septets) };
}

/**
 * @param digits how many semi-octets of the value count
 * @returns with a "+" where the type says international
 */
export function readAddress(type: number, digits: number, value: Uint8Array): string {
  const typeOfNumber = (type >> 4) & 0x07;
  // TS 23.040 §9.1.2.5: 101 is alphanumeric.
  if (typeOfNumber === 0b101) return gsm7Decode(unpackSeptets(value, Math.floor((digits * 4) / 7)));
  let text = typeOfNumber === 0b001 ? '+' : '';
  for (let i = 0; i < digits; i += 1) {
    const octet = value[i >> 1] ?? 0xff;
    const code = i % 2 === 0 ? octet & 0x0f : octet >> 4;
    if (code === 0x0f) break;
    text += DIGITS.charAt(code);
  }
  return text;
}

/** Digits with the first in the low half, the last half filled with ones. */
function semiOctets(digits: string): Uint8Array {
  return Uint8Array.from({ length: Math.ceil(digits.length / 2) }, (_, i) => {
    const low = DIGITS.indexOf(digits.charAt(2 * i));
    const high = 2 * i + 1 < digits.length ? DIGITS.indexOf(digits.charAt(2 * i + 1)) : 0x0f;
    return (high << 4) | low;
  });
}
