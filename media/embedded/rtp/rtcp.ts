/** The RTCP we speak: compound packets of SR or RR with SDES CNAME out, SR, RR and BYE in (RFC 3550 §6). */

import { readUint32, writeUint32 } from './packet.ts';
import type { ReceptionReport } from './receive-stats.ts';

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const GOODBYE = 203;
/** Seconds from 1900 to 1970. */
const NTP_EPOCH_OFFSET = 2_208_988_800;

export interface SenderInfo {
  readonly wallClockMs: number;
  readonly rtpTimestamp: number;
  readonly packets: number;
  readonly octets: number;
}

/** What the other side's last sender report lets us echo, so that it can measure the round trip. */
export interface LastSenderReport {
  /** Middle 32 bits of its NTP timestamp. */
  readonly ntpMiddle: number;
  readonly receivedMs: number;
}

/** The middle 32 bits of the NTP time: units of 1/65536 s. */
export function ntpMiddle(wallClockMs: number): number {
  const seconds = Math.floor(wallClockMs / 1000) + NTP_EPOCH_OFFSET;
  const fraction = Math.floor(((wallClockMs % 1000) / 1000) * 0x10000);
  return (((seconds & 0xffff) << 16) | fraction) >>> 0;
}

/**
 * Writes a compound report into `out`: SR when we have sent, else RR, then SDES; `goodbye` adds a BYE.
 * @returns the length
 */
export function writeReport(
  out: Uint8Array,
  report: {
    readonly ssrc: number;
    readonly cname: string;
    readonly sender: SenderInfo | undefined;
    readonly reception: ReceptionReport | undefined;
    readonly lastSenderReport: LastSenderReport | undefined;
    readonly nowMs: number;
    readonly goodbye?: boolean;
  },
): number {
  const { ssrc, sender, reception } = report;
  out.fill(0, 0, 200);
  out[0] = 0x80 | (reception ? 1 : 0);
  out[1] = sender ? SENDER_REPORT : RECEIVER_REPORT;
  writeUint32(out, 4, ssrc);
  let at = 8;
  if (sender) {
    const seconds = Math.floor(sender.wallClockMs / 1000);
    writeUint32(out, 8, (seconds + NTP_EPOCH_OFFSET) >>> 0);
    writeUint32(out, 12, Math.floor(((sender.wallClockMs % 1000) / 1000) * 0x1_0000_0000) >>> 0);
    writeUint32(out, 16, sender.rtpTimestamp);
    writeUint32(out, 20, sender.packets);
    writeUint32(out, 24, sender.octets);
    at = 28;
  }
  if (reception) {
    writeUint32(out, at, reception.ssrc);
    writeUint32(out, at + 4, ((reception.fractionLost << 24) | reception.cumulativeLost) >>> 0);
    writeUint32(out, at + 8, reception.highestSequence);
    writeUint32(out, at + 12, reception.jitter);
    const last = report.lastSenderReport;
    if (last) {
      writeUint32(out, at + 16, last.ntpMiddle);
      writeUint32(out, at + 20, Math.round(((report.nowMs - last.receivedMs) * 65_536) / 1000) >>> 0);
    }
    at += 24;
  }
  putLength(out, 0, at);
  const descriptionAt = at;
  const name = Buffer.from(report.cname, 'latin1');
  out[at] = 0x81;
  out[at + 1] = SOURCE_DESCRIPTION;
  writeUint32(out, at + 4, ssrc);
  out[at + 8] = 1;
  out[at + 9] = name.length;
  out.set(name, at + 10);
  // The list of items ends with at least one null byte, on a 32-bit boundary.
  at = (at + 10 + name.length + 1 + 3) & ~3;
  putLength(out, descriptionAt, at);
  if (report.goodbye) {
    out[at] = 0x81;
    out[at + 1] = GOODBYE;
    writeUint32(out, at + 4, ssrc);
    putLength(out, at, at + 8);
    at += 8;
  }
  return at;
}

function putLength(out: Uint8Array, start: number, end: number): void {
  const words = (end - start) / 4 - 1;
  out[start + 2] = words >>> 8;
  out[start + 3] = words;
}

export interface RtcpReading {
  senderReport?: LastSenderReport;
  /** From a report block about our SSRC. */
  roundTripMs?: number;
  reception?: { readonly cumulativeLost: number; readonly jitter: number };
}

/** Reads a compound packet; what is malformed ends the reading, what is unknown is passed over. */
export function readRtcp(
  packet: Uint8Array,
  length: number,
  ourSsrc: number,
  nowMs: number,
  wallClockMs: number,
): RtcpReading {
  const reading: RtcpReading = {};
  for (let at = 0; at + 8 <= length; ) {
    if ((packet[at] as number) >> 6 !== 2) break;
    const type = packet[at + 1] as number;
    const end = at + ((((packet[at + 2] as number) << 8) | (packet[at + 3] as number)) + 1) * 4;
    if (end > length) break;
    let blocks = 0;
    if (type === SENDER_REPORT && end - at >= 28) {
      const middle = (((readUint32(packet, at + 8) & 0xffff) << 16) | (readUint32(packet, at + 12) >>> 16)) >>> 0;
      reading.senderReport = { ntpMiddle: middle, receivedMs: nowMs };
      blocks = at + 28;
    } else if (type === RECEIVER_REPORT) {
      blocks = at + 8;
    }
    for (let i = 0; blocks > 0 && i < ((packet[at] as number) & 0x1f); i++, blocks += 24) {
      if (blocks + 24 > end) break;
      if (readUint32(packet, blocks) !== ourSsrc) continue;
      reading.reception = receptionOf(packet, blocks);
      const roundTrip = roundTripOf(packet, blocks, wallClockMs);
      if (roundTrip !== undefined) reading.roundTripMs = roundTrip;
    }
    at = end;
  }
  return reading;
}

/** RFC 3550 §6.4.1: losses are 24 bits with a sign, below zero when packets came twice. */
function receptionOf(packet: Uint8Array, block: number): NonNullable<RtcpReading['reception']> {
  const lost = (readUint32(packet, block + 4) << 8) >> 8;
  return { cumulativeLost: Math.max(0, lost), jitter: readUint32(packet, block + 12) };
}

/** RFC 3550 §6.4.1: now − LSR − DLSR. */
function roundTripOf(packet: Uint8Array, block: number, wallClockMs: number): number | undefined {
  const last = readUint32(packet, block + 16);
  if (last === 0) return undefined;
  const units = (ntpMiddle(wallClockMs) - last - readUint32(packet, block + 20)) | 0;
  return units >= 0 && units < 65_536 * 30 ? (units * 1000) / 65_536 : undefined;
}
