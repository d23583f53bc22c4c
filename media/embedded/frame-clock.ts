/** One timer a thread for everything that sends frames of its own (ringback, digits); it stands still when nobody needs it. */

import { FRAME_MS } from './rtp/packet.ts';

/** After a stall no more than so many frames are made up for. */
const MAX_CATCH_UP = 5;

export type FrameListener = (nowMs: number) => void;

export class FrameClock {
  readonly #listeners = new Set<FrameListener>();
  #timer: NodeJS.Timeout | undefined;
  #nextMs = 0;

  /** Calls the listener every 20 ms until `remove`; frames that a busy thread missed follow at once. */
  add(listener: FrameListener): void {
    this.#listeners.add(listener);
    if (this.#timer) return;
    this.#nextMs = performance.now() + FRAME_MS;
    this.#timer = setInterval(() => this.#run(), FRAME_MS / 2);
  }

  remove(listener: FrameListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0 || !this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #run(): void {
    const nowMs = performance.now();
    if (nowMs - this.#nextMs > MAX_CATCH_UP * FRAME_MS) this.#nextMs = nowMs;
    while (nowMs >= this.#nextMs && this.#timer) {
      this.#nextMs += FRAME_MS;
      for (const listener of [...this.#listeners]) listener(nowMs);
    }
  }
}
