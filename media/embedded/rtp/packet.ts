/** RTP headers (RFC 3550 §5.1), read into one reused object and written in place. */

import { rtpHeaderBytes } from '../srtp/srtp.ts';

export const RTP_HEADER_BYTES = 12;
/** The largest datagram that is relayed; G.711 at 40 ms has 332 bytes. */
export const MAX_PACKET_BYTES = 1500;
export const SAMPLES_PER_MS = 8;
/** One frame of 20 ms at 8000 Hz. */
export const FRAME_MS = 20;
export const FRAME_SAMPLES = 160;

export interface RtpFields {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
  payloadStart: number;
  payloadEnd: number;
}

export function createRtpFields(): RtpFields {
  return { payloadType: 0, marker: false, sequence: 0, timestamp: 0, ssrc: 0, payloadStart: 0, payloadEnd: 0 };
}

/** Reads a header; returns false when the packet is malformed or has no payload. */
export function readRtp(packet: Uint8Array, length: number, fields: RtpFields): boolean {
  const start = rtpHeaderBytes(packet, length);
  if (start < 0) return false;
  const padding = (packet[0] as number) & 0x20 ? (packet[length - 1] as number) : 0;
  if (start + padding >= length) return false;
  fields.payloadType = (packet[1] as number) & 0x7f;
  fields.marker = ((packet[1] as number) & 0x80) !== 0;
  fields.sequence = ((packet[2] as number) << 8) | (packet[3] as number);
  fields.timestamp = readUint32(packet, 4);
  fields.ssrc = readUint32(packet, 8);
  fields.payloadStart = start;
  fields.payloadEnd = length - padding;
  return true;
}

/** Writes a header without extension, CSRCs or padding. */
export function writeRtpHeader(
  packet: Uint8Array,
  payloadType: number,
  marker: boolean,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void {
  packet[0] = 0x80;
  packet[1] = (marker ? 0x80 : 0) | payloadType;
  packet[2] = sequence >>> 8;
  packet[3] = sequence;
  writeUint32(packet, 4, timestamp);
  writeUint32(packet, 8, ssrc);
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** RFC 5761 §4: with multiplexed RTCP the second byte tells them apart. */
export function isRtcp(packet: Uint8Array): boolean {
  const type = packet[1] as number;
  return type >= 192 && type <= 223;
}
