/** The timers of one call, by name. */
import type { TimerName } from './machine.ts';
import type { Clock } from './ports.ts';

export class Timers<Name extends string = TimerName> {
  readonly #clock: Clock;
  readonly #onTimer: (timer: Name) => void;
  readonly #running = new Map<Name, () => void>();

  constructor(clock: Clock, onTimer: (timer: Name) => void) {
    this.#clock = clock;
    this.#onTimer = onTimer;
  }

  /** Starts a timer; one of the same name starts anew. */
  set(timer: Name, afterMs: number): void {
    this.clear(timer);
    const cancel = this.#clock.after(afterMs, () => {
      this.#running.delete(timer);
      this.#onTimer(timer);
    });
    this.#running.set(timer, cancel);
  }

  clear(timer: Name): void {
    this.#running.get(timer)?.();
    this.#running.delete(timer);
  }

  clearAll(): void {
    for (const timer of [...this.#running.keys()]) this.clear(timer);
  }
}
