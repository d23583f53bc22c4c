/** Lines that were given to users and control rooms, what their owners want of calls, and the rooms of shared lines. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('linked_lines')
    .addColumn('number', 'text', (c) => c.notNull())
    // Empty: of no extension.
    .addColumn('extension_of', 'text', (c) => c.notNull())
    .addColumn('trunk', 'text')
    .addColumn('owner', 'text', (c) => c.notNull())
    .addColumn('name', 'text')
    .addColumn('linked_at', 'bigint', (c) => c.notNull())
    .addColumn('linked_by', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('linked_lines_key', ['number', 'extension_of'])
    .execute();

  await db.schema
    .createTable('preferences')
    .addColumn('owner', 'text', (c) => c.primaryKey().notNull())
    .addColumn('dnd', 'integer', (c) => c.notNull())
    .addColumn('dnd_until', 'bigint')
    .addColumn('forward_when', 'text')
    .addColumn('forward_to', 'text')
    .addColumn('forward_by', 'text')
    .execute();

  await db.schema
    .createTable('screening_rules')
    .addColumn('owner', 'text', (c) => c.notNull())
    .addColumn('caller', 'text', (c) => c.notNull())
    .addColumn('verdict', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('screening_rules_key', ['owner', 'caller'])
    .execute();

  await db.schema
    .createTable('line_rooms')
    .addColumn('line', 'text', (c) => c.notNull())
    .addColumn('ghost', 'text', (c) => c.notNull())
    .addColumn('control_room', 'text', (c) => c.notNull())
    // Null while it is being made.
    .addColumn('room_id', 'text')
    .addColumn('begun_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('line_rooms_key', ['line', 'ghost', 'control_room'])
    .execute();
  await db.schema.createIndex('line_rooms_room').on('line_rooms').column('room_id').execute();
  await db.schema.createIndex('line_rooms_control').on('line_rooms').column('control_room').execute();
}
