import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { OncePlayer } from '../../../../media/embedded/audio/player.ts';
import { parseWav, toLaw } from '../../../../media/embedded/audio/wav.ts';
import { MediaError } from '../../../../media/index.ts';

/** A WAV file of one `fmt ` chunk and its data, as sox or ffmpeg write it. */
function wav(options: {
  format?: number;
  channels?: number;
  rate?: number;
  bits?: number;
  data: Buffer;
  extra?: Buffer;
}): Buffer {
  const { format = 1, channels = 1, rate = 8000, bits = 16, data, extra = Buffer.alloc(0) } = options;
  const header = Buffer.alloc(20 + 16);
  header.write('RIFF', 0);
  header.writeUInt32LE(28 + extra.length + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(format, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt16LE(bits, 34);
  const chunk = Buffer.alloc(8);
  chunk.write('data', 0);
  chunk.writeUInt32LE(data.length, 4);
  return Buffer.concat([header, extra, chunk, data]);
}

test.each([
  ['16-bit linear', { data: Buffer.from([0, 0, 0xff, 0x7f]) }, 'linear'],
  ['A-law', { format: 6, bits: 8, data: Buffer.from([0xd5]) }, 'PCMA'],
  [
    'µ-law behind another chunk of odd length',
    { format: 7, bits: 8, data: Buffer.from([0xff]), extra: Buffer.from('LIST\x03\0\0\0abc\0', 'latin1') },
    'PCMU',
  ],
] as const)('reads %s', (_name, options, encoding) => {
  expect(parseWav(wav(options), 'a.wav')).toEqual({ encoding, bytes: options.data });
});

test.each([
  ['two channels', wav({ channels: 2, data: Buffer.alloc(4) })],
  ['another rate', wav({ rate: 44_100, data: Buffer.alloc(4) })],
  ['24 bits', wav({ bits: 24, data: Buffer.alloc(3) })],
  ['MP3 inside', wav({ format: 85, data: Buffer.alloc(4) })],
  ['no data', wav({ data: Buffer.alloc(0) }).subarray(0, 36)],
  ['another file', Buffer.from('ID3 and so on')],
])('refuses %s in words', (_name, bytes) => {
  expect(() => parseWav(bytes, 'a.wav')).toThrow(expect.objectContaining({ code: 'not-supported' }));
});

test('a length that is too large, as of a file that was cut off, ends with the file', () => {
  const bytes = wav({ data: Buffer.alloc(10) });
  bytes.writeUInt32LE(0xffffffff, 40);
  expect(parseWav(bytes, 'a.wav').bytes).toHaveLength(10);
});

test('whatever a file has in it, it is read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const file = Buffer.concat([Buffer.from('RIFF0000WAVE', 'latin1'), bytes]);
      try {
        parseWav(file, 'a.wav');
      } catch (error) {
        expect(error).toBeInstanceOf(MediaError);
      }
    }),
  );
});

test('each encoding becomes the law that is spoken', () => {
  expect([...toLaw({ encoding: 'linear', bytes: Buffer.from([0, 0]) }, 'PCMU')]).toEqual([0xff]);
  expect([...toLaw({ encoding: 'PCMU', bytes: Buffer.from([0xff]) }, 'PCMU')]).toEqual([0xff]);
  expect([...toLaw({ encoding: 'PCMU', bytes: Buffer.from([0xff]) }, 'PCMA')]).toEqual([0xd5]);
});

test('the last frame is filled up with silence, and then there is no more', async () => {
  const player = new OncePlayer(new Uint8Array(170).fill(1), 0xff);
  const out = new Uint8Array(160);
  expect(player.frame(out, 0)).toBe(true);
  expect(player.frame(out, 0)).toBe(true);
  expect([...out.subarray(0, 12)]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0xff, 0xff]);
  expect(player.frame(out, 0)).toBe(false);
  player.ended();
  await player.done;
});
