/** WAV files as the embedded engine plays them: 8000 Hz mono in 16-bit linear, A-law or µ-law. */

import { readFile, stat } from 'node:fs/promises';
import { MediaError } from '../../engine.ts';
import type { G711 } from '../../sdp/index.ts';
import { convertLaw, encodeSample } from './g711.ts';

/** Ten minutes of 16-bit audio; a prompt is read as a whole. */
const MAX_BYTES = 10_000_000;
const FORMATS: Readonly<Record<number, 'linear' | G711>> = { 1: 'linear', 6: 'PCMA', 7: 'PCMU' };

/** The samples of a WAV file, still as the file has them. */
export interface WavAudio {
  readonly encoding: 'linear' | G711;
  readonly bytes: Buffer;
}

/**
 * Reads a WAV file.
 * @throws MediaError `not-supported` when it cannot be read, or has a rate, channels or an encoding that would need a converter
 */
export async function readWav(file: string): Promise<WavAudio> {
  let bytes: Buffer;
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw new MediaError('not-supported', `${file} has ${size} bytes, the limit is ${MAX_BYTES}`);
    bytes = await readFile(file);
  } catch (cause) {
    if (cause instanceof MediaError) throw cause;
    throw new MediaError('not-supported', `${file} cannot be read`, { cause });
  }
  return parseWav(bytes, file);
}

/** @throws MediaError `not-supported` */
export function parseWav(bytes: Buffer, name: string): WavAudio {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') {
    throw new MediaError('not-supported', `${name} is not a WAV file`);
  }
  let encoding: WavAudio['encoding'] | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const chunk = bytes.toString('latin1', at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    const start = at + 8;
    if (chunk === 'fmt ' && start + 16 <= bytes.length) encoding = readFormat(bytes, start, name);
    // A writer that was cut off, or streamed, leaves a length that is too large.
    if (chunk === 'data' && encoding) {
      return { encoding, bytes: bytes.subarray(start, Math.min(start + length, bytes.length)) };
    }
    // Chunks begin at even offsets.
    at = start + length + (length & 1);
  }
  throw new MediaError('not-supported', `${name} has no audio in it`);
}

function readFormat(bytes: Buffer, at: number, name: string): WavAudio['encoding'] {
  const encoding = FORMATS[bytes.readUInt16LE(at)];
  const channels = bytes.readUInt16LE(at + 2);
  const rate = bytes.readUInt32LE(at + 4);
  const bits = bytes.readUInt16LE(at + 14);
  if (!encoding || channels !== 1 || rate !== 8000 || bits !== (encoding === 'linear' ? 16 : 8)) {
    throw new MediaError(
      'not-supported',
      `${name} has ${channels} channels of ${bits} bits at ${rate} Hz; wanted is mono at 8000 Hz, 16-bit linear, A-law or µ-law`,
    );
  }
  return encoding;
}

/** The audio in a law, one byte a sample. */
export function toLaw({ encoding, bytes }: WavAudio, law: G711): Uint8Array {
  if (encoding === law) return bytes;
  if (encoding === 'linear') {
    return Uint8Array.from({ length: bytes.length >> 1 }, (_, i) => encodeSample(law, bytes.readInt16LE(2 * i)));
  }
  const converted = new Uint8Array(bytes);
  convertLaw(converted, 0, converted.length, law);
  return converted;
}
