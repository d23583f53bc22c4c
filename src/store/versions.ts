/**
 * What changed in the database, so that those who keep some of it in memory notice what another process wrote: a command beside
 * the gateway, or a second node. Each area has a number, which rises with each change.
 */
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export interface VersionsTable {
  area: string;
  version: number;
}

/**
 * To be called in the transaction that changes the area: then nobody sees the new number without the change.
 * @param area in small letters, such as `lines` or `rates`
 */
export async function bumpVersion(db: Kysely<Schema>, area: string): Promise<void> {
  await db
    .insertInto('versions')
    .values({ area, version: 1 })
    .onConflict((c) => c.column('area').doUpdateSet((e) => ({ version: e('versions.version', '+', 1) })))
    .execute();
}

export class Versions {
  readonly #db: Kysely<Schema>;
  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** In a commit of its own, after the change. Who changes more than one row uses `bumpVersion` in their transaction. */
  bump(area: string): Promise<void> {
    return bumpVersion(this.#db, area);
  }

  /** 0 when it never changed. One row by its key: cheap enough to be asked each second. */
  async current(area: string): Promise<number> {
    const row = await this.#db.selectFrom('versions').select('version').where('area', '=', area).executeTakeFirst();
    return row?.version ?? 0;
  }
}
