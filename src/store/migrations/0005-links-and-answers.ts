/** Links to media for telephones; which texts by SMPP are known to have been answered. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('media_links')
    .addColumn('token_hash', 'text', (c) => c.primaryKey().notNull())
    .addColumn('mxc', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('mime_type', 'text')
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('media_links_expiry').on('media_links').column('expires_at').execute();

  await db.schema
    .createTable('smpp_answers')
    .addColumn('transport', 'text', (c) => c.primaryKey().notNull())
    .addColumn('read_until', 'bigint', (c) => c.notNull())
    .execute();
}
