/**
 * PDUs ⇄ octets, by npm `smpp`: the only file that knows it (docs/decisions/smpp.md). The library knows the layout of every PDU
 * and TLV; what a field means is ours, and so is the connection.
 */
import smpp from 'smpp';
import type { Fields } from '../codec/fields.ts';

// Its filters turn octets into characters by tables of their own, and throw on dates that are none. Here fields stay as they came.
for (const filter of Object.values(smpp.filters)) filter.decode = (value) => value;

export interface Pdu {
  /** 'unknown' when it is none of SMPP 3.4 or 5.0. */
  readonly command: string;
  readonly isResponse: boolean;
  readonly status: number;
  readonly sequence: number;
  readonly fields: Fields;
}

/** Octets that are no PDU. */
export class PduError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PduError';
  }
}

const RESPONSE_BIT = 0x8000_0000;
export const HEADER_OCTETS = 16;

/**
 * @param octets one whole PDU
 * @throws PduError
 */
export function readPdu(octets: Buffer): Pdu {
  if (octets.length < HEADER_OCTETS || octets.readUInt32BE(0) !== octets.length) throw new PduError('it is cut off');
  try {
    const pdu = new smpp.PDU(octets);
    return {
      command: pdu.command,
      isResponse: pdu.command_id >= RESPONSE_BIT,
      status: pdu.command_status,
      sequence: pdu.sequence_number,
      fields: { ...pdu },
    };
  } catch (cause) {
    throw new PduError('its fields are longer than itself', { cause });
  }
}

/**
 * @param status of a response; with one that is not 0 no fields are written (SMPP 3.4 §4.4.2)
 * @throws PduError when a field does not fit
 */
export function writePdu(command: string, sequence: number, { status = 0, fields = {} }: PduBody = {}): Buffer {
  try {
    return new smpp.PDU(command, { ...fields, sequence_number: sequence, command_status: status }).toBuffer();
  } catch (cause) {
    throw new PduError(`a field does not fit into ${command}`, { cause });
  }
}

export interface PduBody {
  readonly status?: number;
  readonly fields?: Fields;
}

const NAMES = new Map(Object.entries(smpp.errors).map(([name, status]) => [status, name]));

/** The name of a command_status: "ESME_RTHROTTLED", else its number. */
export function statusName(status: number): string {
  return NAMES.get(status) ?? `command_status 0x${status.toString(16).padStart(8, '0')}`;
}
