/** Ghosts that are registered on the homeserver. */
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export interface GhostsTable {
  user_id: string;
  /** The display name that the homeserver was given; null until then. */
  display_name: string | null;
  registered_at: number;
}

export interface StoredGhost {
  readonly userId: string;
  readonly displayName?: string;
}

export class Ghosts {
  readonly #db: Kysely<Schema>;
  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async find(userId: string): Promise<StoredGhost | undefined> {
    const row = await this.#db
      .selectFrom('ghosts')
      .select(['user_id', 'display_name'])
      .where('user_id', '=', userId)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return { userId: row.user_id, ...(row.display_name === null ? {} : { displayName: row.display_name }) };
  }

  /** Remembers that it is registered, and the display name it was given, if it was. */
  async save(ghost: StoredGhost, now: number): Promise<void> {
    const displayName = ghost.displayName ?? null;
    await this.#db
      .insertInto('ghosts')
      .values({ user_id: ghost.userId, display_name: displayName, registered_at: Math.floor(now) })
      .onConflict((c) => c.column('user_id').doUpdateSet({ display_name: displayName }))
      .execute();
  }

  async forget(userId: string): Promise<void> {
    await this.#db.deleteFrom('ghosts').where('user_id', '=', userId).execute();
  }
}
