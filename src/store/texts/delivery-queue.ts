/**
 * Which texts are to be sent next. A backlog of any size costs nothing but disk: the first waiting text of each lane is its head,
 * and what is asked for again and again reads heads alone, by an index that holds nothing else.
 */
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Besides, StoredDelivery } from '../../message/index.ts';
import type { Schema } from '../schema.ts';
import type { Batch } from './batch.ts';
import { storedDelivery } from './delivery-rows.ts';

type Db = Kysely<Schema>;

/** Rows that one statement changes at most. */
const CHUNK = 1_000;
/** How often transports are looked for. */
const FIND_EVERY_MS = 10_000;

export class DeliveryQueue {
  readonly #db: Db;
  readonly #batch: Batch;
  readonly #known = new Set<string>();
  #foundAt = Number.NEGATIVE_INFINITY;

  readonly #now: () => number;

  /** @param now ms since 1970 */
  constructor(db: Db, batch: Batch, now: () => number) {
    this.#db = db;
    this.#batch = batch;
    this.#now = now;
  }

  async due(now: number, atMost: number, besides: Besides): Promise<readonly StoredDelivery[]> {
    const heads: Head[] = [];
    for (const transport of await this.#transports(besides)) {
      // Of the lanes that are left out each has one head at most: so many more are read.
      const rows = await this.#heads(transport)
        .where('next_try_at', '<=', Math.floor(now))
        .limit(atMost + besides.lanes.size)
        .execute();
      heads.push(...rows.filter(({ lane }) => !besides.lanes.has(lane)).slice(0, atMost));
    }
    const chosen = heads.sort(byDueTime).slice(0, atMost);
    return this.#load(chosen);
  }

  async nextDueAt(besides: Besides): Promise<number | undefined> {
    let next: number | undefined;
    for (const transport of await this.#transports(besides)) {
      const rows = await this.#heads(transport)
        .limit(besides.lanes.size + 1)
        .execute();
      const first = rows.find(({ lane }) => !besides.lanes.has(lane));
      if (first !== undefined && (next === undefined || first.next_try_at < next)) next = Number(first.next_try_at);
    }
    return next;
  }

  /** There are few: those that this process has stored something for, and those that it found lately. */
  async #transports(besides: Besides): Promise<readonly string[]> {
    const now = this.#now();
    // A command beside the gateway may have stored something for another.
    if (Math.abs(now - this.#foundAt) >= FIND_EVERY_MS) {
      await this.#findTransports();
      this.#foundAt = now;
    }
    return [...this.#known].filter((transport) => !besides.transports.has(transport));
  }

  /** Something is stored for this transport. */
  heardOf(transport: string): void {
    this.#known.add(transport);
  }

  /** Those that have anything waiting, one step in the index for each. */
  async #findTransports(): Promise<void> {
    for (let after: string | undefined = ''; after !== undefined; ) {
      const row: { readonly transport: string } | undefined = await this.#db
        .selectFrom('deliveries')
        .select('transport')
        .where('is_head', '=', sql.lit(1))
        .where('transport', '>', after)
        .orderBy('transport')
        .limit(1)
        .executeTakeFirst();
      after = row?.transport;
      if (after !== undefined) this.#known.add(after);
    }
  }

  #heads(transport: string) {
    return this.#db
      .selectFrom('deliveries')
      .select(['text_ref', 'lane', 'next_try_at', 'seq'])
      .where('is_head', '=', sql.lit(1))
      .where('transport', '=', transport)
      .orderBy('next_try_at')
      .orderBy('seq');
  }

  async #load(heads: readonly Head[]): Promise<StoredDelivery[]> {
    const found: StoredDelivery[] = [];
    for (const { text_ref: textRef } of heads) {
      const row = await this.#db
        .selectFrom('deliveries')
        .selectAll()
        .where('text_ref', '=', textRef)
        .executeTakeFirst();
      if (row?.state === 'waiting') found.push(storedDelivery(row));
    }
    return found;
  }

  async wake(transport: string, now: number): Promise<void> {
    const at = Math.floor(now);
    for (let changed = CHUNK; changed === CHUNK; ) {
      changed = await this.#batch.commit(async (db) => {
        const { numUpdatedRows } = await db
          .updateTable('deliveries')
          .set({ next_try_at: at })
          .where('text_ref', 'in', (e) =>
            e
              .selectFrom('deliveries')
              .select('text_ref')
              .where('is_head', '=', sql.lit(1))
              .where('transport', '=', transport)
              .where('next_try_at', '>', at)
              .orderBy('next_try_at')
              .limit(CHUNK),
          )
          .executeTakeFirstOrThrow();
        return Number(numUpdatedRows);
      });
    }
  }
}

interface Head {
  readonly text_ref: string;
  readonly lane: string;
  readonly next_try_at: number;
  readonly seq: number;
}

function byDueTime(a: Head, b: Head): number {
  return a.next_try_at - b.next_try_at || a.seq - b.seq;
}

/** Texts of a lane that wait. */
export function waitingIn(db: Db, lane: string) {
  // A literal: an index of those that wait serves only queries that are seen to ask for them alone.
  return db.selectFrom('deliveries').where('lane', '=', lane).where('state', '=', sql.lit('waiting'));
}

/** The first of a lane that waits, if there is one, is its head. */
export async function makeHead(db: Transaction<Schema>, lane: string): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ is_head: 1 })
    .where('text_ref', '=', () => waitingIn(db, lane).select('text_ref').orderBy('seq').limit(1))
    .where('is_head', '=', 0)
    .execute();
}
