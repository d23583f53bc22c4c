/** One log line for each stranger, and not more than a few a minute of all of them. */
import type { Logger } from 'pino';

const QUIET_MS = 600_000;
const MOST_SOURCES = 1_000;
const LINES_A_MINUTE = 20;

export class DropLog {
  readonly #logger: Logger;
  readonly #now: () => number;
  /** When a source was told of, oldest first. */
  readonly #told = new Map<string, number>();
  #minute = { begun: Number.NEGATIVE_INFINITY, lines: 0 };
  #unsaid = 0;

  /** @param now milliseconds */
  constructor(logger: Logger, now: () => number) {
    this.#logger = logger;
    this.#now = now;
  }

  /** Notes that a request was dropped. */
  dropped(source: string, method: string): void {
    const now = this.#now();
    const last = this.#told.get(source);
    if (last !== undefined && now - last < QUIET_MS) return;
    if (now - this.#minute.begun >= 60_000) this.#minute = { begun: now, lines: 0 };
    if (this.#minute.lines >= LINES_A_MINUTE) {
      this.#unsaid++;
      return;
    }
    this.#minute.lines++;
    this.#told.delete(source);
    this.#told.set(source, now);
    const [oldest] = this.#told.keys();
    if (this.#told.size > MOST_SOURCES && oldest !== undefined) this.#told.delete(oldest);
    const others = this.#unsaid === 0 ? {} : { others: this.#unsaid };
    this.#unsaid = 0;
    this.#logger.warn(
      { source, method, ...others },
      'dropped a request of somebody who is no trunk of ours, without an answer; if it is one, add its address to `inbound.allow_from`',
    );
  }
}
