/** Live calls may come from the telephone: one row for each room that rings, and what is said there when it was missed. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('live_calls').addColumn('inbound_ref', 'text').execute();
  await db.schema.alterTable('live_calls').addColumn('missed', 'text').execute();
}
