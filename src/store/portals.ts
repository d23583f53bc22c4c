/** Rooms in which a ghost is: whose they are, and what is known of them. */
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
  user_joined: number;
  caller_name: string | null;
  shown_name: string | null;
}

export interface StoredPortal {
  readonly roomId: string;
  readonly ghost: string;
  /** Who invited the ghost, or for whom the room was made. */
  readonly userId: string;
  readonly encrypted: boolean;
  readonly others: number;
  /** Whether that user is in the room now, and not only invited: then a call rings. */
  readonly userJoined: boolean;
}

/** What a ghost is called in one room. */
export interface PortalName {
  /** The caller's name as the network last said it. */
  readonly callerName?: string;
  /** What was made of it and is shown. */
  readonly shownName?: string;
}

export class Portals {
  readonly #db: Kysely<Schema>;
  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** Oldest first. */
  async inRoom(roomId: string): Promise<readonly StoredPortal[]> {
    const rows = await this.#db
      .selectFrom('portals')
      .selectAll()
      .where('room_id', '=', roomId)
      .orderBy('joined_at')
      .execute();
    return rows.map(stored);
  }

  /** The user's rooms with one of these ghosts, oldest first. */
  async ofUser(userId: string, ghosts: readonly string[]): Promise<readonly StoredPortal[]> {
    if (ghosts.length === 0) return [];
    const rows = await this.#db
      .selectFrom('portals')
      .selectAll()
      .where('user_id', '=', userId)
      .where('ghost', 'in', ghosts)
      .orderBy('joined_at')
      .orderBy('room_id')
      .execute();
    return rows.map(stored);
  }

  /** All rooms of the user, oldest first. */
  async allOf(userId: string): Promise<readonly StoredPortal[]> {
    const rows = await this.#db
      .selectFrom('portals')
      .selectAll()
      .where('user_id', '=', userId)
      .orderBy('joined_at')
      .orderBy('room_id')
      .execute();
    return rows.map(stored);
  }

  async save(portal: StoredPortal, now: number): Promise<void> {
    const facts = {
      user_id: portal.userId,
      encrypted: portal.encrypted ? 1 : 0,
      others: portal.others,
      user_joined: portal.userJoined ? 1 : 0,
    };
    await this.#db
      .insertInto('portals')
      .values({ room_id: portal.roomId, ghost: portal.ghost, joined_at: Math.floor(now), ...facts })
      .onConflict((c) => c.columns(['room_id', 'ghost']).doUpdateSet(facts))
      .execute();
  }

  async name(roomId: string, ghost: string): Promise<PortalName> {
    const row = await this.#db
      .selectFrom('portals')
      .select(['caller_name', 'shown_name'])
      .where('room_id', '=', roomId)
      .where('ghost', '=', ghost)
      .executeTakeFirst();
    return {
      ...(row?.caller_name ? { callerName: row.caller_name } : {}),
      ...(row?.shown_name ? { shownName: row.shown_name } : {}),
    };
  }

  async rename(roomId: string, ghost: string, { callerName, shownName }: PortalName): Promise<void> {
    await this.#db
      .updateTable('portals')
      .set({ caller_name: callerName ?? null, shown_name: shownName ?? null })
      .where('room_id', '=', roomId)
      .where('ghost', '=', ghost)
      .execute();
  }

  async remove(roomId: string, ghost: string): Promise<void> {
    await this.#db.deleteFrom('portals').where('room_id', '=', roomId).where('ghost', '=', ghost).execute();
  }
}

function stored(row: PortalsTable): StoredPortal {
  return {
    roomId: row.room_id,
    ghost: row.ghost,
    userId: row.user_id,
    encrypted: row.encrypted === 1,
    others: row.others,
    userJoined: row.user_joined === 1,
  };
}
