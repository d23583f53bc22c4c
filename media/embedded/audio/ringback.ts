/** Ringback tones as subscribers know them (ITU-T E.180 supplement 2), generated in G.711. */

import type { G711 } from '../../sdp/index.ts';
import { FRAME_SAMPLES } from '../rtp/packet.ts';
import { encodeSample } from './g711.ts';
import type { Player } from './player.ts';

const SAMPLE_RATE = 8000;
/** About −16 dBm0 for the sum of the frequencies. */
const LEVEL = 0.16;

export interface Ringback {
  readonly frequenciesHz: readonly number[];
  /** Milliseconds on, off, on, off … */
  readonly cadenceMs: readonly number[];
}

const DEFAULT_RINGBACK: Ringback = { frequenciesHz: [425], cadenceMs: [1000, 4000] };
const NORTH_AMERICA: Ringback = { frequenciesHz: [440, 480], cadenceMs: [2000, 4000] };
const BRITISH: Ringback = { frequenciesHz: [400, 450], cadenceMs: [400, 200, 400, 2000] };

const BY_COUNTRY: Readonly<Record<string, Ringback>> = {
  at: { frequenciesHz: [420], cadenceMs: [1000, 5000] },
  au: BRITISH,
  ca: NORTH_AMERICA,
  es: { frequenciesHz: [425], cadenceMs: [1500, 3000] },
  fr: { frequenciesHz: [440], cadenceMs: [1500, 3500] },
  gb: BRITISH,
  ie: BRITISH,
  nz: BRITISH,
  se: { frequenciesHz: [425], cadenceMs: [1000, 5000] },
  us: NORTH_AMERICA,
};

/** The tone of a country (ISO 3166-1 alpha-2, any case); Europe's 425 Hz for all that is not listed. */
export function ringbackOf(country: string | undefined): Ringback {
  return BY_COUNTRY[(country ?? '').toLowerCase()] ?? DEFAULT_RINGBACK;
}

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
