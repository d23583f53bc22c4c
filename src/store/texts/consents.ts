/** Who wants texts from which number of ours, and who no longer: every change is kept, for whoever asks later. */
import type { Kysely } from 'kysely';
import type { ConsentBook, ConsentSource } from '../../message/index.ts';
import type { Schema } from '../schema.ts';
import type { Batch } from './batch.ts';

export interface ConsentChangesTable {
  seq: number;
  /** Ours. */
  number: string;
  telephone: string;
  consents: number;
  source: ConsentSource;
  word: string | null;
  at: number;
}

type Db = Kysely<Schema>;
type ConsentChange = ReturnType<ConsentBook['history']> extends AsyncIterable<infer Change> ? Change : never;

const PAGE = 500;

export class Consents implements ConsentBook {
  readonly #db: Db;
  readonly #batch: Batch;

  constructor(db: Db, batch: Batch) {
    this.#db = db;
    this.#batch = batch;
  }

  async set(
    of: { readonly number: string; readonly telephone: string },
    consents: boolean,
    how: { readonly source: ConsentSource; readonly word?: string },
    now: number,
  ): Promise<boolean> {
    return this.#batch.durably(async (db) => {
      // Who never said anything consents.
      if (((await latest(db, of.number, of.telephone)) ?? true) === consents) return false;
      const last = await db
        .selectFrom('consent_changes')
        .select((e) => e.fn.max('seq').as('seq'))
        .executeTakeFirst();
      await db
        .insertInto('consent_changes')
        .values({
          seq: Math.max(Number(last?.seq ?? 0) + 1, Math.floor(now * 1_000)),
          number: of.number,
          telephone: of.telephone,
          consents: consents ? 1 : 0,
          source: how.source,
          word: how.word ?? null,
          at: Math.floor(now),
        })
        .execute();
      return true;
    });
  }

  async hasOptedOut(number: string, telephone: string): Promise<boolean> {
    return (await latest(this.#db, number, telephone)) === false;
  }

  async *history(): AsyncGenerator<ConsentChange> {
    for (let after = 0; ; ) {
      const rows = await this.#db
        .selectFrom('consent_changes')
        .selectAll()
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(PAGE)
        .execute();
      for (const row of rows) {
        after = Number(row.seq);
        yield {
          number: row.number,
          telephone: row.telephone,
          consents: row.consents === 1,
          source: row.source,
          ...(row.word === null ? {} : { word: row.word }),
          at: Number(row.at),
        };
      }
      if (rows.length < PAGE) return;
    }
  }
}

async function latest(db: Db, number: string, telephone: string): Promise<boolean | undefined> {
  const row = await db
    .selectFrom('consent_changes')
    .select('consents')
    .where('telephone', '=', telephone)
    .where('number', '=', number)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && row.consents === 1;
}
