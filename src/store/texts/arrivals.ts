/**
 * Texts that came: on the disk before the network is told so, until they are posted. What stays afterwards is their keys, to know
 * them again, and which event shows them.
 */
import { type Kysely, sql, type Transaction } from 'kysely';
import { type EventId, type RingTarget, type RoomId, targetKey } from '../../matrix/index.ts';
import type { Arrival, ArrivalBook, Fragment, WaitingArrival } from '../../message/index.ts';
import type { Schema } from '../schema.ts';
import { fragmentsOf, incompleteGroups, insertFragment, knowsFragment, markJoined } from './arrival-fragments.ts';
import { type ArrivedColumns, arrivedColumns, arrivedFrom, digestOf, targetOf } from './arrival-rows.ts';
import type { Batch } from './batch.ts';
import { inChunks } from './in-chunks.ts';
import { Sequence } from './sequence.ts';

export type ArrivalsTable = ArrivedColumns;

/** Whom a text is for; most are for one. */
export interface ArrivalTargetsTable {
  text_ref: string;
  /** `user:…` or `room:…` */
  target: string;
  seq: number;
  state: 'waiting' | 'held' | 'posted';
  /** Where it is held, or was posted. */
  room_id: string | null;
  event_id: string | null;
}

type Db = Kysely<Schema>;

export class Arrivals implements ArrivalBook {
  readonly #db: Db;
  readonly #batch: Batch;
  readonly #sequence = new Sequence();

  constructor(db: Db, batch: Batch) {
    this.#db = db;
    this.#batch = batch;
  }

  async take(arrival: Arrival): Promise<boolean> {
    return this.#batch.durably(
      async (db) => !(await knowsFragment(db, arrival.transport, arrival.key)) && (await this.#insert(db, arrival)),
    );
  }

