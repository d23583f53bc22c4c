/** Tones as FreeSWITCH's tone_stream takes them. */

import { type Ringback, ringbackOf } from '../ringback-tones.ts';
import { warningTone } from '../warning-tone.ts';

/** In dB, as tone_stream counts; as loud as the embedded engine's tones. */
const VOLUME = -3;
const WARNING_VOLUME = -6;

/** A ringback tone of a country, over and over. */
export function ringbackStream(country: string | undefined): string {
  return toneStream(ringbackOf(country));
}

/** Once. */
export function warningStream(): string {
  const { frequencyHz, cadenceMs } = warningTone;
  const [first, pause, second] = cadenceMs;
  return `tone_stream://v=${WARNING_VOLUME};%(${first},${pause},${frequencyHz});%(${second},0,${frequencyHz});loops=1`;
}

export function toneStream({ frequenciesHz, cadenceMs }: Ringback): string {
  const parts: string[] = [];
  for (let i = 0; i < cadenceMs.length; i += 2) {
    parts.push(`%(${cadenceMs[i]},${cadenceMs[i + 1] ?? 0},${frequenciesHz.join(',')})`);
  }
  return `tone_stream://v=${VOLUME};${parts.join(';')};loops=-1`;
}
