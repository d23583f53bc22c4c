/** SRTP and SRTCP with AES_CM_128 and HMAC_SHA1 (RFC 3711), one object a direction, no allocation for a packet. */

import { HmacSha1 } from './hmac-sha1.ts';
import { deriveSessionKeys } from './keys.ts';
import { Keystream } from './keystream.ts';
import { ReplayWindow } from './replay-window.ts';

/** Master key and salt as DTLS exports them and SDES carries them. */
export interface MasterKey {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
  /** Bytes of the SRTP authentication tag: 10 (…_80) or 4 (…_32). SRTCP always has 10 (RFC 4568 §6.2.2, RFC 5764 §4.1.2). */
  readonly tagBytes: 10 | 4;
}

/** What `unprotect…` returns for a packet that cannot be the peer's, and for one of the peer's that came before. */
export const FORGED = -1;
export const REPLAYED = -2;

const SRTCP_TAG_BYTES = 10;
const SRTCP_INDEX_BYTES = 4;
/** A peer changes its SSRC at a transfer or a restart, not hundreds of times. */
const MAX_STREAMS = 32;
const mac = new Uint8Array(20);

/** Where the payload of an RTP packet begins: after the fixed header, the CSRCs and an extension; −1 when malformed. */
export function rtpHeaderBytes(packet: Uint8Array, length: number): number {
  if (length < 12 || (packet[0] as number) >> 6 !== 2) return -1;
  let bytes = 12 + ((packet[0] as number) & 0x0f) * 4;
  if ((packet[0] as number) & 0x10) {
    if (length < bytes + 4) return -1;
    bytes += 4 + (((packet[bytes + 2] as number) << 8) | (packet[bytes + 3] as number)) * 4;
  }
  return bytes <= length ? bytes : -1;
}

const readSsrc = (packet: Uint8Array, at: number): number =>
  (((packet[at] as number) << 24) |
    ((packet[at + 1] as number) << 16) |
    ((packet[at + 2] as number) << 8) |
    (packet[at + 3] as number)) >>>
  0;

/** What encrypts and what authenticates, with their session keys. */
interface Protection {
  readonly keystream: Keystream;
  readonly hmac: HmacSha1;
}

function protection({ key, salt }: MasterKey, kind: 'srtp' | 'srtcp'): Protection {
  const session = deriveSessionKeys(key, salt, kind);
  return { keystream: new Keystream(session.encryption, session.salt), hmac: new HmacSha1(session.authentication) };
}

export class SrtpSender {
  readonly #rtp: Protection;
  readonly #rtcp: Protection;
  readonly #tagBytes: number;
  readonly #sent = new Map<number, ReplayWindow>();
  #rtcpIndex = 0;

  constructor(master: MasterKey) {
    this.#rtp = protection(master, 'srtp');
    this.#rtcp = protection(master, 'srtcp');
    this.#tagBytes = master.tagBytes;
  }

