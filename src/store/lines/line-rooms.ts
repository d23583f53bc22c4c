/**
 * Rooms in which a shared line and a telephone talk: one for each line, telephone and control room. That one is wanted is written
 * down before it is made, so that a crash in between is known of and no second one is made.
 */
import type { Kysely } from 'kysely';
import type { MatrixUserId, RoomId } from '../../matrix/index.ts';
import type { Schema } from '../schema.ts';

export interface LineRoomsTable {
  line: string;
  ghost: string;
  control_room: string;
  /** Null while it is being made. */
  room_id: string | null;
  begun_at: number;
}

export interface StoredLineRoom {
  /** The number of the line. */
  readonly line: string;
  /** The telephone's. */
  readonly ghost: MatrixUserId;
  readonly controlRoom: RoomId;
  /** Absent while it is being made, or when the process died over it. */
  readonly roomId?: RoomId;
}

export type LineRoom = StoredLineRoom & { readonly roomId: RoomId };

type Which = Pick<StoredLineRoom, 'line' | 'ghost' | 'controlRoom'>;

export class LineRooms {
  readonly #db: Kysely<Schema>;
  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** Before the homeserver is asked. What is there already stays. */
  async begin({ line, ghost, controlRoom }: Which, now: number): Promise<void> {
    await this.#db
      .insertInto('line_rooms')
      .values({ line, ghost, control_room: controlRoom, room_id: null, begun_at: Math.floor(now) })
      .onConflict((c) => c.columns(['line', 'ghost', 'control_room']).doNothing())
      .execute();
  }

  /** The room is there; it takes the place of an earlier one. */
  async made({ line, ghost, controlRoom, roomId }: LineRoom, now: number): Promise<void> {
    await this.#db
      .insertInto('line_rooms')
      .values({ line, ghost, control_room: controlRoom, room_id: roomId, begun_at: Math.floor(now) })
      .onConflict((c) => c.columns(['line', 'ghost', 'control_room']).doUpdateSet({ room_id: roomId }))
      .execute();
  }

  async find({ line, ghost, controlRoom }: Which): Promise<StoredLineRoom | undefined> {
    const row = await this.#db
      .selectFrom('line_rooms')
      .selectAll()
      .where('line', '=', line)
      .where('ghost', '=', ghost)
      .where('control_room', '=', controlRoom)
      .executeTakeFirst();
    return row && stored(row);
  }

  async inRoom(roomId: string): Promise<LineRoom | undefined> {
    const row = await this.#db.selectFrom('line_rooms').selectAll().where('room_id', '=', roomId).executeTakeFirst();
    return row && made(row);
  }

  /** All that were made, the oldest first. */
  async all(): Promise<readonly LineRoom[]> {
    const rows = await this.#db
      .selectFrom('line_rooms')
      .selectAll()
      .where('room_id', 'is not', null)
      .orderBy('begun_at')
      .orderBy('room_id')
      .execute();
    return rows.flatMap((row) => made(row) ?? []);
  }

  /** It is none of the line's rooms any more. */
  async forget(roomId: string): Promise<void> {
    await this.#db.deleteFrom('line_rooms').where('room_id', '=', roomId).execute();
  }
}

function stored(row: LineRoomsTable): StoredLineRoom {
  return {
    line: row.line,
    ghost: row.ghost as MatrixUserId,
    controlRoom: row.control_room as RoomId,
    ...(row.room_id === null ? {} : { roomId: row.room_id as RoomId }),
  };
}

function made(row: LineRoomsTable): LineRoom | undefined {
  const { roomId, ...which } = stored(row);
  return roomId === undefined ? undefined : { ...which, roomId };
}
