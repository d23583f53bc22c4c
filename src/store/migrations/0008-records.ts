/** Call detail records: one for each call, its legs, and whose calls they are. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('call_records')
    .addColumn('call_ref', 'text', (c) => c.primaryKey().notNull())
    .addColumn('direction', 'text', (c) => c.notNull())
    .addColumn('is_open', 'integer', (c) => c.notNull())
    .addColumn('counts', 'integer', (c) => c.notNull())
    .addColumn('user_id', 'text')
    .addColumn('room_id', 'text')
    .addColumn('call_id', 'text')
    .addColumn('ghost', 'text')
    .addColumn('dialled', 'text', (c) => c.notNull())
    .addColumn('number', 'text')
    .addColumn('country', 'text')
    .addColumn('line', 'text')
    .addColumn('is_inside', 'integer', (c) => c.notNull())
    .addColumn('is_emergency', 'integer', (c) => c.notNull())
    .addColumn('transfer_of', 'text')
    .addColumn('trunk', 'text')
    .addColumn('account', 'text')
    .addColumn('sip_call_id', 'text')
    .addColumn('opened_at', 'bigint', (c) => c.notNull())
    .addColumn('month', 'text', (c) => c.notNull())
    .addColumn('invite_sent_at', 'bigint')
    .addColumn('ringing_at', 'bigint')
    .addColumn('answered_at', 'bigint')
    .addColumn('media_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('seen_at', 'bigint', (c) => c.notNull())
    .addColumn('talk_ms', 'bigint', (c) => c.notNull())
    .addColumn('ended_by', 'text')
    .addColumn('reason', 'text')
    .addColumn('cause', 'text')
    .addColumn('sip_status', 'integer')
    .addColumn('q850', 'integer')
    .addColumn('admin', 'text')
    .addColumn('audio', 'text')
    .addColumn('currency', 'text')
    .addColumn('price', 'bigint')
    .addColumn('list_price', 'bigint')
    .addColumn('cost', 'bigint')
    .addColumn('rate', 'text')
    .addColumn('billed_s', 'bigint')
    .execute();
  await db.schema.createIndex('call_records_time').on('call_records').columns(['opened_at', 'call_ref']).execute();
  await db.schema.createIndex('call_records_user').on('call_records').columns(['user_id', 'opened_at']).execute();
  // Few are open: an index of all would be taken for the many that are not.
  await db.schema
    .createIndex('call_records_open')
    .on('call_records')
    .column('opened_at')
    .where(sql.ref('is_open'), '=', sql.lit(1))
    .execute();
  await db.schema.createIndex('call_records_matrix').on('call_records').column('call_id').execute();
  await db.schema.createIndex('call_records_sip').on('call_records').column('sip_call_id').execute();

  await db.schema
    .createTable('call_legs')
    .addColumn('call_ref', 'text', (c) => c.notNull())
    .addColumn('leg', 'integer', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('target', 'text', (c) => c.notNull())
    .addColumn('verdict', 'text')
    .addColumn('trunk', 'text')
    .addColumn('account', 'text')
    .addColumn('caller_id', 'text')
    .addColumn('sip_call_id', 'text')
    .addColumn('started_at', 'bigint')
    .addColumn('ringing_at', 'bigint')
    .addColumn('answered_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('cause', 'text')
    .addColumn('sip_status', 'integer')
    .addColumn('q850', 'integer')
    .addColumn('admin', 'text')
    .addColumn('tariff', 'text')
    .addColumn('currency', 'text')
    .addColumn('price', 'bigint')
    .addColumn('list_price', 'bigint')
    .addColumn('cost', 'bigint')
    .addColumn('rate', 'text')
    .addColumn('billed_s', 'bigint')
    .addPrimaryKeyConstraint('call_legs_pk', ['call_ref', 'leg'])
    .execute();

  // Whose calls they are: who called, who took it, who was to ring. The time is repeated so that one index finds the latest.
  await db.schema
    .createTable('call_people')
    .addColumn('person', 'text', (c) => c.notNull())
    .addColumn('opened_at', 'bigint', (c) => c.notNull())
    .addColumn('call_ref', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('call_people_pk', ['person', 'opened_at', 'call_ref'])
    .execute();
  await db.schema.createIndex('call_people_call').on('call_people').column('call_ref').execute();
}
