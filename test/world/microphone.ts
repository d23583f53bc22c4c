/** What a fake microphone hears: a WAV file with a known tone. */
import path from 'node:path';
import { tone, writeWav } from './audio.ts';
import { removeFolder, temporaryFolder } from './temporary.ts';

const RATE = 48_000;

export interface Microphone {
  readonly wavFile: string;
  remove(): Promise<void>;
}

/**
 * A tone that comes in beeps, 0.7 s of sound and 0.3 s of silence: the edges show when it arrives elsewhere. Chromium
 * plays the file again and again.
 * @param level peak, 0…1 of full scale
 */
export async function beepingMicrophone(hz: number, level = 0.4): Promise<Microphone> {
  const folder = await temporaryFolder('microphone');
  const wavFile = path.join(folder, 'beeps.wav');
  const second = new Int16Array(RATE);
  second.set(tone(hz, 700, level, RATE));
  writeWav(wavFile, second, RATE);
  return { wavFile, remove: () => removeFolder(folder) };
}
