/** By which number each area of the database is known to have changed; indexes of what is forgotten when nobody used it. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('versions')
    .addColumn('area', 'text', (c) => c.primaryKey().notNull())
    .addColumn('version', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('conversations_last').on('conversations').column('last_at').execute();
  await db.schema.createIndex('number_leases_last_used').on('number_leases').column('last_used_at').execute();
}
