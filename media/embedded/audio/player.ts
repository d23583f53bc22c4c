/** What a side sends of its own, frame by frame: tones and files. */

import { FRAME_SAMPLES } from '../rtp/packet.ts';

export interface Player {
  /** Gives way to audio of the other side; otherwise that is not heard meanwhile. */
  readonly yields: boolean;
  /** Writes the next 20 ms into `out` at `offset`; false when there is nothing any more. */
  frame(out: Uint8Array, offset: number): boolean;
  /** Told once, when it was played to its end or stopped. */
  ended(): void;
}

/** Plays a piece of G.711 once. */
export class OncePlayer implements Player {
  readonly yields = false;
  readonly done: Promise<void>;
  readonly #audio: Uint8Array;
  readonly #silence: number;
  #position = 0;
  #resolve: () => void = () => {};

  /** @param silence the byte that fills the last frame up */
  constructor(audio: Uint8Array, silence: number) {
    this.#audio = audio;
    this.#silence = silence;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  frame(out: Uint8Array, offset: number): boolean {
    if (this.#position >= this.#audio.length) return false;
    const part = this.#audio.subarray(this.#position, this.#position + FRAME_SAMPLES);
    out.fill(this.#silence, offset, offset + FRAME_SAMPLES);
    out.set(part, offset);
    this.#position += FRAME_SAMPLES;
    return true;
  }

  ended(): void {
    this.#resolve();
  }
}
