/**
 * How many rooms for new callers are made for one user, or one shared line, in a while. Numbers can be made up: without a limit whoever can call
 * could fill the homeserver with rooms. Calls above it ring all the same, in the room of callers without a number.
 */

import { Lru } from '../../lru.ts';
import type { Clock } from '../clock.ts';

const MOST = 20;
const IN_MS = 10 * 60_000;
const USERS = 10_000;

export class NewRoomsLimit {
  readonly #clock: Clock;
  readonly #made = new Lru<string, readonly number[]>(USERS);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `true` when one more may be made for them; it is counted. */
  take(whom: string): boolean {
    const now = this.#clock.now();
    const recent = (this.#made.get(whom) ?? []).filter((at) => now - at < IN_MS);
    if (recent.length >= MOST) return false;
    this.#made.set(whom, [...recent, now]);
    return true;
  }
}
