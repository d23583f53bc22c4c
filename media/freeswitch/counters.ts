/** What FreeSWITCH has counted of the channels of a session, and early audio, which only its counters tell of. */

import { MediaError } from '../engine.ts';
import type { ServerLink } from './server.ts';
import { type ChannelStats, readChannelStats } from './stats.ts';

const EARLY_POLL_MS = 200;
const EARLY_STEP_MS = 100;
const FRAME_MS = 20;

export class Counters {
  readonly #server: ServerLink;
  readonly #last = new Map<string, ChannelStats>();

  constructor(server: ServerLink) {
    this.#server = server;
  }

  /** A channel that has ended is counted no further. */
  async of(uuid: string | undefined): Promise<ChannelStats | undefined> {
    if (uuid === undefined) return undefined;
    try {
      await this.#server.command(`uuid_set_media_stats ${uuid}`);
      const stats = readChannelStats(await this.#server.command(`uuid_dump ${uuid}`));
      this.#last.set(uuid, stats);
      return stats;
    } catch (error) {
      if (error instanceof MediaError && error.message.includes('No such channel')) return this.#last.get(uuid);
      throw error;
    }
  }
}

/** Asks again and again how much audio came before the answer. */
export class EarlyListening {
  readonly #counters: Counters;
  readonly #heard: (ms: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #toldMs = 0;

  constructor(counters: Counters, heard: (ms: number) => void) {
    this.#counters = counters;
    this.#heard = heard;
  }

  /** @param uuid of the telephone that rings now */
  start(uuid: () => string | undefined): void {
    this.#timer ??= setInterval(() => void this.#count(uuid()), EARLY_POLL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#toldMs = 0;
  }

  async #count(uuid: string | undefined): Promise<void> {
    const stats = await this.#counters.of(uuid).catch(() => undefined);
    const ms = (stats?.rtp.packetsIn ?? 0) * FRAME_MS;
    if (!this.#timer || ms - this.#toldMs < EARLY_STEP_MS) return;
    this.#toldMs = ms;
    this.#heard(ms);
  }
}
