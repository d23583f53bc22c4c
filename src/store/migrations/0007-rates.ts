/** Rate decks: prices by prefix, each from some moment until another. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('rate_decks')
    .addColumn('deck', 'text', (c) => c.primaryKey().notNull())
    .addColumn('currency', 'text', (c) => c.notNull())
    .addColumn('imported_at', 'bigint', (c) => c.notNull())
    .addColumn('imported_by', 'text', (c) => c.notNull())
    .addColumn('source', 'text')
    .execute();

  await db.schema
    .createTable('rates')
    .addColumn('deck', 'text', (c) => c.notNull())
    .addColumn('service', 'text', (c) => c.notNull())
    .addColumn('prefix', 'text', (c) => c.notNull())
    .addColumn('valid_from', 'bigint', (c) => c.notNull())
    .addColumn('valid_until', 'bigint')
    .addColumn('name', 'text')
    .addColumn('connect_fee', 'bigint')
    .addColumn('price', 'bigint')
    .addColumn('first_s', 'integer')
    .addColumn('next_s', 'integer')
    .addPrimaryKeyConstraint('rates_pk', ['deck', 'service', 'prefix', 'valid_from'])
    .execute();

  await db.schema
    .createTable('rate_imports')
    .addColumn('key', 'text', (c) => c.primaryKey().notNull())
    .addColumn('deck', 'text', (c) => c.notNull())
    .addColumn('changes', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .execute();
}
