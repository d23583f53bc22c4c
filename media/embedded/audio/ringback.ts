/** Ringback tones, generated in G.711. */

import { type Ringback, ringbackOf } from '../../ringback-tones.ts';
import type { G711 } from '../../sdp/index.ts';
import { FRAME_SAMPLES } from '../rtp/packet.ts';
import { encodeSample } from './g711.ts';
import type { Player } from './player.ts';

const SAMPLE_RATE = 8000;
/** About −16 dBm0 for the sum of the frequencies. */
const LEVEL = 0.16;

const cycles = new Map<string, Uint8Array>();

function cycleOf(ringback: Ringback, codec: G711): Uint8Array {
  const key = `${codec} ${ringback.frequenciesHz} ${ringback.cadenceMs}`;
  let cycle = cycles.get(key);
  if (!cycle) {
    const amplitude = (LEVEL * 32_767) / ringback.frequenciesHz.length;
    const samples: number[] = [];
    ringback.cadenceMs.forEach((durationMs, part) => {
      for (let i = 0; i < (durationMs * SAMPLE_RATE) / 1000; i++) {
        let sum = 0;
        if (part % 2 === 0) {
          for (const hz of ringback.frequenciesHz) sum += Math.sin((2 * Math.PI * hz * samples.length) / SAMPLE_RATE);
        }
        samples.push(encodeSample(codec, Math.round(sum * amplitude)));
      }
    });
    cycle = Uint8Array.from(samples);
    cycles.set(key, cycle);
  }
  return cycle;
}

/** Plays a tone over and over. */
export class RingbackPlayer implements Player {
  readonly yields = true;
  readonly #cycle: Uint8Array;
  #position = 0;

  constructor(country: string | undefined, codec: G711) {
    this.#cycle = cycleOf(ringbackOf(country), codec);
  }

  /** Writes the next 20 ms into `out` at `offset`. */
  frame(out: Uint8Array, offset: number): true {
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      out[offset + i] = this.#cycle[this.#position] as number;
      this.#position = (this.#position + 1) % this.#cycle.length;
    }
    return true;
  }
  ended(): void {}
}
