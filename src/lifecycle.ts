/** Starting and stopping: what was started is stopped in the opposite order, in a time that all share. */
import type { Logger } from 'pino';

/** What has been started, so that it can be stopped in the opposite order. */
export class Started {
  readonly #stops: { readonly name: string; readonly stop: () => Promise<void> | void }[] = [];
  readonly #logger: Logger;
  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(name: string, stop: () => Promise<void> | void): void {
    this.#stops.unshift({ name, stop });
  }

  /** Stops all, whatever one of them does. */
  async stop(): Promise<void> {
    for (const { name, stop } of this.#stops.splice(0)) {
      try {
        await stop();
      } catch (error) {
        this.#logger.error({ err: error }, `Stopping the ${name} failed`);
      }
    }
  }
}

/** What each part gets at least, when the one before it has taken all the time. */
const LEAST_GRACE_MS = 200;

/** The time that all parts share for stopping; it runs from the first time that it is asked. */
export function countdown(totalMs: number, clock: { now(): number }): () => number {
  let deadline: number | undefined;
  return () => {
    deadline ??= clock.now() + totalMs;
    return Math.max(deadline - clock.now(), LEAST_GRACE_MS);
  };
}
