/** The transfer layer of SMS: SMS-SUBMIT, SMS-DELIVER, SMS-STATUS-REPORT and the reports (TS 23.040 §9.2.2). */
import { TextCodecError } from '../error.ts';
import { readAddress } from './address.ts';
import { OctetReader } from './octets.ts';
import type { Direction } from './rp.ts';
import { readTimestamp, readValidity } from './time.ts';
import { readUserData, type SmsContent } from './user-data.ts';

/** A text for a telephone. */
export interface Deliver extends SmsContent {
  readonly kind: 'deliver';
  /** "+49…", digits, or a name. */
  readonly sender: string;
  /** When the service centre had it: ms since 1970. */
  readonly sentAt?: number;
  /** Type 0: the telephone says that it has it, and shows nothing (§9.2.3.9). */
  readonly isProbe: boolean;
  /** The sender of the text wants a status report. */
  readonly wantsReport: boolean;
  /** More texts wait for this telephone. */
  readonly hasMore: boolean;
}

/** A text of a telephone. */
export interface Submit extends SmsContent {
  readonly kind: 'submit';
  readonly recipient: string;
  /** 0 to 255: status reports name it. */
  readonly reference: number;
  readonly wantsReport: boolean;
  /** How long it may be tried, in ms, where that is said so. */
  readonly validityMs?: number;
  /** Of two with the same reference, number and text, the second is not to be sent again (§9.2.3.25). */
  readonly rejectDuplicates: boolean;
  readonly isProbe: boolean;
}

/** What became of a text (§9.2.3.15). */
export interface StatusReport {
  readonly kind: 'status-report';
  readonly reference: number;
  readonly recipient: string;
  readonly sentAt?: number;
  readonly dischargedAt?: number;
  readonly state: 'delivered' | 'pending' | 'failed';
  readonly status: number;
}

/** The answer to a text, within RP-ACK or RP-ERROR. */
export interface Report {
  readonly kind: 'deliver-report' | 'submit-report';
  /** Why not (§9.2.3.22); absent in a good one. */
  readonly failureCause?: number;
}

export type Tpdu = Deliver | Submit | StatusReport | Report;

/**
 * Reads what RP-DATA carries.
 * @param direction decides what a type means (§9.2.3.1)
 * @throws TextCodecError
 */
export function parseTpdu(tpdu: Uint8Array, direction: Direction): Tpdu {
  const reader = new OctetReader(tpdu);
  const first = reader.octet('type');
  const type = first & 0x03;
  if (direction === 'to-mobile') {
    // §9.2.3.1: the reserved type counts as SMS-DELIVER at a telephone.
    if (type === 0 || type === 3) return deliver(reader, first);
    return type === 2 ? statusReport(reader, first) : report('submit-report', reader);
  }
  if (type === 1) return submit(reader, first);
  if (type === 0) return report('deliver-report', reader);
  throw new TextCodecError('3gpp', `a TPDU of type ${type} is not read`);
}

function deliver(reader: OctetReader, first: number): Deliver {
  const sender = addressOf(reader, "sender's number");
  const protocol = reader.octet('protocol');
  const scheme = reader.octet('data coding');
  const sentAt = readTimestamp(reader.octets(7, 'time'));
  return {
    kind: 'deliver',
    sender,
    ...(sentAt === undefined ? {} : { sentAt }),
    isProbe: isType0(protocol),
    wantsReport: (first & 0x20) !== 0,
    hasMore: (first & 0x04) === 0,
    ...contentOf(reader, scheme, first),
  };
}

function submit(reader: OctetReader, first: number): Submit {
  const reference = reader.octet('reference');
  const recipient = addressOf(reader, "recipient's number");
  const protocol = reader.octet('protocol');
  const scheme = reader.octet('data coding');
  // §9.2.3.3: none, enhanced, relative, absolute.
  const format = (first >> 3) & 0x03;
  const validity = reader.octets([0, 7, 1, 7][format] ?? 0, 'validity');
  const validityMs = format === 2 ? { validityMs: readValidity(validity[0] ?? 0) } : {};
  return {
    kind: 'submit',
    recipient,
    reference,
    wantsReport: (first & 0x20) !== 0,
    ...validityMs,
    rejectDuplicates: (first & 0x04) !== 0,
    isProbe: isType0(protocol),
    ...contentOf(reader, scheme, first),
  };
}

function statusReport(reader: OctetReader, _first: number): StatusReport {
  const reference = reader.octet('reference');
  const recipient = addressOf(reader, "recipient's number");
  const sentAt = readTimestamp(reader.octets(7, 'time'));
  const dischargedAt = readTimestamp(reader.octets(7, 'time'));
  const status = reader.octet('status');
  return {
    kind: 'status-report',
    reference,
    recipient,
    ...(sentAt === undefined ? {} : { sentAt }),
    ...(dischargedAt === undefined ? {} : { dischargedAt }),
    state: stateOf(status),
    status,
  };
}

/** In RP-ACK the parameter indicator comes first, in RP-ERROR the cause, which has its highest bit set (§9.2.3.22 and .27). */
function report(kind: Report['kind'], reader: OctetReader): Report {
  if (reader.left === 0) return { kind };
  const next = reader.octet('cause');
  return next >= 0x80 ? { kind, failureCause: next } : { kind };
}

/** §9.2.3.15: 0x00 to 0x1f done, 0x20 to 0x3f still trying, all else given up. */
function stateOf(status: number): StatusReport['state'] {
  if (status < 0x20) return 'delivered';
  return status < 0x40 ? 'pending' : 'failed';
}

function isType0(protocol: number): boolean {
  return protocol === 0x40;
}

function contentOf(reader: OctetReader, scheme: number, first: number): SmsContent {
  const length = reader.octet('length of the text');
  return readUserData(reader.rest(), length, scheme, (first & 0x40) !== 0);
}

/** §9.1.2.5: how many semi-octets there are, the type, and then they. */
function addressOf(reader: OctetReader, what: string): string {
  const digits = reader.octet(what);
  if (digits > 20 && digits > reader.left * 2) throw new TextCodecError('3gpp', `its ${what} is too long`);
  const type = reader.octet(what);
  return readAddress(type, digits, reader.octets(Math.ceil(digits / 2), what));
}
