/**
 * Attended transfers by a client (MSC2747): two `m.call.replaces` in two rooms, one says "create call X" and the other "await
 * call X". Both come in any order, and whoever is alone waits for a while.
 */
import type { Clock } from '../ports.ts';

export type MeetingRole = 'creates' | 'awaits';

interface Waiting<T> {
  readonly call: T;
  readonly role: MeetingRole;
  readonly cancel: () => void;
}

export class Meetings<T> {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting<T>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param id the call that is created and awaited
   * @returns the other one, when it waits already; otherwise `call` waits, and `onAlone` is called when nobody came in time
   */
  meet(id: string, role: MeetingRole, call: T, patienceMs: number, onAlone: () => void): T | undefined {
    const other = this.#waiting.get(id);
    if (other && other.role !== role && other.call !== call) {
      other.cancel();
      this.#waiting.delete(id);
      return other.call;
    }
    other?.cancel();
    if (patienceMs === 0) {
      onAlone();
      return undefined;
    }
    const cancel = this.#clock.after(patienceMs, () => {
      this.#waiting.delete(id);
      onAlone();
    });
    this.#waiting.set(id, { call, role, cancel });
    return undefined;
  }

  /** Waits no longer. */
  leave(call: T): void {
    for (const [id, waiting] of this.#waiting) {
      if (waiting.call !== call) continue;
      waiting.cancel();
      this.#waiting.delete(id);
    }
  }
}
