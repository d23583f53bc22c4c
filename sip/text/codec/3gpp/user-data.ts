/** The text of an SMS with its header (TS 23.040 §9.2.3.24) and its data coding scheme (TS 23.038 §4). */
import { TextCodecError } from '../error.ts';
import {
  buildUdh,
  type Concatenation,
  gsm7Decode,
  gsm7Encode,
  nationalTables,
  packSeptets,
  parseUdh,
  type SmsAlphabet,
  smsAlphabet,
  ucs2Decode,
  ucs2Encode,
  unpackSeptets,
} from '../sms/index.ts';

/** What an SMS says. */
export interface SmsContent {
  /** Absent where it is 8-bit data or compressed: nothing that can be shown. */
  readonly text?: string;
  readonly part?: Concatenation;
}

const LONGEST_OCTETS = 140;

type Coding = SmsAlphabet | 'data';

/** TS 23.038 §4. Reserved codings count as the default alphabet, as it asks of receivers. */
export function codingOf(scheme: number): Coding {
  const group = scheme >> 4;
  if (group <= 0x7) {
    if ((scheme & 0x20) !== 0) return 'data';
    return (['gsm7', 'data', 'ucs2', 'gsm7'] as const)[(scheme >> 2) & 0x03] ?? 'gsm7';
  }
  // Message waiting, to be kept, in UCS-2.
  if (group === 0xe) return 'ucs2';
  return group === 0xf && (scheme & 0x04) !== 0 ? 'data' : 'gsm7';
}

/**
 * @param length as the user data length says: septets in the default alphabet, else octets
 * @throws TextCodecError when it is longer than the octets
 */
export function readUserData(octets: Uint8Array, length: number, scheme: number, hasHeader: boolean): SmsContent {
  const coding = codingOf(scheme);
  const octetLength = coding === 'gsm7' ? Math.ceil((length * 7) / 8) : length;
  if (octetLength > octets.length) throw new TextCodecError('3gpp', 'its text is shorter than it says');
  const data = octets.subarray(0, octetLength);
  // A header that cannot be read is text, as TS 23.040 §9.2.3.24 leaves it to the receiver: showing it loses nothing.
  const header = hasHeader ? parseUdh(data) : undefined;
  const part = header?.concatenation === undefined ? {} : { part: header.concatenation };
  const skip = header?.length ?? 0;
  switch (coding) {
    case 'gsm7': {
      const { septets, fillBits } = headerSeptets(skip);
      return {
        text: gsm7Decode(
          unpackSeptets(data.subarray(skip), Math.max(0, length - septets), fillBits),
          nationalTables(header?.elements ?? []),
        ),
        ...part,
      };
    }
    case 'ucs2':
      return { text: ucs2Decode(data.subarray(skip)), ...part };
    case 'data':
      return part;
    default: {
      const never: never = coding;
      throw new Error(`no coding ${never}`);
    }
  }
}

/**
 * @returns the data coding scheme, and the user data with its length in front
 * @throws TextCodecError when the text does not fit into one SMS
 */
export function writeUserData(
  text: string,
  part: Concatenation | undefined,
): { readonly scheme: number; readonly hasHeader: boolean; readonly octets: Uint8Array } {
  const header = part === undefined ? new Uint8Array() : buildUdh(part);
  const alphabet = smsAlphabet(text);
  const septets = alphabet === 'gsm7' ? gsm7Encode(text) : undefined;
  const { septets: headerLength, fillBits } = headerSeptets(header.length);
  const body = septets === undefined ? ucs2Encode(text) : packSeptets(septets, fillBits);
  const length = septets === undefined ? header.length + body.length : headerLength + septets.length;
  if (header.length + body.length > LONGEST_OCTETS)
    throw new TextCodecError('3gpp', 'the text does not fit into one SMS');
  return {
    scheme: septets === undefined ? 0x08 : 0x00,
    hasHeader: part !== undefined,
    octets: Uint8Array.of(length, ...header, ...body),
  };
}

/** How many septets a header takes, and how many bits are left of the last of them. */
function headerSeptets(octets: number): { readonly septets: number; readonly fillBits: number } {
  const septets = Math.ceil((octets * 8) / 7);
  return { septets, fillBits: septets * 7 - octets * 8 };
}
