/** The warning tone, generated in G.711. */

import type { G711 } from '../../sdp/index.ts';
import { warningTone } from '../../warning-tone.ts';
import { encodeSample, SILENCE } from './g711.ts';
import { OncePlayer } from './player.ts';

const SAMPLE_RATE = 8000;

const tones = new Map<G711, Uint8Array>();

function toneOf(codec: G711): Uint8Array {
  let tone = tones.get(codec);
  if (!tone) {
    const { frequencyHz, cadenceMs, level } = warningTone;
    const samples = cadenceMs.flatMap((durationMs, part) =>
      Array.from({ length: (durationMs * SAMPLE_RATE) / 1000 }, (_, i) =>
        part % 2 === 1 ? 0 : Math.round(level * 32_767 * Math.sin((2 * Math.PI * frequencyHz * i) / SAMPLE_RATE)),
      ),
    );
    tone = Uint8Array.from(samples, (sample) => encodeSample(codec, sample));
    tones.set(codec, tone);
  }
  return tone;
}

export const warningPlayer = (codec: G711): OncePlayer => new OncePlayer(toneOf(codec), SILENCE[codec]);
