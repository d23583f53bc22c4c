/** What was said once and shall not be said again: keys such as "encrypted:<room>:<ghost>". */
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export interface NoticesTable {
  key: string;
  given_at: number;
}

export class Notices {
  readonly #db: Kysely<Schema>;
  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** `true` the first time for this key: the caller may speak. */
  async claim(key: string, now: number): Promise<boolean> {
    const rows = await this.#db
      .insertInto('notices')
      .values({ key, given_at: Math.floor(now) })
      .onConflict((c) => c.column('key').doNothing())
      .returning('key')
      .execute();
    return rows.length > 0;
  }

  /** May be said again; `true` when it had been said. */
  async takeBack(key: string): Promise<boolean> {
    const rows = await this.#db.deleteFrom('notices').where('key', '=', key).returning('key').execute();
    return rows.length > 0;
  }

  /** May be said again (the ghost left the room and comes anew). */
  async release(keys: readonly string[]): Promise<void> {
    await this.#db.deleteFrom('notices').where('key', 'in', keys).execute();
  }

  async prune(before: number): Promise<void> {
    await this.#db.deleteFrom('notices').where('given_at', '<', before).execute();
  }
}
