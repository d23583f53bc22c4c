/** Writes the TPDUs of TS 23.040 §9.2.2. */
import type { Concatenation } from '../sms/index.ts';
import { writeAddress } from './address.ts';
import { writeTimestamp, writeValidity } from './time.ts';
import { writeUserData } from './user-data.ts';

/**
 * A text to the network (SMS-SUBMIT).
 * @throws TextCodecError when the text or the recipient does not fit
 */
export function serializeSubmit(of: {
  /** "+49…", or digits. */
  readonly recipient: string;
  /** 0 to 255. */
  readonly reference: number;
  readonly text: string;
  readonly part?: Concatenation;
  readonly wantsReport?: boolean;
  /** How long it may be tried, in ms; absent: as long as the network likes. */
  readonly validityMs?: number;
  readonly rejectDuplicates?: boolean;
}): Buffer {
  const { scheme, hasHeader, octets } = writeUserData(of.text, of.part);
  const first =
    0x01 |
    (of.rejectDuplicates === true ? 0x04 : 0) |
    (of.validityMs === undefined ? 0 : 0x10) |
    (of.wantsReport === true ? 0x20 : 0) |
    (hasHeader ? 0x40 : 0);
  const validity = of.validityMs === undefined ? [] : [writeValidity(of.validityMs)];
  return Buffer.from([first, of.reference & 0xff, ...address(of.recipient), 0, scheme, ...validity, ...octets]);
}

/**
 * A text to a telephone (SMS-DELIVER).
 * @throws TextCodecError when the text or the sender does not fit
 */
export function serializeDeliver(of: {
  /** "+49…", digits, or a name of up to 11 letters. */
  readonly sender: string;
  /** ms since 1970. */
  readonly sentAt: number;
  readonly text: string;
  readonly part?: Concatenation;
  readonly wantsReport?: boolean;
  readonly hasMore?: boolean;
}): Buffer {
  const { scheme, hasHeader, octets } = writeUserData(of.text, of.part);
  const first = (of.hasMore === true ? 0 : 0x04) | (of.wantsReport === true ? 0x20 : 0) | (hasHeader ? 0x40 : 0);
  return Buffer.from([first, ...address(of.sender), 0, scheme, ...writeTimestamp(of.sentAt), ...octets]);
}

/** What became of a text (SMS-STATUS-REPORT). */
export function serializeStatusReport(of: {
  readonly reference: number;
  readonly recipient: string;
  /** ms since 1970. */
  readonly sentAt: number;
  /** ms since 1970. */
  readonly dischargedAt: number;
  /** TS 23.040 §9.2.3.15: 0 received. */
  readonly status: number;
}): Buffer {
  const times = [...writeTimestamp(of.sentAt), ...writeTimestamp(of.dischargedAt)];
  return Buffer.from([0x06, of.reference & 0xff, ...address(of.recipient), ...times, of.status & 0xff]);
}

/**
 * What a telephone answers to a text (SMS-DELIVER-REPORT).
 * @param failureCause for RP-ERROR (TS 23.040 §9.2.3.22); absent: for RP-ACK
 */
export function serializeDeliverReport(failureCause?: number): Buffer {
  return Buffer.from(failureCause === undefined ? [0x00, 0x00] : [0x00, failureCause | 0x80, 0x00]);
}

/** What the network answers to a text (SMS-SUBMIT-REPORT), for RP-ACK. */
export function serializeSubmitReport(receivedAt: number): Buffer {
  return Buffer.from([0x01, 0x00, ...writeTimestamp(receivedAt)]);
}

function address(number: string): number[] {
  const { type, digits, value } = writeAddress(number);
  return [digits, type, ...value];
}
