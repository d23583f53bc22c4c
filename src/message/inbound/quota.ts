/** So many within a minute. */

const MINUTE_MS = 60_000;
const MOST_REMEMBERED = 10_000;

interface Window {
  readonly start: number;
  count: number;
  /** The last that was let through. */
  seq: number;
  /** It began because the one before was full. */
  readonly isFlood: boolean;
}

export type Admitted =
  | { readonly kind: 'now' }
  /** `isFirst`: nobody was told of this flood yet. */
  | { readonly kind: 'later'; readonly at: number; readonly isFirst: boolean };

export class Quota {
  readonly #perMinute: number;
  readonly #windows = new Map<string, Window>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /**
   * What counts is when it came, so that what piled up for another reason is not held back again.
   * @param seq rises within one key; asked again for the same one, it is not counted again
   */
  admit(
    key: string,
    { receivedAt, seq }: { readonly receivedAt: number; readonly seq: number },
    now: number,
  ): Admitted {
    const window = this.#windows.get(key);
    if (window === undefined || receivedAt >= window.start + MINUTE_MS) {
      return this.#begin(key, { start: receivedAt, count: 1, seq, isFlood: false }, now);
    }
    if (seq <= window.seq) return { kind: 'now' };
    if (window.count < this.#perMinute) {
      window.count += 1;
      window.seq = seq;
      return { kind: 'now' };
    }
    const over = window.start + MINUTE_MS;
    if (now >= over) return this.#begin(key, { start: over, count: 1, seq, isFlood: true }, now);
    return { kind: 'later', at: over, isFirst: !window.isFlood };
  }

  #begin(key: string, window: Window, now: number): Admitted {
    if (this.#windows.size >= MOST_REMEMBERED) {
      for (const [old, { start }] of this.#windows) if (start + MINUTE_MS <= now) this.#windows.delete(old);
    }
    this.#windows.set(key, window);
    return { kind: 'now' };
  }
}
