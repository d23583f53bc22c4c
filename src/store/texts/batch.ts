/** Writes that come together are committed together: a commit costs more than a row. */
import type { Kysely, Transaction } from 'kysely';
import { StoreError } from '../errors.ts';
import type { Schema } from '../schema.ts';

/** How many changes one commit has at most: the database answers nobody else meanwhile. */
const MOST_AT_ONCE = 100;

interface Queued {
  /** Does the change; settles the caller's promise only when told that it was committed. */
  readonly run: (db: Transaction<Schema>) => Promise<() => void>;
  readonly reject: (cause: unknown) => void;
}

/**
 * Changes are done in the order in which they were asked for. Those of one turn of the event loop share a commit.
 * One that fails takes no other with it: then each gets a commit of its own.
 */
export class Batch {
  readonly #db: Kysely<Schema>;
  readonly #durable: () => Promise<void>;
  #queue: Queued[] = [];
  #isRunning = false;

  /** @param durable settles when what was committed is on the disk */
  constructor(db: Kysely<Schema>, durable: () => Promise<void>) {
    this.#db = db;
    this.#durable = durable;
  }

  /** Settles when it is committed: it survives the end of the process. Rejects with what `change` rejected with. */
  commit<T>(change: (db: Transaction<Schema>) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({
        run: async (db) => {
          const result = await change(db);
          return () => resolve(result);
        },
        reject,
      });
      if (this.#isRunning) return;
      this.#isRunning = true;
      // At the end of this turn of the event loop: what else came with it shares the commit.
      setImmediate(() => void this.#drain());
    });
  }

  /** The same, but settles when it is on the disk: it survives a power cut. */
  async durably<T>(change: (db: Transaction<Schema>) => Promise<T>): Promise<T> {
    const result = await this.commit(change);
    await this.#durable();
    return result;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const together = this.#queue.splice(0, MOST_AT_ONCE);
      if (await this.#commitAll(together)) continue;
      let away: unknown;
      for (const one of together) {
        // The first has waited for the server: whoever comes after it need not wait as long again.
        if (away === undefined) away = await this.#commitOne(one);
        else one.reject(away);
      }
    }
    this.#isRunning = false;
  }

  /** False when nothing of it was done. */
  async #commitAll(together: readonly Queued[]): Promise<boolean> {
    if (together.length === 1) return false;
    try {
      const settle = await this.#db.transaction().execute(async (db) => {
        const done: (() => void)[] = [];
        for (const one of together) done.push(await one.run(db));
        return done;
      });
      for (const done of settle) done();
      return true;
    } catch {
      return false;
    }
  }

  /** Changes can be done again: each knows by a key what was done. @returns why no other can be done now either */
  async #commitOne(one: Queued, again = true): Promise<unknown> {
    try {
      (await this.#db.transaction().execute((db) => one.run(db)))();
    } catch (cause) {
      const code = cause instanceof StoreError ? cause.code : undefined;
      if (code === 'connection-lost' && again) return this.#commitOne(one, false);
      one.reject(cause);
      if (code === 'unreachable') return cause;
    }
    return undefined;
  }
}
