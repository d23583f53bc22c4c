/** Rooms in which a ghost is: who brought it there, and what is known of the room. */
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export interface PortalsTable {
  room_id: string;
  ghost: string;
  user_id: string;
  encrypted: number;
  /** Members besides the ghost, joined or invited, without helpers (`io.element.functional_members`). */
  others: number;
  joined_at: number;
}

export interface StoredPortal {
  readonly roomId: string;
  readonly ghost: string;
  /** Who invited the ghost. */
  readonly userId: string;
  readonly encrypted: boolean;
  readonly others: number;
}

export class Portals {
  readonly #db: Kysely<Schema>;
  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async inRoom(roomId: string): Promise<readonly StoredPortal[]> {
    const rows = await this.#db
      .selectFrom('portals')
      .selectAll()
      .where('room_id', '=', roomId)
      .orderBy('joined_at')
      .execute();
    return rows.map((row) => ({
      roomId: row.room_id,
      ghost: row.ghost,
      userId: row.user_id,
      encrypted: row.encrypted === 1,
      others: row.others,
    }));
  }

  async save(portal: StoredPortal, now: number): Promise<void> {
    const facts = { user_id: portal.userId, encrypted: portal.encrypted ? 1 : 0, others: portal.others };
    await this.#db
      .insertInto('portals')
      .values({ room_id: portal.roomId, ghost: portal.ghost, joined_at: Math.floor(now), ...facts })
      .onConflict((c) => c.columns(['room_id', 'ghost']).doUpdateSet(facts))
      .execute();
  }

  async remove(roomId: string, ghost: string): Promise<void> {
    await this.#db.deleteFrom('portals').where('room_id', '=', roomId).where('ghost', '=', ghost).execute();
  }
}
