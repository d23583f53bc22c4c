/** Pairs of UDP ports from a range: an even one and the odd one above it. */

import { MediaError } from '../engine.ts';
import type { PortRange } from './settings.ts';

export class PortPool {
  readonly #name: string;
  readonly #range: PortRange;
  readonly #quarantineMs: number;
  readonly #clock: () => number;
  readonly #pairs: number;
  readonly #first: number;
  readonly #taken = new Set<number>();
  /** Port to the time from which it may serve again. */
  readonly #resting = new Map<number, number>();
  #next: number;

  /**
   * @param name of the range, for the error message
   * @param clock milliseconds
   * @param random the first pair is a random one, so that a restarted gateway does not meet its own stale streams
   */
  constructor(
    name: string,
    range: PortRange,
    quarantineMs: number,
    clock: () => number = () => performance.now(),
    random: () => number = Math.random,
  ) {
    this.#name = name;
    this.#range = range;
    this.#quarantineMs = quarantineMs;
    this.#clock = clock;
    this.#first = range.min + (range.min % 2);
    this.#pairs = Math.max(0, Math.floor((range.max - this.#first + 1) / 2));
    this.#next = Math.floor(random() * this.#pairs);
  }

  get takenCount(): number {
    return this.#taken.size;
  }

  /**
   * The next free even port; the pair is the caller's until `release`.
   * @throws MediaError `no-port-free`
   */
  take(): number {
    const nowMs = this.#clock();
    for (let tries = 0; tries < this.#pairs; tries++) {
      const port = this.#first + 2 * this.#next;
      this.#next = (this.#next + 1) % this.#pairs;
      if (this.#taken.has(port)) continue;
      const restsUntil = this.#resting.get(port);
      if (restsUntil !== undefined && restsUntil > nowMs) continue;
      this.#resting.delete(port);
      this.#taken.add(port);
      return port;
    }
    const { min, max } = this.#range;
    throw new MediaError(
      'no-port-free',
      `no UDP port pair of ${this.#name} (${min}–${max}) is free: ${this.#taken.size} are in use, ${this.#resting.size} rest after use; widen the range`,
    );
  }

  /** Gives a pair back; it rests for the quarantine, so that what is still on its way to the last call is not heard in the next. */
  release(port: number): void {
    if (this.#taken.delete(port)) this.#resting.set(port, this.#clock() + this.#quarantineMs);
  }
}
