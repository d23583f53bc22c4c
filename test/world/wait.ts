/** Waiting for a condition: one that nobody announces, and one that is announced. */

/** The condition did not come true in time; `cause` is what the last look threw. */
export class WaitError extends Error {
  constructor(what: string, timeoutMs: number, options?: ErrorOptions) {
    super(`waited ${timeoutMs} ms for ${what}`, options);
    this.name = 'WaitError';
  }
}

/**
 * Looks again and again until `look` gives something else than `undefined` or `false`; what it throws counts as "not yet".
 * For what can only be polled (a server's health); where an event exists, wait for the event.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs = 30_000, everyMs = 50 }: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const value = await look();
      if (value !== undefined && value !== false) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > deadline) throw new WaitError(what, timeoutMs, { cause });
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Those who wait for what is announced: nothing is polled, and nobody misses what had come before. */
export class Waiting {
  readonly #checks = new Set<() => void>();

  /** Something has come: whoever waits looks again. */
  announce(): void {
    for (const check of [...this.#checks]) check();
  }

  /**
   * Settles when `look`, asked now and after each announcement, gives something else than `undefined` or `false`; rejects with
   * what it throws.
   * @param late by default it waits as long as the test may last; `error`: what is said when the time is over
   */
  until<T>(
    look: () => T | undefined | false,
    late?: { readonly timeoutMs: number; readonly error: () => Error },
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const check = (): void => {
      try {
        const value = look();
        if (value !== undefined && value !== false) settle(() => resolve(value));
      } catch (error) {
        settle(() => reject(error));
      }
    };
    const timer = late && setTimeout(() => settle(() => reject(late.error())), late.timeoutMs);
    const settle = (how: () => void): void => {
      clearTimeout(timer);
      this.#checks.delete(check);
      how();
    };
    this.#checks.add(check);
    check();
    return promise;
  }
}
