/**
 * Rooms that the gateway makes for a user: the direct chat with a ghost, and the phone room with its own user. That one is
 * wanted is written down before it is made, so that a crash in between is known of and no second one is made.
 */
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export interface MadeRoomsTable {
  user_id: string;
  /** The ghost, or the gateway's own user: who made the room. */
  with_id: string;
  /** Null while it is being made. */
  room_id: string | null;
  begun_at: number;
}

export interface StoredMadeRoom {
  readonly userId: string;
  readonly withId: string;
  /** Absent while it is being made, or when the process died over it. */
  readonly roomId?: string;
  readonly begunAt: number;
}

export class MadeRooms {
  readonly #db: Kysely<Schema>;
  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** Before the homeserver is asked. What is there already stays. */
  async begin(userId: string, withId: string, now: number): Promise<void> {
    await this.#db
      .insertInto('made_rooms')
      .values({ user_id: userId, with_id: withId, room_id: null, begun_at: Math.floor(now) })
      .onConflict((c) => c.columns(['user_id', 'with_id']).doNothing())
      .execute();
  }

  /** The room is there; it takes the place of an earlier one. */
  async made(userId: string, withId: string, roomId: string, now: number): Promise<void> {
    await this.#db
      .insertInto('made_rooms')
      .values({ user_id: userId, with_id: withId, room_id: roomId, begun_at: Math.floor(now) })
      .onConflict((c) => c.columns(['user_id', 'with_id']).doUpdateSet({ room_id: roomId }))
      .execute();
  }

  async find(userId: string, withId: string): Promise<StoredMadeRoom | undefined> {
    const row = await this.#db
      .selectFrom('made_rooms')
      .selectAll()
      .where('user_id', '=', userId)
      .where('with_id', '=', withId)
      .executeTakeFirst();
    return row && stored(row);
  }

  async inRoom(roomId: string): Promise<StoredMadeRoom | undefined> {
    const row = await this.#db.selectFrom('made_rooms').selectAll().where('room_id', '=', roomId).executeTakeFirst();
    return row && stored(row);
  }

  /** It is none of the user's rooms any more. */
  async forget(roomId: string): Promise<void> {
    await this.#db.deleteFrom('made_rooms').where('room_id', '=', roomId).execute();
  }
}

function stored(row: MadeRoomsTable): StoredMadeRoom {
  return {
    userId: row.user_id,
    withId: row.with_id,
    begunAt: Number(row.begun_at),
    ...(row.room_id === null ? {} : { roomId: row.room_id }),
  };
}
