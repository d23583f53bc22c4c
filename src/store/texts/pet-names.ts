/** Names that users, or rooms, gave to telephones. */
import type { Kysely } from 'kysely';
import type { MatrixUserId, RoomId } from '../../matrix/index.ts';
import type { PetNameBook } from '../../message/index.ts';
import type { Schema } from '../schema.ts';

export interface PetNamesTable {
  owner: string;
  telephone: string;
  name: string;
  /** The name as it is looked for. */
  folded: string;
}

export class PetNames implements PetNameBook {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async get(owner: MatrixUserId | RoomId, telephone: string): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom('pet_names')
      .select('name')
      .where('owner', '=', owner)
      .where('telephone', '=', telephone)
      .executeTakeFirst();
    return row?.name;
  }

  async set(owner: MatrixUserId | RoomId, telephone: string, name: string | undefined): Promise<void> {
    if (name === undefined) {
      await this.#db.deleteFrom('pet_names').where('owner', '=', owner).where('telephone', '=', telephone).execute();
      return;
    }
    const named = { name, folded: fold(name) };
    await this.#db
      .insertInto('pet_names')
      .values({ owner, telephone, ...named })
      .onConflict((c) => c.columns(['owner', 'telephone']).doUpdateSet(named))
      .execute();
  }

  async all(owner: MatrixUserId | RoomId): Promise<readonly { readonly telephone: string; readonly name: string }[]> {
    return this.#db
      .selectFrom('pet_names')
      .select(['telephone', 'name'])
      .where('owner', '=', owner)
      .orderBy('folded')
      .orderBy('telephone')
      .execute();
  }

  async find(owner: MatrixUserId | RoomId, name: string): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom('pet_names')
      .select('telephone')
      .where('owner', '=', owner)
      .where('folded', '=', fold(name))
      .orderBy('telephone')
      .limit(1)
      .executeTakeFirst();
    return row?.telephone;
  }
}

/** Capitals, and how a letter is composed, make no other name. Upper case first: ß and SS are the same. */
function fold(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().replace(/\s+/gu, ' ').trim();
}
