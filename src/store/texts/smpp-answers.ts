/** Until when the service centres of SMPP are known to have read our answers to their texts. */
import type { Kysely } from 'kysely';
import type { ArrivalMemory } from '../../smpp/index.ts';
import type { Schema } from '../schema.ts';
import type { Batch } from './batch.ts';

export interface SmppAnswersTable {
  transport: string;
  read_until: number;
}

export class SmppAnswers implements ArrivalMemory {
  readonly #db: Kysely<Schema>;
  readonly #batch: Batch;

  constructor(db: Kysely<Schema>, batch: Batch) {
    this.#db = db;
    this.#batch = batch;
  }

  async latestKey(transport: string, prefix: string): Promise<string | undefined> {
    const keys: string[] = [];
    for (const table of ['arrivals', 'arrival_fragments'] as const) {
      const row = await this.#db
        .selectFrom(table)
        .select('key')
        .where('transport', '=', transport)
        .where('key', '>=', prefix)
        // All of base36 sorts before it.
        .where('key', '<', `${prefix}~`)
        .orderBy('key', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (row) keys.push(row.key);
    }
    return keys.sort().at(-1);
  }

  async confirmedUntil(transport: string): Promise<number> {
    const row = await this.#db
      .selectFrom('smpp_answers')
      .select('read_until')
      .where('transport', '=', transport)
      .executeTakeFirst();
    return Number(row?.read_until ?? 0);
  }

  async confirm(transport: string, until: number): Promise<void> {
    const read_until = Math.floor(until);
    await this.#batch.commit((db) =>
      db
        .insertInto('smpp_answers')
        .values({ transport, read_until })
        .onConflict((c) => c.column('transport').doUpdateSet({ read_until }))
        .execute(),
    );
  }
}
