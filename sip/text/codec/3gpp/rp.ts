/** The relay layer of SMS, as SIP carries it in application/vnd.3gpp.sms (TS 24.341; TS 24.011 §7.3 and §8.2). */
import { TextCodecError } from '../error.ts';
import { readAddress, writeAddress } from './address.ts';
import { OctetReader } from './octets.ts';

/** `to-mobile`: from the network to a telephone. */
export type Direction = 'to-mobile' | 'to-network';

export type Rp =
  | {
      readonly kind: 'data';
      readonly direction: Direction;
      /** 0 to 255: the answer has the same. */
      readonly reference: number;
      /** The service centre, to a mobile. */
      readonly originator?: string;
      /** The service centre, to the network. */
      readonly destination?: string;
      readonly tpdu: Buffer;
    }
  | { readonly kind: 'ack'; readonly direction: Direction; readonly reference: number; readonly tpdu?: Buffer }
  | {
      readonly kind: 'error';
      readonly direction: Direction;
      readonly reference: number;
      /** TS 24.011 table 8.4: 1 unassigned number, 22 memory full, 27 out of order, 41 temporary failure … */
      readonly cause: number;
      readonly tpdu?: Buffer;
    }
  /** The telephone has room again. */
  | { readonly kind: 'memory-available'; readonly direction: 'to-network'; readonly reference: number };

const USER_DATA = 0x41;
/** TS 24.011 §8.2.5.3: what RP-User-Data holds at most. */
const LONGEST_TPDU = 233;

/** @throws TextCodecError */
export function parseRp(body: Buffer): Rp {
  const reader = new OctetReader(body);
  const type = reader.octet('type') & 0x07;
  const reference = reader.octet('reference');
  // TS 24.011 table 8.3: the lowest bit says who sends it.
  const direction: Direction = (type & 1) === 0 ? 'to-network' : 'to-mobile';
  switch (type >> 1) {
    case 0: {
      const originator = addressOf(reader, 'originator');
      const destination = addressOf(reader, 'destination');
      const tpdu = Buffer.from(reader.octets(reader.octet('length'), 'user data'));
      return {
        kind: 'data',
        direction,
        reference,
        ...(originator === undefined ? {} : { originator }),
        ...(destination === undefined ? {} : { destination }),
        tpdu,
      };
    }
    case 1:
      return { kind: 'ack', direction, reference, ...userData(reader) };
    case 2: {
      const cause = reader.octets(reader.octet('length of the cause'), 'cause')[0];
      if (cause === undefined) throw new TextCodecError('3gpp', 'an RP-ERROR has no cause');
      return { kind: 'error', direction, reference, cause: cause & 0x7f, ...userData(reader) };
    }
    default:
      if (direction === 'to-network') return { kind: 'memory-available', direction, reference };
      throw new TextCodecError('3gpp', `there is no RP message of type ${type}`);
  }
}

/** @throws TextCodecError when an address or the TPDU is too long */
export function serializeRp(rp: Rp): Buffer {
  const bit = rp.direction === 'to-mobile' ? 1 : 0;
  switch (rp.kind) {
    case 'data':
      return Buffer.from([
        bit,
        rp.reference,
        ...address(rp.originator),
        ...address(rp.destination),
        ...tpduOf(rp.tpdu),
      ]);
    case 'ack':
      return Buffer.from([2 | bit, rp.reference, ...optionalTpdu(rp.tpdu)]);
    case 'error':
      return Buffer.from([4 | bit, rp.reference, 1, rp.cause, ...optionalTpdu(rp.tpdu)]);
    case 'memory-available':
      return Buffer.from([6, rp.reference]);
    default: {
      const never: never = rp;
      throw new Error(`no RP message ${JSON.stringify(never)}`);
    }
  }
}

/** TS 24.011 §8.2.5.1: its length in octets, the type, the digits. */
function addressOf(reader: OctetReader, what: string): string | undefined {
  const length = reader.octet(`${what}'s length`);
  if (length === 0) return undefined;
  const [type = 0, ...value] = reader.octets(length, what);
  return readAddress(type, value.length * 2, Uint8Array.from(value));
}

function address(number: string | undefined): number[] {
  if (number === undefined) return [0];
  const { type, value } = writeAddress(number);
  return [value.length + 1, type, ...value];
}

function userData(reader: OctetReader): { tpdu?: Buffer } {
  if (reader.left === 0 || reader.octet('element') !== USER_DATA) return {};
  return { tpdu: Buffer.from(reader.octets(reader.octet('length'), 'user data')) };
}

function tpduOf(tpdu: Buffer): number[] {
  if (tpdu.length > LONGEST_TPDU) throw new TextCodecError('3gpp', 'a TPDU is too long');
  return [tpdu.length, ...tpdu];
}

function optionalTpdu(tpdu: Buffer | undefined): number[] {
  return tpdu === undefined ? [] : [USER_DATA, ...tpduOf(tpdu)];
}
