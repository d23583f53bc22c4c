/** Audio for tests: tones out, frequency and level in, G.711 and WAV. All samples are linear 16-bit at 8 kHz unless a rate is given. */

import { readFileSync, writeFileSync } from 'node:fs';
import { decodeSample, encodeSample } from '../../media/embedded/audio/g711.ts';

export type Law = 'PCMU' | 'PCMA';

export const SAMPLE_RATE = 8000;

/**
 * A sine tone.
 * @param frequencyHz one frequency, or several that sound together
 * @param level peak of the sum, 0…1 of full scale
 */
export function tone(
  frequencyHz: number | readonly number[],
  durationMs: number,
  level = 0.5,
  sampleRate = SAMPLE_RATE,
): Int16Array {
  const frequencies = typeof frequencyHz === 'number' ? [frequencyHz] : frequencyHz;
  const samples = new Int16Array(Math.round((durationMs * sampleRate) / 1000));
  const amplitude = (level * 32_767) / frequencies.length;
  for (let i = 0; i < samples.length; i++) {
    let sum = 0;
    for (const frequency of frequencies) sum += Math.sin((2 * Math.PI * frequency * i) / sampleRate);
    samples[i] = Math.round(amplitude * sum);
  }
  return samples;
}

export function encodeG711(samples: Int16Array, law: Law): Buffer {
  return Buffer.from(Array.from(samples, (sample) => encodeSample(law, sample)));
}

export function decodeG711(bytes: Uint8Array, law: Law): Int16Array {
  return Int16Array.from(bytes, (byte) => decodeSample(law, byte));
}

/** How loud one frequency is in the samples: the peak amplitude of that component, 0…1 of full scale (Goertzel). */
export function toneLevel(samples: Int16Array, frequencyHz: number, sampleRate = SAMPLE_RATE): number {
  if (samples.length === 0) return 0;
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / sampleRate);
  let previous = 0;
  let beforePrevious = 0;
  for (const sample of samples) {
    const current = sample / 32_768 + coefficient * previous - beforePrevious;
    beforePrevious = previous;
    previous = current;
  }
  const power = previous * previous + beforePrevious * beforePrevious - coefficient * previous * beforePrevious;
  return (2 * Math.sqrt(Math.max(0, power))) / samples.length;
}

/** The `length` samples with the most energy. */
export function loudestPart(samples: Int16Array, length: number): Int16Array {
  let best = samples.subarray(0, length);
  for (let at = 0; at + length <= samples.length; at += length / 3) {
    const part = samples.subarray(at, at + length);
    if (rms(part) > rms(best)) best = part;
  }
  return best;
}

/** Root mean square of the samples, 0…1 of full scale; a full-scale sine has 0.707. */
export function rms(samples: Int16Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += (sample / 32_768) ** 2;
  return Math.sqrt(sum / samples.length);
}

/**
 * The loudest frequency, by a Goertzel sweep.
 * @returns undefined when the samples are silent (below −50 dBFS) or too short (under 20 ms)
 */
export function dominantFrequency(
  samples: Int16Array,
  options: {
    readonly fromHz?: number;
    readonly toHz?: number;
    readonly stepHz?: number;
    readonly sampleRate?: number;
  } = {},
): { readonly hz: number; readonly level: number } | undefined {
  const { fromHz = 200, toHz = 3400, stepHz = 5, sampleRate = SAMPLE_RATE } = options;
  if (samples.length < sampleRate / 50 || rms(samples) < 0.003) return undefined;
  let best = { hz: 0, level: 0 };
  for (let hz = fromHz; hz <= toHz; hz += stepHz) {
    const level = toneLevel(samples, hz, sampleRate);
    if (level > best.level) best = { hz, level };
  }
  return best;
}

/** Writes a mono 16-bit WAV, as Chromium's `--use-file-for-fake-audio-capture` reads it. */
export function writeWav(path: string, samples: Int16Array, sampleRate = SAMPLE_RATE): void {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.length * 2, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length * 2, 40);
  writeFileSync(path, Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]));
}

/** Reads a 16-bit PCM WAV; of several channels the first. */
export function readWav(path: string): { readonly samples: Int16Array; readonly sampleRate: number } {
  const file = readFileSync(path);
  let channels = 1;
  let sampleRate = SAMPLE_RATE;
  for (let at = 12; at + 8 <= file.length; ) {
    const id = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    if (id === 'fmt ') {
      channels = file.readUInt16LE(at + 10);
      sampleRate = file.readUInt32LE(at + 12);
    } else if (id === 'data') {
      const frames = Math.floor(Math.min(size, file.length - at - 8) / (2 * channels));
      const samples = Int16Array.from({ length: frames }, (_, i) => file.readInt16LE(at + 8 + i * 2 * channels));
      return { samples, sampleRate };
    }
    at += 8 + size + (size % 2);
  }
  throw new Error(`${path} has no data chunk`);
}
