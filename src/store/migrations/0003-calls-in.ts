/**
 * Live calls may come from the telephone: one row for each room that rings, and what is said there when it was missed. Of an
 * answered call also that by which its telephone can be hung up after a restart.
 */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('live_calls').addColumn('inbound_ref', 'text').execute();
  await db.schema.alterTable('live_calls').addColumn('missed', 'text').execute();
  await db.schema.alterTable('live_calls').addColumn('last_will', 'text').execute();
}
