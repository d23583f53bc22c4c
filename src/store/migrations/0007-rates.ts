/** Rate decks: one import upon another, each with what it changed. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('rate_imports')
    .addColumn('id', 'bigint', (c) => c.primaryKey().notNull())
    .addColumn('deck', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.unique())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('currency', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('actor', 'text', (c) => c.notNull())
    .addColumn('source', 'text')
    .addColumn('changes', 'text')
    .addColumn('counts', 'text')
    .execute();
  await db.schema.createIndex('rate_imports_deck').on('rate_imports').columns(['deck', 'id']).execute();

  await db.schema
    .createTable('rates')
    .addColumn('import_id', 'bigint', (c) => c.notNull())
    .addColumn('service', 'text', (c) => c.notNull())
    .addColumn('prefix', 'text', (c) => c.notNull())
    .addColumn('valid_from', 'bigint', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('name', 'text')
    .addColumn('connect_fee', 'bigint')
    .addColumn('price', 'bigint')
    .addColumn('first_s', 'integer')
    .addColumn('next_s', 'integer')
    .addPrimaryKeyConstraint('rates_pk', ['import_id', 'service', 'prefix', 'valid_from'])
    .execute();
}
