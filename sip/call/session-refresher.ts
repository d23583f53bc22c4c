/**
 * Refreshes a session that is ours to refresh (RFC 4028 §10) a little before the SIP server would. The server keeps the timer of
 * every dialog, but has no credentials: on a trunk that challenges requests inside a call, its refresh would be refused and the
 * call lost. Each refresh of ours starts the server's timer anew, so that it never comes to its own.
 */
import type { Logger } from 'pino';
import { SipRequestError } from '../leg.ts';
import type { Clock } from './clock.ts';
import type { RunningTimer } from './session-timer.ts';

/** The server acts at half the interval. */
const SHARE_OF_INTERVAL = 0.4;

interface RefresherParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Sends the refresh; the timer that it sets up comes back by `arm`. Rejects with SipRequestError. */
  readonly refresh: () => Promise<void>;
}

export class SessionRefresher {
  readonly #parts: RefresherParts;
  #stop: () => void = () => undefined;
  #stopped = false;

  constructor(parts: RefresherParts) {
    this.#parts = parts;
  }

  /** Starts anew with this timer, or waits for nothing: there is none, or the peer refreshes. */
  arm(timer: RunningTimer | undefined): void {
    this.#stop();
    if (this.#stopped || timer?.refresher !== 'us') return;
    this.#stop = this.#parts.clock.after(timer.seconds * 1_000 * SHARE_OF_INTERVAL, () => {
      this.#parts.refresh().catch((error: unknown) => {
        // The server's own attempt follows, and its verdict counts.
        const status = error instanceof SipRequestError ? error.failure.status : undefined;
        this.#parts.logger.debug({ status }, 'the session was not refreshed');
      });
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#stop();
  }
}
