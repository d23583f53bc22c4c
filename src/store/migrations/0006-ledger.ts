/** The ledger: transfers, which are never changed, what they sum up to, and on what terms users may spend. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('ledger_transfers')
    .addColumn('seq', 'bigint', (c) => c.primaryKey().notNull())
    .addColumn('key', 'text', (c) => c.notNull().unique())
    .addColumn('from_account', 'text', (c) => c.notNull())
    .addColumn('to_account', 'text', (c) => c.notNull())
    .addColumn('amount', 'bigint', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('about', 'text')
    .addColumn('actor', 'text')
    .addColumn('note', 'text')
    .addColumn('at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('ledger_transfers_from')
    .on('ledger_transfers')
    .columns(['from_account', 'seq'])
    .execute();
  await db.schema.createIndex('ledger_transfers_to').on('ledger_transfers').columns(['to_account', 'seq']).execute();
  await db.schema.createIndex('ledger_transfers_about').on('ledger_transfers').columns(['about', 'seq']).execute();

  await db.schema
    .createTable('ledger_accounts')
    .addColumn('account', 'text', (c) => c.primaryKey().notNull())
    .addColumn('balance', 'bigint', (c) => c.notNull())
    .execute();

  await db.schema
    .createTable('ledger_holds')
    .addColumn('account', 'text', (c) => c.notNull())
    .addColumn('ref', 'text', (c) => c.notNull())
    .addColumn('amount', 'bigint', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('ledger_holds_pk', ['account', 'ref'])
    .execute();

  await db.schema
    .createTable('ledger_state')
    .addColumn('id', 'text', (c) => c.primaryKey().notNull())
    .addColumn('currency', 'text', (c) => c.notNull())
    .addColumn('last_seq', 'bigint', (c) => c.notNull())
    .execute();

  await db.schema
    .createTable('credit_terms')
    .addColumn('user_id', 'text', (c) => c.primaryKey().notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('credit_limit', 'bigint', (c) => c.notNull())
    .execute();
}
