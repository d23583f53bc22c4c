/**
 * HMAC-SHA1 (RFC 2104, FIPS 180-4) over a few hundred bytes, thousands of times a second with one key. `createHmac`
 * builds a native object for each packet, which costs ten times the hashing itself; this keeps the hashed pads of the key
 * and allocates nothing.
 */

import { createHash } from 'node:crypto';

const BLOCK = 64;
const schedule = new Int32Array(80);
const tail = new Uint8Array(2 * BLOCK);
const inner = new Int32Array(5);
const digestBlock = new Uint8Array(BLOCK);

export class HmacSha1 {
  readonly #innerPad: Int32Array;
  readonly #outerPad: Int32Array;

  constructor(key: Uint8Array) {
    const short = key.length > BLOCK ? createHash('sha1').update(key).digest() : key;
    const pad = new Uint8Array(BLOCK);
    pad.set(short);
    for (let i = 0; i < BLOCK; i++) pad[i] = (pad[i] as number) ^ 0x36;
    this.#innerPad = initialState();
    compress(this.#innerPad, pad, 0);
    for (let i = 0; i < BLOCK; i++) pad[i] = (pad[i] as number) ^ 0x36 ^ 0x5c;
    this.#outerPad = initialState();
    compress(this.#outerPad, pad, 0);
  }

  /**
   * The MAC of `data[0..length)` followed by the 32-bit `suffix`, into the first 20 bytes of `out`.
   * (RFC 3711 §4.2 authenticates the packet followed by the roll-over counter.)
   */
  sign(data: Uint8Array, length: number, suffix: number, out: Uint8Array): void {
    inner.set(this.#innerPad);
    const whole = length - (length % BLOCK);
    for (let at = 0; at < whole; at += BLOCK) compress(inner, data, at);

    let used = 0;
    for (let at = whole; at < length; at++) tail[used++] = data[at] as number;
    tail[used++] = suffix >>> 24;
    tail[used++] = suffix >>> 16;
    tail[used++] = suffix >>> 8;
    tail[used++] = suffix;
    tail[used++] = 0x80;
    const end = used + 8 <= BLOCK ? BLOCK : 2 * BLOCK;
    tail.fill(0, used, end - 4);
    putUint32(tail, end - 4, (BLOCK + length + 4) * 8);
    compress(inner, tail, 0);
    if (end > BLOCK) compress(inner, tail, BLOCK);

    for (let i = 0; i < 5; i++) putUint32(digestBlock, i * 4, inner[i] as number);
    digestBlock.fill(0, 20);
    digestBlock[20] = 0x80;
    putUint32(digestBlock, 60, (BLOCK + 20) * 8);
    inner.set(this.#outerPad);
    compress(inner, digestBlock, 0);
    for (let i = 0; i < 5; i++) putUint32(out, i * 4, inner[i] as number);
  }
}

function initialState(): Int32Array {
  return Int32Array.of(0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0);
}

function putUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** FIPS 180-4 §6.1.2, one 64-byte block. */
function compress(state: Int32Array, block: Uint8Array, offset: number): void {
  const w = schedule;
  for (let i = 0; i < 16; i++) {
    const at = offset + i * 4;
    w[i] =
      ((block[at] as number) << 24) |
      ((block[at + 1] as number) << 16) |
      ((block[at + 2] as number) << 8) |
      (block[at + 3] as number);
  }
  for (let i = 16; i < 80; i++) {
    const x = (w[i - 3] as number) ^ (w[i - 8] as number) ^ (w[i - 14] as number) ^ (w[i - 16] as number);
    w[i] = (x << 1) | (x >>> 31);
  }
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let next = 0;
  let i = 0;
  for (; i < 20; i++) {
    next = (((a << 5) | (a >>> 27)) + ((b & c) | (~b & d)) + e + (w[i] as number) + 0x5a827999) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (; i < 40; i++) {
    next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + (w[i] as number) + 0x6ed9eba1) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (; i < 60; i++) {
    next = (((a << 5) | (a >>> 27)) + ((b & c) | (b & d) | (c & d)) + e + (w[i] as number) + 0x8f1bbcdc) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (; i < 80; i++) {
    next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + (w[i] as number) + 0xca62c1d6) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  state[0] = ((state[0] as number) + a) | 0;
  state[1] = ((state[1] as number) + b) | 0;
  state[2] = ((state[2] as number) + c) | 0;
  state[3] = ((state[3] as number) + d) | 0;
  state[4] = ((state[4] as number) + e) | 0;
}
