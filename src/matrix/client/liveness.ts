/** Signs of life: who waits to try again need not wait any longer once the homeserver has called. */
import { type Clock, pause } from '../clock.ts';

export class Liveness {
  readonly #waiting = new Set<AbortController>();

  /** The homeserver has called, so it is up. */
  heard(): void {
    for (const waiting of this.#waiting) waiting.abort();
    this.#waiting.clear();
  }

  /** Settles after `delayMs`, when the homeserver calls, or when the signal is aborted; not before `leastMs`. */
  async pause(clock: Clock, delayMs: number, leastMs: number, signal?: AbortSignal): Promise<void> {
    await pause(clock, Math.min(delayMs, leastMs), signal);
    if (delayMs <= leastMs || signal?.aborted) return;
    const woken = new AbortController();
    this.#waiting.add(woken);
    const either = signal === undefined ? woken.signal : AbortSignal.any([woken.signal, signal]);
    await pause(clock, delayMs - leastMs, either);
    this.#waiting.delete(woken);
  }
}