  async #insert(db: Transaction<Schema>, arrival: Arrival): Promise<boolean> {
    const columns = arrivedColumns(arrival);
    // What is for nobody (an order such as STOP) needs no text.
    const rows = await db
      .insertInto('arrivals')
      .values(arrival.targets.length === 0 ? { ...columns, text: null } : columns)
      .onConflict((c) => c.doNothing())
      .returning('text_ref')
      .execute();
    if (rows.length === 0) return false;
    for (const target of new Set(arrival.targets.map(targetKey))) {
      const seq = await this.#sequence.next(arrival.receivedAt, () => highestSeq(db));
      await db
        .insertInto('arrival_targets')
        .values({ text_ref: arrival.textRef, target, seq, state: 'waiting', room_id: null, event_id: null })
        .execute();
    }
    return true;
  }

  async takeFragment(fragment: Fragment): Promise<readonly Fragment[] | undefined> {
    return this.#batch.durably(async (db) => {
      if (await knowsArrival(db, fragment.transport, fragment.key)) return undefined;
      if (!(await insertFragment(db, fragment))) return undefined;
      return fragmentsOf(db, fragment.group);
    });
  }

  async join(group: string, texts: readonly Arrival[]): Promise<void> {
    await this.#batch.durably(async (db) => {
      await markJoined(db, group);
      for (const text of texts) await this.#insert(db, text);
    });
  }

  async incomplete(before: number): Promise<readonly (readonly Fragment[])[]> {
    const groups: (readonly Fragment[])[] = [];
    for (const group of await incompleteGroups(this.#db, before)) groups.push(await fragmentsOf(this.#db, group));
    return groups;
  }

  async waiting(atMost: number, afterSeq = 0): Promise<readonly WaitingArrival[]> {
    const rows = await this.#targets()
      .where('t.state', '=', sql.lit('waiting'))
      .where('t.seq', '>', afterSeq)
      .orderBy('t.seq')
      .limit(atMost)
      .execute();
    return rows.map(waitingArrival);
  }

  async held(roomId: RoomId): Promise<readonly WaitingArrival[]> {
    const rows = await this.#targets()
      .where('t.state', '=', sql.lit('held'))
      .where('t.room_id', '=', roomId)
      .orderBy('t.seq')
      .execute();
    return rows.map(waitingArrival);
  }

  #targets() {
    return this.#db
      .selectFrom('arrival_targets as t')
      .innerJoin('arrivals as a', 'a.text_ref', 't.text_ref')
      .selectAll('a')
      .select(['t.target', 't.seq', 't.state', 't.room_id']);
  }

  async posted(
    textRef: string,
    target: RingTarget,
    where: { readonly roomId: RoomId; readonly eventId: EventId },
  ): Promise<void> {
    await this.#batch.commit(async (db) => {
      await db
        .updateTable('arrival_targets')
        .set({ state: 'posted', room_id: where.roomId, event_id: where.eventId })
        .where('text_ref', '=', textRef)
        .where('target', '=', targetKey(target))
        .execute();
      await db
        .updateTable('arrivals')
        .set({ text: null })
        .where('text_ref', '=', textRef)
        .where((e) =>
          e.not(
            e.exists(
              e
                .selectFrom('arrival_targets as t')
                .select('t.text_ref')
                .where('t.text_ref', '=', textRef)
                .where('t.state', '!=', sql.lit('posted')),
            ),
          ),
        )
        .execute();
    });
  }

  async hold(textRef: string, target: RingTarget, roomId: RoomId): Promise<void> {
    await this.#batch.commit(async (db) => {
      await db
        .updateTable('arrival_targets')
        .set({ state: 'held', room_id: roomId })
        .where('text_ref', '=', textRef)
        .where('target', '=', targetKey(target))
        .where('state', '!=', sql.lit('posted'))
        .execute();
    });
  }

  async release(roomId: RoomId): Promise<number> {
    return this.#batch.commit(async (db) => {
      const { numUpdatedRows } = await db
        .updateTable('arrival_targets')
        .set({ state: 'waiting', room_id: null })
        .where('state', '=', sql.lit('held'))
        .where('room_id', '=', roomId)
        .executeTakeFirstOrThrow();
      return Number(numUpdatedRows);
    });
  }

  async seenLately(
    of: { readonly transport: string; readonly sender: string; readonly called: string; readonly text: string },
    since: number,
  ): Promise<boolean> {
    const digest = digestOf(of);
    for (const table of ['arrivals', 'arrival_fragments'] as const) {
      const row = await this.#db
        .selectFrom(table)
        .select('text_ref')
        .where('digest', '=', digest)
        .where('received_at', '>=', Math.floor(since))
        .limit(1)
        .executeTakeFirst();
      if (row !== undefined) return true;
    }
    return false;
  }

  async byEvent(
    roomId: RoomId,
    eventId: EventId,
  ): Promise<{ readonly transport: string; readonly key: string } | undefined> {
    return this.#db
      .selectFrom('arrival_targets as t')
      .innerJoin('arrivals as a', 'a.text_ref', 't.text_ref')
      .select(['a.transport', 'a.key'])
      .where('t.event_id', '=', eventId)
      .where('t.room_id', '=', roomId)
      .executeTakeFirst();
  }

  async counts(): Promise<{ readonly waiting: number; readonly held: number }> {
    const [waiting, held] = await Promise.all([this.#count('waiting'), this.#count('held')]);
    return { waiting, held };
  }

  /** From the index of those in this state, which holds no others. */
  async #count(state: 'waiting' | 'held'): Promise<number> {
    const row = await this.#db
      .selectFrom('arrival_targets')
      .select((e) => e.fn.countAll().as('count'))
      .where('state', '=', sql.lit(state))
      .executeTakeFirst();
    return Number(row?.count ?? 0);
  }

  /** Forgets the keys of what came before and was posted; a repeat is not known after that. */
  async prune(before: number): Promise<void> {
    const limit = Math.floor(before);
    await inChunks(this.#batch, (db, atMost) =>
      db
        .deleteFrom('arrivals')
        .where('text_ref', 'in', (e) =>
          e
            .selectFrom('arrivals')
            .select('text_ref')
            .where('received_at', '<', limit)
            .where('text', 'is', null)
            .limit(atMost),
        )
        .executeTakeFirstOrThrow(),
    );
    await inChunks(this.#batch, (db, atMost) =>
      db
        .deleteFrom('arrival_fragments')
        .where('text_ref', 'in', (e) =>
          e
            .selectFrom('arrival_fragments')
            .select('text_ref')
            .where('joined', '=', 1)
            .where('received_at', '<', limit)
            .limit(atMost),
        )
        .executeTakeFirstOrThrow(),
    );
  }
}

function waitingArrival(row: ArrivedColumns & Omit<ArrivalTargetsTable, 'event_id'>): WaitingArrival {
  const target = targetOf(row.target);
  return {
    ...arrivedFrom(row),
    targets: [target],
    target,
    seq: Number(row.seq),
    ...(row.state === 'held' && row.room_id !== null ? { heldIn: row.room_id as RoomId } : {}),
  };
}

async function knowsArrival(db: Db, transport: string, key: string): Promise<boolean> {
  const row = await db
    .selectFrom('arrivals')
    .select('text_ref')
    .where('transport', '=', transport)
    .where('key', '=', key)
    .executeTakeFirst();
  return row !== undefined;
}

/** Of those that wait: it is they that have an order. */
async function highestSeq(db: Db): Promise<number> {
  const row = await db
    .selectFrom('arrival_targets')
    .select((e) => e.fn.max('seq').as('seq'))
    .where('state', '=', sql.lit('waiting'))
    .executeTakeFirst();
  return Number(row?.seq ?? 0);
}
