/** The commands of a session, one after the other, as they were decided. */

import type { Logger } from 'pino';
import type { ChannelEvent } from './fsmrf.ts';
import type { ServerLink } from './server.ts';

/** Two channels that are parked are bridged in a few hundredths of a second. */
const BRIDGE_LIMIT_MS = 1_000;
/** A sound that had not begun yet is not told to have stopped. */
const STOP_LIMIT_MS = 200;

export class CommandQueue {
  readonly #server: ServerLink;
  readonly #logger: Logger;
  readonly #waiters = new Set<(event: ChannelEvent) => void>();
  #last: Promise<void> = Promise.resolve();

  constructor(server: ServerLink, logger: Logger) {
    this.#server = server;
    this.#logger = logger;
  }

  /** Settles when what was queued so far is done. */
  get idle(): Promise<void> {
    return this.#last;
  }

  run(text: string): void {
    this.#last = this.#last.then(async () => {
      try {
        await this.#server.command(text);
      } catch (error) {
        this.#logger.warn({ err: error }, 'FreeSWITCH did not do what it was told');
      }
    });
  }

  /** What FreeSWITCH is told of a channel while it builds a bridge is lost: the next command waits for the bridge. */
  bridge(a: string, b: string): void {
    this.run(`uuid_bridge ${a} ${b}`);
    this.#last = this.#last.then(() => this.#until('CHANNEL_BRIDGE', [a, b], BRIDGE_LIMIT_MS));
  }

  /** What still plays when a bridge begins may take its place. */
  stopPlaying(uuid: string): void {
    this.run(`uuid_break ${uuid} all`);
    this.#last = this.#last.then(() => this.#until('PLAYBACK_STOP', [uuid], STOP_LIMIT_MS));
  }

  hear(event: ChannelEvent): void {
    for (const check of [...this.#waiters]) check(event);
  }

  #until(name: string, uuids: readonly string[], limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiters.delete(check);
        resolve();
      };
      const check = (event: ChannelEvent) => {
        if (event.name === name && uuids.includes(event.uuid)) done();
      };
      const timer = setTimeout(done, limitMs);
      this.#waiters.add(check);
    });
  }
}
