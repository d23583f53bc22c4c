/** What a user's dialled text meant the first time: it stays so, whatever becomes of the user's region. */
import type { Kysely } from 'kysely';
import type { NumberBinding, NumberBindings } from '../number/bindings.ts';
import type { E164 } from '../number/e164.ts';
import type { Schema } from './schema.ts';

export interface NumberBindingsTable {
  user_id: string;
  literal: string;
  e164: string;
  bound_at: number;
}

export class StoredNumberBindings implements NumberBindings {
  readonly #db: Kysely<Schema>;
  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async find(user: string, literal: string): Promise<E164 | undefined> {
    const row = await this.#db
      .selectFrom('number_bindings')
      .select('e164')
      .where('user_id', '=', user)
      .where('literal', '=', literal)
      .executeTakeFirst();
    return row?.e164 as E164 | undefined;
  }

  async literalsOf(user: string, e164: E164): Promise<readonly string[]> {
    const rows = await this.#db
      .selectFrom('number_bindings')
      .select('literal')
      .where('user_id', '=', user)
      .where('e164', '=', e164)
      .orderBy('bound_at')
      .orderBy('literal')
      .execute();
    return rows.map((row) => row.literal);
  }

  async bind({ user, literal, e164 }: NumberBinding): Promise<E164> {
    await this.#db
      .insertInto('number_bindings')
      .values({ user_id: user, literal, e164, bound_at: Date.now() })
      .onConflict((c) => c.columns(['user_id', 'literal']).doNothing())
      .execute();
    return (await this.find(user, literal)) ?? e164;
  }
}
