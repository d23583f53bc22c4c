/**
 * ITU-T G.711 as the gateway needs it: µ-law and A-law samples to and from 16-bit linear, and from one law to the other
 * by table. The relay never transcodes; the tables serve tones of our own and the rare call whose sides end up
 * on different laws after a re-INVITE.
 */

import type { G711 } from '../../sdp/index.ts';

const ULAW_BIAS = 0x84;
const ULAW_CLIP = 32_635;

/** One linear 16-bit sample to µ-law (G.711 table 2). */
export function linearToUlaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(sample < 0 ? -sample : sample, ULAW_CLIP) + ULAW_BIAS;
  const exponent = 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

/** One µ-law byte to linear 16-bit. */
export function ulawToLinear(byte: number): number {
  const inverted = ~byte & 0xff;
  const magnitude = ((((inverted & 0x0f) << 3) + ULAW_BIAS) << ((inverted >> 4) & 7)) - ULAW_BIAS;
  return inverted & 0x80 ? -magnitude : magnitude;
}

/** One linear 16-bit sample to A-law (G.711 table 1). */
export function linearToAlaw(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80;
  // 13-bit magnitude; negative values are one's complement, so that -1 falls into the lowest negative step.
  const magnitude = Math.min(sample < 0 ? ~sample : sample, 32_767) >> 3;
  const exponent = magnitude < 32 ? 0 : 27 - Math.clz32(magnitude);
  const mantissa = exponent < 2 ? (magnitude >> 1) & 0x0f : (magnitude >> exponent) & 0x0f;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

/** One A-law byte to linear 16-bit. */
export function alawToLinear(byte: number): number {
  const value = byte ^ 0x55;
  const exponent = (value >> 4) & 7;
  const step = ((value & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? step : (step + 0x100) << (exponent - 1);
  return value & 0x80 ? magnitude : -magnitude;
}

const ALAW_TO_ULAW = Uint8Array.from({ length: 256 }, (_, byte) => linearToUlaw(alawToLinear(byte)));
const ULAW_TO_ALAW = Uint8Array.from({ length: 256 }, (_, byte) => linearToAlaw(ulawToLinear(byte)));

/** The static RTP payload types of the two laws (RFC 3551 §6). */
export const STATIC_PAYLOAD_TYPE: Readonly<Record<G711, number>> = { PCMU: 0, PCMA: 8 };

/** The byte that is silence in a law. */
export const SILENCE: Readonly<Record<G711, number>> = { PCMU: 0xff, PCMA: 0xd5 };

/** One linear 16-bit sample in the law given. */
export function encodeSample(codec: G711, sample: number): number {
  return codec === 'PCMU' ? linearToUlaw(sample) : linearToAlaw(sample);
}

/** One byte of the law given as linear 16-bit sample. */
export function decodeSample(codec: G711, byte: number): number {
  return codec === 'PCMU' ? ulawToLinear(byte) : alawToLinear(byte);
}

/** Converts `bytes[start..end)` in place from one law to the other. */
export function convertLaw(bytes: Uint8Array, start: number, end: number, to: G711): void {
  const table = to === 'PCMU' ? ALAW_TO_ULAW : ULAW_TO_ALAW;
  for (let i = start; i < end; i++) bytes[i] = table[bytes[i] as number] as number;
}
