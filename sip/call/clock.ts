/** Time as it is passed to everything that waits: tests pass one that does not. */
export interface Clock {
  /** Milliseconds; only differences mean something. */
  now(): number;
  /** Runs `run` after `ms`; the result cancels it, any number of times, also when it has run. */
  after(ms: number, run: () => void): () => void;
}

/** The system's clock. Its timers keep no process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
