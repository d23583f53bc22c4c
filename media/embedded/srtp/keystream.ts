/**
 * The AES counter-mode keystream of SRTP (RFC 3711 §4.1.1), computed ahead: packets of one stream come with
 * consecutive indices, so one native call encrypts the counter blocks of the next eight packets. A cipher object for each
 * packet would cost more than the relay of the packet.
 */

import { type Cipheriv, createCipheriv } from 'node:crypto';

const BLOCK = 16;
const PACKETS_AHEAD = 8;
/** Twenty milliseconds of G.711. */
const DEFAULT_BLOCKS = 10;

export class Keystream {
  readonly #cipher: Cipheriv;
  readonly #salt: Uint8Array;
  #counters = Buffer.alloc(0);
  #stream: Uint8Array = new Uint8Array(0);
  #blocks = DEFAULT_BLOCKS;
  #ssrc = -1;
  #base = -1;

  /** @param key 16 bytes; @param salt 14 bytes (session key and salt) */
  constructor(key: Uint8Array, salt: Uint8Array) {
    this.#cipher = createCipheriv('aes-128-ecb', key, null);
    this.#cipher.setAutoPadding(false);
    this.#salt = salt;
  }

  /**
   * Encrypts or decrypts `data[start..end)` in place.
   * @param index the 48-bit packet index (SRTP), or the 31-bit SRTCP index
   */
  apply(data: Uint8Array, start: number, end: number, ssrc: number, index: number): void {
    const blocks = (end - start + BLOCK - 1) >> 4;
    const ahead = index - this.#base;
    let stream = this.#stream;
    let at: number;
    if (ssrc === this.#ssrc && ahead >= 0 && ahead < PACKETS_AHEAD && blocks <= this.#blocks) {
      at = ahead * this.#blocks * BLOCK;
    } else if (ssrc === this.#ssrc && ahead < 0) {
      // Late: not worth throwing the next packets' keystream away.
      stream = this.#generate(ssrc, index, 1, blocks);
      at = 0;
    } else {
      this.#blocks = Math.max(DEFAULT_BLOCKS, blocks);
      this.#ssrc = ssrc;
      this.#base = index;
      this.#stream = this.#generate(ssrc, index, PACKETS_AHEAD, this.#blocks);
      stream = this.#stream;
      at = 0;
    }
    for (let i = start; i < end; i++) data[i] = (data[i] as number) ^ (stream[at++] as number);
  }

  /** IV = (salt · 2^16) XOR (SSRC · 2^64) XOR (index · 2^16), then a 16-bit block counter. */
  #generate(ssrc: number, firstIndex: number, packets: number, blocks: number): Uint8Array {
    const length = packets * blocks * BLOCK;
    if (this.#counters.length < length) this.#counters = Buffer.alloc(length);
    const counters = this.#counters;
    const salt = this.#salt;
    let at = 0;
    for (let packet = 0; packet < packets; packet++) {
      const index = firstIndex + packet;
      const indexHigh = Math.floor(index / 0x1_0000_0000);
      const indexLow = index >>> 0;
      const first = at;
      for (let i = 0; i < 14; i++) counters[first + i] = salt[i] as number;
      xorUint32(counters, first + 4, ssrc);
      counters[first + 8] = (counters[first + 8] as number) ^ (indexHigh >>> 8);
      counters[first + 9] = (counters[first + 9] as number) ^ indexHigh;
      xorUint32(counters, first + 10, indexLow);
      counters[first + 14] = 0;
      counters[first + 15] = 0;
      at += BLOCK;
      for (let block = 1; block < blocks; block++) {
        counters.copyWithin(at, first, first + 14);
        counters[at + 14] = block >>> 8;
        counters[at + 15] = block;
        at += BLOCK;
      }
    }
    return this.#cipher.update(counters.subarray(0, length));
  }
}

function xorUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = (bytes[at] as number) ^ (value >>> 24);
  bytes[at + 1] = (bytes[at + 1] as number) ^ ((value >>> 16) & 0xff);
  bytes[at + 2] = (bytes[at + 2] as number) ^ ((value >>> 8) & 0xff);
  bytes[at + 3] = (bytes[at + 3] as number) ^ (value & 0xff);
}
