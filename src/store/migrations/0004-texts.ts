/** Texts out and in, the numbers that are lent for them, who wants none, and names of telephones. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await createDeliveries(db);
  await createArrivals(db);
  await createConversations(db);

  await db.schema
    .createTable('number_leases')
    .addColumn('number', 'text', (c) => c.notNull())
    .addColumn('telephone', 'text', (c) => c.notNull())
    .addColumn('user_id', 'text', (c) => c.notNull())
    .addColumn('pool', 'text', (c) => c.notNull())
    .addColumn('lent_at', 'bigint', (c) => c.notNull())
    .addColumn('last_used_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('number_leases_pk', ['telephone', 'number'])
    .execute();

  await db.schema
    .createTable('consent_changes')
    .addColumn('seq', 'bigint', (c) => c.primaryKey().notNull())
    .addColumn('number', 'text', (c) => c.notNull())
    .addColumn('telephone', 'text', (c) => c.notNull())
    .addColumn('consents', 'integer', (c) => c.notNull())
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('word', 'text')
    .addColumn('at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('consent_changes_pair')
    .on('consent_changes')
    .columns(['telephone', 'number', 'seq'])
    .execute();

  await db.schema
    .createTable('pet_names')
    .addColumn('owner', 'text', (c) => c.notNull())
    .addColumn('telephone', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('folded', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('pet_names_pk', ['owner', 'telephone'])
    .execute();
  await db.schema.createIndex('pet_names_folded').on('pet_names').columns(['owner', 'folded']).execute();
}

async function createDeliveries(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('deliveries')
    .addColumn('text_ref', 'text', (c) => c.primaryKey().notNull())
    .addColumn('seq', 'bigint', (c) => c.notNull())
    .addColumn('event_id', 'text', (c) => c.notNull())
    .addColumn('room_id', 'text', (c) => c.notNull())
    .addColumn('ghost', 'text', (c) => c.notNull())
    .addColumn('user_id', 'text', (c) => c.notNull())
    .addColumn('lane', 'text', (c) => c.notNull())
    .addColumn('target', 'text', (c) => c.notNull())
    .addColumn('sender', 'text')
    .addColumn('routes', 'text', (c) => c.notNull())
    .addColumn('text', 'text')
    .addColumn('reference', 'integer', (c) => c.notNull())
    .addColumn('round', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('words', 'text')
    .addColumn('ended_at', 'bigint')
    // Its progress. `transport` is that of the route which is used.
    .addColumn('is_head', 'integer', (c) => c.notNull())
    .addColumn('route', 'integer', (c) => c.notNull())
    .addColumn('transport', 'text', (c) => c.notNull())
    .addColumn('parts_accepted', 'integer', (c) => c.notNull())
    .addColumn('parts_total', 'integer')
    .addColumn('tries', 'integer', (c) => c.notNull())
    .addColumn('under_way', 'integer', (c) => c.notNull())
    .addColumn('next_try_at', 'bigint', (c) => c.notNull())
    .execute();
  // Partial indexes: what has ended, which is most, costs them nothing.
  await db.schema
    .createIndex('deliveries_heads')
    .on('deliveries')
    .columns(['transport', 'next_try_at', 'seq', 'lane'])
    .where(sql.ref('is_head'), '=', sql.lit(1))
    .execute();
  await db.schema
    .createIndex('deliveries_lane')
    .on('deliveries')
    .columns(['lane', 'seq'])
    .where(sql.ref('state'), '=', sql.lit('waiting'))
    .execute();
  await db.schema
    .createIndex('deliveries_failed')
    .on('deliveries')
    .columns(['room_id', 'seq'])
    .where(sql.ref('state'), '=', sql.lit('failed'))
    .execute();
  await db.schema.createIndex('deliveries_event').on('deliveries').column('event_id').execute();
  await db.schema.createIndex('deliveries_ended').on('deliveries').columns(['state', 'ended_at']).execute();

  await db.schema
    .createTable('delivery_parts')
    .addColumn('text_ref', 'text', (c) => c.notNull().references('deliveries.text_ref').onDelete('cascade'))
    .addColumn('part', 'integer', (c) => c.notNull())
    .addColumn('transport', 'text', (c) => c.notNull())
    .addColumn('message_id', 'text')
    .addColumn('receipt', 'integer', (c) => c.notNull())
    .addColumn('accepted_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('delivery_parts_pk', ['text_ref', 'part'])
    .execute();
  await db.schema
    .createIndex('delivery_parts_message')
    .on('delivery_parts')
    .columns(['transport', 'message_id', 'accepted_at'])
    .execute();
}

async function createArrivals(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('arrivals')
    .addColumn('text_ref', 'text', (c) => c.primaryKey().notNull())
    .addColumn('transport', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('account', 'text')
    .addColumn('called', 'text', (c) => c.notNull())
    .addColumn('sender', 'text', (c) => c.notNull())
    .addColumn('sender_name', 'text')
    .addColumn('withheld', 'integer', (c) => c.notNull())
    .addColumn('text', 'text')
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('sent_at', 'bigint')
    .addColumn('received_at', 'bigint', (c) => c.notNull())
    .addColumn('wants_displayed', 'integer', (c) => c.notNull())
    .addUniqueConstraint('arrivals_key', ['transport', 'key'])
    .execute();
  await db.schema.createIndex('arrivals_digest').on('arrivals').columns(['digest', 'received_at']).execute();
  await db.schema.createIndex('arrivals_received').on('arrivals').column('received_at').execute();

  await db.schema
    .createTable('arrival_targets')
    .addColumn('text_ref', 'text', (c) => c.notNull().references('arrivals.text_ref').onDelete('cascade'))
    .addColumn('target', 'text', (c) => c.notNull())
    .addColumn('seq', 'bigint', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    /** Where it is held, or was posted. */
    .addColumn('room_id', 'text')
    .addColumn('event_id', 'text')
    .addPrimaryKeyConstraint('arrival_targets_pk', ['text_ref', 'target'])
    .execute();
  await db.schema
    .createIndex('arrival_targets_waiting')
    .on('arrival_targets')
    .column('seq')
    .where(sql.ref('state'), '=', sql.lit('waiting'))
    .execute();
  await db.schema
    .createIndex('arrival_targets_held')
    .on('arrival_targets')
    .columns(['room_id', 'seq'])
    .where(sql.ref('state'), '=', sql.lit('held'))
    .execute();
  await db.schema.createIndex('arrival_targets_event').on('arrival_targets').column('event_id').execute();

  await db.schema
    .createTable('arrival_fragments')
    .addColumn('text_ref', 'text', (c) => c.primaryKey().notNull())
    .addColumn('transport', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('group_key', 'text', (c) => c.notNull())
    .addColumn('part', 'integer', (c) => c.notNull())
    .addColumn('total', 'integer', (c) => c.notNull())
    .addColumn('reference', 'integer', (c) => c.notNull())
    .addColumn('account', 'text')
    .addColumn('called', 'text', (c) => c.notNull())
    .addColumn('sender', 'text', (c) => c.notNull())
    .addColumn('sender_name', 'text')
    .addColumn('withheld', 'integer', (c) => c.notNull())
    .addColumn('text', 'text')
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('sent_at', 'bigint')
    .addColumn('received_at', 'bigint', (c) => c.notNull())
    .addColumn('wants_displayed', 'integer', (c) => c.notNull())
    .addColumn('joined', 'integer', (c) => c.notNull())
    .addUniqueConstraint('arrival_fragments_key', ['transport', 'key'])
    .execute();
  await db.schema
    .createIndex('arrival_fragments_group')
    .on('arrival_fragments')
    .columns(['group_key', 'received_at'])
    .where(sql.ref('joined'), '=', sql.lit(0))
    .execute();
  await db.schema
    .createIndex('arrival_fragments_digest')
    .on('arrival_fragments')
    .columns(['digest', 'received_at'])
    .execute();
  await db.schema
    .createIndex('arrival_fragments_received')
    .on('arrival_fragments')
    .columns(['joined', 'received_at'])
    .execute();
}

async function createConversations(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('conversations')
    .addColumn('room_id', 'text', (c) => c.notNull())
    .addColumn('telephone', 'text', (c) => c.notNull())
    .addColumn('number', 'text', (c) => c.notNull())
    .addColumn('ghost', 'text', (c) => c.notNull())
    .addColumn('transport', 'text', (c) => c.notNull())
    .addColumn('user_id', 'text')
    .addColumn('last_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('conversations_pk', ['room_id', 'telephone', 'number'])
    .execute();
  await db.schema
    .createIndex('conversations_between')
    .on('conversations')
    .columns(['telephone', 'number', 'last_at'])
    .execute();
}
