/** Rooms that the gateway makes so that calls from the telephone can ring, and what users chose. */
import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // Until now a portal was always a room into which its user had brought the ghost.
  await db.schema
    .alterTable('portals')
    .addColumn('user_joined', 'integer', (c) => c.notNull().defaultTo(1))
    .execute();
  await db.schema.alterTable('portals').addColumn('caller_name', 'text').execute();
  await db.schema.alterTable('portals').addColumn('shown_name', 'text').execute();
  await db.schema.createIndex('portals_user').on('portals').columns(['user_id', 'ghost']).execute();

  await db.schema
    .createTable('made_rooms')
    .addColumn('user_id', 'text', (c) => c.notNull())
    .addColumn('with_id', 'text', (c) => c.notNull())
    .addColumn('room_id', 'text')
    .addColumn('begun_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('made_rooms_pk', ['user_id', 'with_id'])
    .execute();
  await db.schema.createIndex('made_rooms_room').on('made_rooms').column('room_id').execute();

  await db.schema
    .createTable('choices')
    .addColumn('user_id', 'text', (c) => c.notNull())
    .addColumn('room_id', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('choices_pk', ['user_id', 'room_id', 'name'])
    .execute();
}
