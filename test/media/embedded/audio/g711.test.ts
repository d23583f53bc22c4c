import { expect, test } from 'vitest';
import {
  alawToLinear,
  convertLaw,
  linearToAlaw,
  linearToUlaw,
  SILENCE,
  ulawToLinear,
} from '../../../../media/embedded/audio/g711.ts';
import { decodeG711, dominantFrequency, encodeG711, tone } from '../../../world/audio.ts';

test('known code words of ITU-T G.711', () => {
  expect([0, 32_635, -32_635].map(linearToUlaw)).toEqual([0xff, 0x80, 0x00]);
  expect([0xff, 0x80, 0x00, 0xf0].map(ulawToLinear)).toEqual([0, 32_124, -32_124, 120]);
  expect([0, -1, 32_767, -32_768].map(linearToAlaw)).toEqual([0xd5, 0x55, 0xaa, 0x2a]);
  expect([0xd5, 0x55, 0xaa, 0x2a].map(alawToLinear)).toEqual([8, -8, 32_256, -32_256]);
});

test('every code word survives decoding and encoding', () => {
  for (let byte = 0; byte < 256; byte++) {
    expect(linearToAlaw(alawToLinear(byte))).toBe(byte);
    // µ-law has two zeros: 0x7f (minus zero) comes back as 0xff.
    expect(linearToUlaw(ulawToLinear(byte))).toBe(byte === 0x7f ? 0xff : byte);
  }
});

test('quantisation stays within half a step everywhere', () => {
  for (let sample = -32_000; sample <= 32_000; sample += 7) {
    const tolerance = Math.max(16, Math.abs(sample) / 16);
    expect(Math.abs(ulawToLinear(linearToUlaw(sample)) - sample)).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(alawToLinear(linearToAlaw(sample)) - sample)).toBeLessThanOrEqual(tolerance);
  }
});

test('a tone converted from one law to the other keeps its frequency and level', () => {
  const bytes = encodeG711(tone(1000, 200, 0.5), 'PCMU');
  convertLaw(bytes, 0, bytes.length, 'PCMA');
  const heard = dominantFrequency(decodeG711(bytes, 'PCMA'));
  expect(heard?.hz).toBe(1000);
  expect(heard?.level).toBeCloseTo(0.5, 1);
});

test('silence decodes to (almost) nothing', () => {
  expect(Math.abs(ulawToLinear(SILENCE.PCMU))).toBe(0);
  expect(Math.abs(alawToLinear(SILENCE.PCMA))).toBe(8);
});
