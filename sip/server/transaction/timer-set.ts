import type { TimerName } from './timers.ts';

/** The running timers of one transaction. */
export class TimerSet {
  readonly #running = new Map<TimerName, NodeJS.Timeout>();
  readonly #fired: (timer: TimerName) => void;
  #closed = false;

  /** @param fired must not throw: nobody would catch it */
  constructor(fired: (timer: TimerName) => void) {
    this.#fired = fired;
  }

  /** No timer runs and none will. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Starts or restarts a timer. */
  start(timer: TimerName, ms: number): void {
    if (this.#closed) return;
    clearTimeout(this.#running.get(timer));
    this.#running.set(
      timer,
      setTimeout(() => {
        this.#running.delete(timer);
        this.#fired(timer);
      }, ms),
    );
  }

  stop(timer: TimerName): void {
    clearTimeout(this.#running.get(timer));
    this.#running.delete(timer);
  }

  clear(): void {
    this.#closed = true;
    for (const handle of this.#running.values()) clearTimeout(handle);
    this.#running.clear();
  }
}