  /**
   * Encrypts the RTP packet in `packet[0..length)` in place; the buffer has room for the tag behind it.
   * @returns the new length; −1 when the packet is malformed or its index was sent before (which would reuse keystream)
   */
  protectRtp(packet: Uint8Array, length: number): number {
    const header = rtpHeaderBytes(packet, length);
    if (header < 0 || length + this.#tagBytes > packet.length) return -1;
    const ssrc = readSsrc(packet, 8);
    const sent = streamOf(this.#sent, ssrc);
    const sequence = ((packet[2] as number) << 8) | (packet[3] as number);
    const index = estimateIndex(sent.highest, sequence);
    if (index < 0 || !sent.isFresh(index)) return -1;
    sent.accept(index);
    this.#rtp.keystream.apply(packet, header, length, ssrc, index);
    this.#rtp.hmac.sign(packet, length, Math.floor(index / 0x10000), mac);
    for (let i = 0; i < this.#tagBytes; i++) packet[length + i] = mac[i] as number;
    return length + this.#tagBytes;
  }

  /** Encrypts a compound RTCP packet in place; the buffer has 14 bytes of room. Returns the new length, −1 when malformed. */
  protectRtcp(packet: Uint8Array, length: number): number {
    if (length < 8 || length + SRTCP_INDEX_BYTES + SRTCP_TAG_BYTES > packet.length) return -1;
    const index = this.#rtcpIndex;
    this.#rtcpIndex = (index + 1) & 0x7fffffff;
    this.#rtcp.keystream.apply(packet, 8, length, readSsrc(packet, 4), index);
    const trailer = (0x80000000 | index) >>> 0;
    this.#rtcp.hmac.sign(packet, length, trailer, mac);
    packet[length] = trailer >>> 24;
    packet[length + 1] = trailer >>> 16;
    packet[length + 2] = trailer >>> 8;
    packet[length + 3] = trailer;
    for (let i = 0; i < SRTCP_TAG_BYTES; i++) packet[length + 4 + i] = mac[i] as number;
    return length + SRTCP_INDEX_BYTES + SRTCP_TAG_BYTES;
  }
}

export class SrtpReceiver {
  readonly #rtp: Protection;
  readonly #rtcp: Protection;
  readonly #tagBytes: number;
  readonly #received = new Map<number, ReplayWindow>();
  readonly #rtcpReceived = new Map<number, ReplayWindow>();

  constructor(master: MasterKey) {
    this.#rtp = protection(master, 'srtp');
    this.#rtcp = protection(master, 'srtcp');
    this.#tagBytes = master.tagBytes;
  }

  /** Checks and decrypts the SRTP packet in place. Returns the length of the RTP packet, FORGED (malformed, too) or REPLAYED. */
  unprotectRtp(packet: Uint8Array, length: number): number {
    const plain = length - this.#tagBytes;
    const header = rtpHeaderBytes(packet, plain);
    if (header < 0) return FORGED;
    const ssrc = readSsrc(packet, 8);
    const known = this.#received.get(ssrc);
    const sequence = ((packet[2] as number) << 8) | (packet[3] as number);
    const index = estimateIndex(known?.highest ?? -1, sequence);
    if (index < 0) return FORGED;
    if (known && !known.isFresh(index)) return REPLAYED;
    this.#rtp.hmac.sign(packet, plain, Math.floor(index / 0x10000), mac);
    if (!isTagEqual(packet, plain, this.#tagBytes)) return FORGED;
    (known ?? streamOf(this.#received, ssrc)).accept(index);
    this.#rtp.keystream.apply(packet, header, plain, ssrc, index);
    return plain;
  }

  /** Checks and decrypts the SRTCP packet in place. Returns the length of the RTCP packet, FORGED or REPLAYED. */
  unprotectRtcp(packet: Uint8Array, length: number): number {
    const plain = length - SRTCP_TAG_BYTES - SRTCP_INDEX_BYTES;
    if (plain < 8) return FORGED;
    const trailer = readSsrc(packet, plain);
    const index = trailer & 0x7fffffff;
    const ssrc = readSsrc(packet, 4);
    const known = this.#rtcpReceived.get(ssrc);
    if (known && !known.isFresh(index)) return REPLAYED;
    this.#rtcp.hmac.sign(packet, plain, trailer, mac);
    if (!isTagEqual(packet, plain + SRTCP_INDEX_BYTES, SRTCP_TAG_BYTES)) return FORGED;
    (known ?? streamOf(this.#rtcpReceived, ssrc)).accept(index);
    if (trailer >>> 31) this.#rtcp.keystream.apply(packet, 8, plain, ssrc, index);
    return plain;
  }
}

function isTagEqual(packet: Uint8Array, at: number, bytes: number): boolean {
  let difference = 0;
  for (let i = 0; i < bytes; i++) difference |= (packet[at + i] as number) ^ (mac[i] as number);
  return difference === 0;
}

function streamOf(streams: Map<number, ReplayWindow>, ssrc: number): ReplayWindow {
  let stream = streams.get(ssrc);
  if (!stream) {
    stream = new ReplayWindow();
    if (streams.size >= MAX_STREAMS) streams.delete(streams.keys().next().value as number);
    streams.set(ssrc, stream);
  }
  return stream;
}

/** RFC 3711 §3.3.1: the 48-bit index nearest to the highest one so far. */
function estimateIndex(highest: number, sequence: number): number {
  if (highest < 0) return sequence;
  const rollover = Math.floor(highest / 0x10000);
  const last = highest % 0x10000;
  if (last < 0x8000)
    return sequence - last > 0x8000 ? (rollover - 1) * 0x10000 + sequence : rollover * 0x10000 + sequence;
  return last - 0x8000 > sequence ? (rollover + 1) * 0x10000 + sequence : rollover * 0x10000 + sequence;
}
