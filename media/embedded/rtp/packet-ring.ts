/**
 * Buffers for packets on their way out. A ring, because the kernel may take a packet a moment later than `send` returns when
 * its buffer is full; nothing is allocated for a packet.
 */

import { MAX_PACKET_BYTES, RTP_HEADER_BYTES, type RtpFields } from './packet.ts';

const SLOTS = 256;
/** With room for an authentication tag behind the packet. */
const SLOT_BYTES = MAX_PACKET_BYTES + 64;
const ring = Array.from({ length: SLOTS }, () => Buffer.allocUnsafeSlow(SLOT_BYTES));
let position = 0;

/** The next buffer; the caller's until 255 more have been taken. */
export function nextBuffer(): Buffer {
  position = (position + 1) % SLOTS;
  return ring[position] as Buffer;
}

/** Copies a payload behind the place of a plain header; returns the length of the packet. */
export function copyPayload(packet: Uint8Array, from: RtpFields, to: Buffer): number {
  const bytes = from.payloadEnd - from.payloadStart;
  for (let i = 0; i < bytes; i++) to[RTP_HEADER_BYTES + i] = packet[from.payloadStart + i] as number;
  return RTP_HEADER_BYTES + bytes;
}
