/** Trying again: how long to wait, and when to stop. */
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { HomeserverError } from './errors.ts';
import { Liveness } from './liveness.ts';

const FIRST_MS = 250;
const MAX_MS = 30_000;

/**
 * Pause before try number `attempt` + 1 (the first failed try is 1): doubles from 250 ms to 30 s, less up to a quarter so
 * that many waiters do not come back at once. A wait that the homeserver asked for is kept, up to a minute.
 * @param random from 0 to 1
 */
export function retryDelayMs(attempt: number, random: number, retryAfterMs?: number): number {
  const backOff = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 20));
  const spread = backOff * (1 - random / 4);
  return retryAfterMs === undefined ? spread : Math.max(spread, Math.min(retryAfterMs, 60_000));
}

export interface RetryOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** No new try after so many ms. */
  readonly giveUpAfterMs: number;
  readonly signal?: AbortSignal;
  /** Ends a pause early when the homeserver calls. */
  readonly liveness?: Liveness;
  readonly random?: () => number;
}

/** Runs `request` until it succeeds, is refused, or time is up; then rejects with the last HomeserverError. */
export async function retrying<T>(request: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, logger, giveUpAfterMs, signal, liveness = new Liveness(), random = Math.random } = options;
  const started = clock.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof HomeserverError) || !error.retryable || signal?.aborted) throw error;
      const delayMs = retryDelayMs(attempt, random(), error.facts.retryAfterMs);
      if (clock.now() + delayMs - started > giveUpAfterMs) throw error;
      // One line when trouble begins; the rest is for those who look closer.
      logger[attempt === 2 ? 'warn' : 'debug'](
        { attempt, retryInMs: Math.round(delayMs) },
        `${error.message}; trying again`,
      );
      await liveness.pause(clock, delayMs, FIRST_MS, signal);
      if (signal?.aborted) throw error;
    }
  }
}
