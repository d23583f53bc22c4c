/** Who wants texts from which number of ours, and who no longer: every change is kept, for whoever asks later. */
import type { Kysely } from 'kysely';
import type { ConsentBook, ConsentSource } from '../../message/index.ts';
import type { Schema } from '../schema.ts';
import type { Batch } from './batch.ts';
import { inChunks } from './in-chunks.ts';

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

  /**
   * Forgets changes from before that no longer say anything: those that a later one of the same pair replaced, and a consent, which
   * is what counts without any change. Who opted out stays so for good.
   */
  async prune(before: number): Promise<void> {
    await inChunks(this.#batch, (db, atMost) =>
      db
        .deleteFrom('consent_changes')
        .where('seq', 'in', (e) =>
          e
            .selectFrom('consent_changes as c')
            .select('c.seq')
            .where('c.seq', '<', Math.floor(before) * 1_000)
            .where((w) => {
              const ofPair = w
                .selectFrom('consent_changes as other')
                .select('other.seq')
                .whereRef('other.telephone', '=', 'c.telephone')
                .whereRef('other.number', '=', 'c.number');
              const replaced = w.exists(
                ofPair.whereRef('other.seq', '>', 'c.seq').where('other.seq', '<', Math.floor(before) * 1_000),
              );
              // Not before what it took back is gone: that would count again.
              const consentAlone = w.and([
                w('c.consents', '=', 1),
                w.not(w.exists(ofPair.whereRef('other.seq', '<', 'c.seq'))),
              ]);
              return w.or([replaced, consentAlone]);
            })
            .limit(atMost),
        )
        .executeTakeFirstOrThrow(),
    );
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
