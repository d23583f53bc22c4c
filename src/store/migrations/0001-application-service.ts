/** The first tables: what the homeserver pushed, what is sent to it, ghosts, portals, live calls. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('transactions')
    .addColumn('txn_id', 'text', (c) => c.primaryKey().notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('received_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('transactions_received_at').on('transactions').column('received_at').execute();

  await db.schema
    .createTable('events')
    .addColumn('event_id', 'text', (c) => c.primaryKey().notNull())
    .addColumn('room_id', 'text', (c) => c.notNull())
    .addColumn('seq', 'bigint', (c) => c.notNull())
    .addColumn('received_at', 'bigint', (c) => c.notNull())
    .addColumn('processed', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('body', 'text')
    .execute();
  await db.schema.createIndex('events_processed_seq').on('events').columns(['processed', 'seq']).execute();

  await db.schema
    .createTable('ghosts')
    .addColumn('user_id', 'text', (c) => c.primaryKey().notNull())
    .addColumn('display_name', 'text')
    .addColumn('registered_at', 'bigint', (c) => c.notNull())
    .execute();

  await db.schema
    .createTable('portals')
    .addColumn('room_id', 'text', (c) => c.notNull())
    .addColumn('ghost', 'text', (c) => c.notNull())
    .addColumn('user_id', 'text', (c) => c.notNull())
    .addColumn('encrypted', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('others', 'integer', (c) => c.notNull().defaultTo(1))
    .addColumn('joined_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('portals_pk', ['room_id', 'ghost'])
    .execute();

  await db.schema
    .createTable('notices')
    .addColumn('key', 'text', (c) => c.primaryKey().notNull())
    .addColumn('given_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('notices_given_at').on('notices').column('given_at').execute();

  await db.schema
    .createTable('live_calls')
    .addColumn('call_ref', 'text', (c) => c.primaryKey().notNull())
    .addColumn('room_id', 'text', (c) => c.notNull())
    .addColumn('call_id', 'text', (c) => c.notNull())
    .addColumn('ghost', 'text', (c) => c.notNull())
    .addColumn('caller', 'text', (c) => c.notNull())
    .addColumn('party_id', 'text', (c) => c.notNull())
    .addColumn('version', 'text', (c) => c.notNull())
    .addColumn('matrix_answered', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('opened_at', 'double precision', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('live_calls_call').on('live_calls').columns(['room_id', 'call_id']).execute();

  await db.schema
    .createTable('number_bindings')
    .addColumn('user_id', 'text', (c) => c.notNull())
    .addColumn('literal', 'text', (c) => c.notNull())
    .addColumn('e164', 'text', (c) => c.notNull())
    .addColumn('bound_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('number_bindings_pk', ['user_id', 'literal'])
    .execute();
  await db.schema.createIndex('number_bindings_e164').on('number_bindings').columns(['user_id', 'e164']).execute();

  await db.schema
    .createTable('outbox')
    .addColumn('key', 'text', (c) => c.primaryKey().notNull())
    .addColumn('seq', 'bigint', (c) => c.notNull())
    .addColumn('lane', 'text', (c) => c.notNull())
    .addColumn('room_id', 'text', (c) => c.notNull())
    .addColumn('sender', 'text', (c) => c.notNull())
    .addColumn('event_type', 'text', (c) => c.notNull())
    .addColumn('content', 'text')
    .addColumn('survives_restart', 'integer', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('outbox_state_seq').on('outbox').columns(['state', 'seq']).execute();
}
