/** Presses keys one after another, as somebody would who dials an extension when the call is answered. */
import type { Clock } from './ports.ts';

const pauseMs = 2_000;
/** Long enough for any receiver (RFC 4733 §2.5.2.1 asks for 40), with a silence of the same length behind it. */
const keyMs = 120;
const gapMs = 120;

export class Keys {
  readonly #clock: Clock;
  readonly #press: (digit: string, durationMs: number) => void;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, press: (digit: string, durationMs: number) => void) {
    this.#clock = clock;
    this.#press = press;
  }

  /** `,` is a pause; keys that are still waiting are given up. */
  press(keys: string): void {
    this.stop();
    this.#next(keys);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #next(keys: string): void {
    const key = keys[0];
    if (key === undefined) return;
    if (key !== ',') this.#press(key, keyMs);
    this.#cancel = this.#clock.after(key === ',' ? pauseMs : keyMs + gapMs, () => this.#next(keys.slice(1)));
  }
}
