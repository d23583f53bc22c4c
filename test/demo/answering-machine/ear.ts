/** Listens to incoming audio and tells frequency and level of each half second that is not silent. */
import { dominantFrequency, rms, SAMPLE_RATE } from '../../world/audio.ts';

const WINDOW = SAMPLE_RATE / 2;

/** Level of samples in dB below full scale. */
export function dbfs(samples: Int16Array): number {
  return 20 * Math.log10(Math.max(rms(samples), 1e-6));
}

/** Gives a function that takes samples as they come. */
export function createEar(onHeard: (hz: number, dbfs: number) => void): (samples: Int16Array) => void {
  const window = new Int16Array(WINDOW);
  let filled = 0;
  return (samples) => {
    for (const sample of samples) {
      window[filled++] = sample;
      if (filled < WINDOW) continue;
      filled = 0;
      const tone = dominantFrequency(window);
      if (tone !== undefined) onHeard(tone.hz, dbfs(window));
    }
  };
}
