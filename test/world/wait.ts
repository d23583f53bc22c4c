/** Waiting for a condition that nobody announces. */

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
