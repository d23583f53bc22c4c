/** What users chose for themselves: which notices they get, which line they call from. */
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export interface ChoicesTable {
  user_id: string;
  /** For one room, or empty: in general. */
  room_id: string;
  name: string;
  value: string;
}

const GENERAL = '';

export class Choices {
  readonly #db: Kysely<Schema>;
  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** The line that the user calls from in this room, else the one for all rooms; undefined when none was chosen. */
  async line(userId: string, roomId?: string): Promise<string | undefined> {
    const ofRoom = roomId === undefined ? undefined : await this.get(userId, 'line', roomId);
    return ofRoom ?? (await this.get(userId, 'line'));
  }

  /** Whether the user's number is withheld: in this room, else in general. */
  async withheld(userId: string, roomId?: string): Promise<boolean> {
    const ofRoom = roomId === undefined ? undefined : await this.get(userId, 'withhold', roomId);
    return (ofRoom ?? (await this.get(userId, 'withhold'))) === 'on';
  }

  async get(userId: string, name: string, roomId = GENERAL): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom('choices')
      .select('value')
      .where('user_id', '=', userId)
      .where('room_id', '=', roomId)
      .where('name', '=', name)
      .executeTakeFirst();
    return row?.value;
  }

  /** All that the user chose in general, by name. */
  general(userId: string): Promise<ReadonlyMap<string, string>> {
    return this.ofRoom(userId, GENERAL);
  }

  /** All that the user chose for one room, by name. */
  async ofRoom(userId: string, roomId: string): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#db
      .selectFrom('choices')
      .select(['name', 'value'])
      .where('user_id', '=', userId)
      .where('room_id', '=', roomId)
      .execute();
    return new Map(rows.map(({ name, value }) => [name, value]));
  }

  /** Settles when it is stored. `undefined`: as if it had never been chosen. */
  async set(userId: string, name: string, value: string | undefined, roomId = GENERAL): Promise<void> {
    if (value === undefined) {
      await this.#db
        .deleteFrom('choices')
        .where('user_id', '=', userId)
        .where('room_id', '=', roomId)
        .where('name', '=', name)
        .execute();
      return;
    }
    await this.#db
      .insertInto('choices')
      .values({ user_id: userId, room_id: roomId, name, value })
      .onConflict((c) => c.columns(['user_id', 'room_id', 'name']).doUpdateSet({ value }))
      .execute();
  }
}
