/** Numbers that are lent: one holder for each number and telephone, as the primary key has it. */
import type { Kysely, Transaction } from 'kysely';
import type { MatrixUserId } from '../../matrix/index.ts';
import type { LeaseBook, Lent } from '../../message/index.ts';
import { type Choice, chooseNumber } from '../../number/pool/index.ts';
import type { Schema } from '../schema.ts';
import type { Batch } from './batch.ts';
import { inChunks } from './in-chunks.ts';

export interface NumberLeasesTable {
  number: string;
  telephone: string;
  user_id: string;
  pool: string;
  lent_at: number;
  last_used_at: number;
}

type Pool = Parameters<LeaseBook['lend']>[0];
type Db = Kysely<Schema>;

/** Another process took the number that was chosen: choose again. SQLite makes writers wait, so it does not come to this there. */
const MOST_CONFLICTS = 20;

export class Leases implements LeaseBook {
  readonly #db: Db;
  readonly #batch: Batch;

  constructor(db: Db, batch: Batch) {
    this.#db = db;
    this.#batch = batch;
  }

  async lend(pool: Pool, user: MatrixUserId, telephone: string, now: number): Promise<Lent> {
    const at = Math.floor(now);
    // A reply must find its user after a power cut too: it is on the disk with the text that is stored next, before that goes.
    return this.#batch.commit(async (db) => {
      for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
        const choice = chooseNumber(pool, await leasesOf(db, telephone), user, at);
        if (choice.kind === 'exhausted') return choice;
        if (await this.#write(db, choice, { pool: pool.name, user, telephone, at })) {
          return { kind: 'lent', number: choice.number, isNew: choice.kind === 'lend' };
        }
      }
      throw new Error(`The pool ${pool.name} is asked by too many at once: a number could not be lent. Try again.`);
    });
  }

  /** False when somebody else was quicker. */
  async #write(
    db: Transaction<Schema>,
    choice: Exclude<Choice, { kind: 'exhausted' }>,
    to: { readonly pool: string; readonly user: string; readonly telephone: string; readonly at: number },
  ): Promise<boolean> {
    if (choice.kind === 'keep') return touch(db, choice.number, to.telephone, to.at, to.user);
    const lease = { user_id: to.user, pool: to.pool, lent_at: to.at, last_used_at: to.at };
    const { from } = choice;
    if (from === undefined) {
      const { numInsertedOrUpdatedRows: n = 0n } = await db
        .insertInto('number_leases')
        .values({ number: choice.number, telephone: to.telephone, ...lease })
        .onConflict((c) => c.columns(['telephone', 'number']).doNothing())
        .executeTakeFirst();
      return n > 0n;
    }
    const { numUpdatedRows } = await db
      .updateTable('number_leases')
      .set(lease)
      .where('telephone', '=', to.telephone)
      .where('number', '=', choice.number)
      .where('user_id', '=', from.user)
      .where('last_used_at', '=', from.lastUsedAt)
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  async holder(number: string, telephone: string): Promise<MatrixUserId | undefined> {
    const row = await this.#db
      .selectFrom('number_leases')
      .select('user_id')
      .where('telephone', '=', telephone)
      .where('number', '=', number)
      .executeTakeFirst();
    return row?.user_id as MatrixUserId | undefined;
  }

  async used(number: string, telephone: string, now: number): Promise<void> {
    await this.#batch.commit((db) => touch(db, number, telephone, Math.floor(now)));
  }

  /** By telephone, the latest used first. */
  async list(): ReturnType<LeaseBook['list']> {
    const rows = await this.#db
      .selectFrom('number_leases')
      .selectAll()
      .orderBy('telephone')
      .orderBy('last_used_at', 'desc')
      .execute();
    return rows.map((row) => ({
      number: row.number,
      telephone: row.telephone,
      user: row.user_id as MatrixUserId,
      lastUsedAt: Number(row.last_used_at),
    }));
  }

  /** Forgets those that nobody used since: a reply goes nowhere then, so it must be long after their rest. */
  async prune(before: number): Promise<void> {
    await inChunks(this.#batch, (db, atMost) =>
      db
        .deleteFrom('number_leases')
        .where(
          (e) => e.refTuple('telephone', 'number'),
          'in',
          (e) =>
            e
              .selectFrom('number_leases')
              .select(['telephone', 'number'])
              .where('last_used_at', '<', Math.floor(before))
              .limit(atMost)
              .$asTuple('telephone', 'number'),
        )
        .executeTakeFirstOrThrow(),
    );
  }
}

async function leasesOf(db: Db, telephone: string) {
  const rows = await db
    .selectFrom('number_leases')
    .select(['number', 'user_id', 'last_used_at'])
    .where('telephone', '=', telephone)
    .execute();
  return rows.map((row) => ({ number: row.number, user: row.user_id, lastUsedAt: Number(row.last_used_at) }));
}

/** A use that is told late makes none earlier. False when nobody, or somebody other than `user`, holds it. */
async function touch(
  db: Transaction<Schema>,
  number: string,
  telephone: string,
  at: number,
  user?: string,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('number_leases')
    .set((e) => ({
      last_used_at: e.case().when('last_used_at', '<', at).then(at).else(e.ref('last_used_at')).end(),
    }))
    .where('telephone', '=', telephone)
    .where('number', '=', number)
    .$if(user !== undefined, (query) => query.where('user_id', '=', user ?? ''))
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}
