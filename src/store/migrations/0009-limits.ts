/** Limits against fraud: who ran into which, what was lifted, what was set for one user alone, and what was told of. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('limit_trips')
    .addColumn('id', 'bigint', (c) => c.primaryKey().notNull())
    .addColumn('user_id', 'text', (c) => c.notNull())
    .addColumn('limit_name', 'text', (c) => c.notNull())
    .addColumn('allowed', 'text', (c) => c.notNull())
    .addColumn('actual', 'text', (c) => c.notNull())
    .addColumn('call_ref', 'text')
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('last_at', 'bigint', (c) => c.notNull())
    .addColumn('times', 'bigint', (c) => c.notNull())
    .addColumn('until_at', 'bigint', (c) => c.notNull())
    .addColumn('lifted_at', 'bigint')
    .addColumn('lifted_by', 'text')
    .execute();
  await db.schema.createIndex('limit_trips_user').on('limit_trips').columns(['user_id', 'limit_name', 'id']).execute();

  await db.schema
    .createTable('limit_lifts')
    .addColumn('user_id', 'text', (c) => c.notNull())
    .addColumn('limit_name', 'text', (c) => c.notNull())
    .addColumn('lifted_at', 'bigint', (c) => c.notNull())
    .addColumn('lifted_by', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('limit_lifts_pk', ['user_id', 'limit_name'])
    .execute();

  await db.schema
    .createTable('user_limits')
    .addColumn('user_id', 'text', (c) => c.primaryKey().notNull())
    .addColumn('limits', 'text', (c) => c.notNull())
    .addColumn('set_at', 'bigint', (c) => c.notNull())
    .addColumn('set_by', 'text', (c) => c.notNull())
    .execute();

  await db.schema
    .createTable('fraud_alerts')
    .addColumn('user_id', 'text', (c) => c.notNull())
    .addColumn('what', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('fraud_alerts_pk', ['user_id', 'what'])
    .execute();
}
