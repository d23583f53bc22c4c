/** Texts on their way out, from the moment they are taken until nothing can be said of them any more. */
import { type Kysely, sql, type Transaction } from 'kysely';
import type { EventId, RoomId } from '../../matrix/index.ts';
import type {
  AcceptedPart,
  Besides,
  Delivery,
  DeliveryBook,
  DeliveryProgress,
  DeliveryState,
  StoredDelivery,
  TextRoute,
} from '../../message/index.ts';
import type { Schema } from '../schema.ts';
import type { Batch } from './batch.ts';
import { noteAccepted, noteReceipt, textOfPart } from './delivery-parts.ts';
import { DeliveryQueue, makeHead, waitingIn } from './delivery-queue.ts';
import { newRow, progressColumns, storedDelivery, transportOf } from './delivery-rows.ts';
import { stillFailed } from './failed.ts';
import { inChunks } from './in-chunks.ts';
import { Sequence } from './sequence.ts';

type Db = Kysely<Schema>;

/** What became of a text does not become less: it was read, so it had arrived. */
const STRENGTH: Readonly<Record<DeliveryState, number>> = {
  waiting: 0,
  withdrawn: 1,
  failed: 1,
  accepted: 1,
  delivered: 2,
  displayed: 3,
};

export class Deliveries implements DeliveryBook {
  readonly #db: Db;
  readonly #batch: Batch;
  readonly #queue: DeliveryQueue;
  readonly #sequence = new Sequence();
  readonly #now: () => number;

  /** @param now ms since 1970: when a part was accepted, when a text ended */
  constructor(db: Db, batch: Batch, now: () => number = Date.now) {
    this.#db = db;
    this.#batch = batch;
    this.#queue = new DeliveryQueue(db, batch, now);
    this.#now = now;
  }

  async add(deliveries: readonly Delivery[]): Promise<readonly Delivery[]> {
    if (deliveries.length === 0) return [];
    return this.#batch.durably(async (db) => {
      const fresh: Delivery[] = [];
      for (const delivery of deliveries) if (await this.#insert(db, delivery)) fresh.push(delivery);
      return fresh;
    });
  }

  async #insert(db: Transaction<Schema>, delivery: Delivery): Promise<boolean> {
    const seq = await this.#sequence.next(delivery.createdAt, () => highestSeq(db));
    const row = newRow(delivery);
    this.#queue.heardOf(row.transport);
    const rows = await db
      .insertInto('deliveries')
      .values((e) => ({
        ...row,
        seq,
        is_head: e
          .case()
          .when(e.exists(waitingIn(db, delivery.lane).select('text_ref')))
          .then(0)
          .else(1)
          .end(),
      }))
      .onConflict((c) => c.column('text_ref').doNothing())
      .returning('text_ref')
      .execute();
    return rows.length > 0;
  }

  async progressed(textRef: string, progress: DeliveryProgress, accepted?: AcceptedPart): Promise<void> {
    const change = async (db: Transaction<Schema>) => {
      if (!(await setProgress(db, textRef, progress, (transport) => this.#queue.heardOf(transport)))) return;
      if (accepted !== undefined) await noteAccepted(db, textRef, accepted, this.#now());
    };
    // What is about to be sent must be known after a power cut too, or it would be sent again. That it was accepted need not: it
    // is then a text whose outcome is unknown.
    await (progress.underWay ? this.#batch.durably(change) : this.#batch.commit(change));
  }

  async ended(textRef: string, state: Exclude<DeliveryState, 'waiting'>, words?: string): Promise<void> {
    await this.#batch.commit(async (db) => {
      const row = await db
        .updateTable('deliveries')
        .set({
          state,
          ...(state === 'failed' ? {} : { text: null }),
          words: words ?? null,
          ended_at: Math.floor(this.#now()),
          is_head: 0,
          under_way: 0,
        })
        .where('text_ref', '=', textRef)
        .where('state', 'in', notStrongerThan(state))
        .returning('lane')
        .executeTakeFirst();
      if (row !== undefined) await makeHead(db, row.lane);
    });
  }

  due(now: number, atMost: number, besides: Besides): Promise<readonly StoredDelivery[]> {
    return this.#queue.due(now, atMost, besides);
  }

  nextDueAt(besides: Besides): Promise<number | undefined> {
    return this.#queue.nextDueAt(besides);
  }

  async nextOf(lane: string): Promise<StoredDelivery | undefined> {
    const row = await waitingIn(this.#db, lane).selectAll().orderBy('seq').limit(1).executeTakeFirst();
    return row && storedDelivery(row);
  }

  wake(transport: string, now: number): Promise<void> {
    return this.#queue.wake(transport, now);
  }

  async ofEvent(eventId: EventId): Promise<readonly StoredDelivery[]> {
    const rows = await this.#db
      .selectFrom('deliveries')
      .selectAll()
      .where('event_id', '=', eventId)
      .orderBy('seq')
      .execute();
    return rows.map(storedDelivery);
  }

  async failedIn(roomId: RoomId, atMost: number): Promise<readonly StoredDelivery[]> {
    const rows = await stillFailed(this.#db)
      .selectAll('d')
      .where('d.room_id', '=', roomId)
      .where('d.text', 'is not', null)
      .orderBy('d.seq')
      .limit(atMost)
      .execute();
    return rows.map(storedDelivery);
  }

  async byMessageId(transport: string, messageId: string): Promise<StoredDelivery | undefined> {
    const part = await textOfPart(this.#db, transport, messageId);
    return part && byRef(this.#db, part.textRef);
  }

  async receipted(
    transport: string,
    messageId: string,
    state: 'delivered' | 'displayed' | 'failed',
  ): Promise<{ readonly delivery: StoredDelivery; readonly outstanding: number } | undefined> {
    return this.#batch.commit(async (db) => {
      const part = await textOfPart(db, transport, messageId);
      if (part === undefined) return undefined;
      const outstanding = await noteReceipt(db, part.textRef, part.part, state);
      const delivery = await byRef(db, part.textRef);
      return delivery && { delivery, outstanding };
    });
  }

  async withdrawLane(lane: string): Promise<readonly string[]> {
    return this.#batch.commit(async (db) => {
      const rows = await db
        .updateTable('deliveries')
        .set({ state: 'withdrawn', text: null, is_head: 0, under_way: 0, ended_at: Math.floor(this.#now()) })
        .where('lane', '=', lane)
        .where('state', '=', sql.lit('waiting'))
        .returning('text_ref')
        .execute();
      return rows.map((row) => row.text_ref);
    });
  }

  async counts(): Promise<{ readonly waiting: number; readonly failed: number; readonly oldestWaitingAt?: number }> {
    const waiting = await this.#waiting();
    const failed = await stillFailed(this.#db)
      .select((e) => e.fn.countAll().as('n'))
      .executeTakeFirst();
    // The oldest that waits is the first of its lane; `seq` is when it came, in µs.
    const oldest = await this.#db
      .selectFrom('deliveries')
      .select((e) => e.fn.min('seq').as('seq'))
      .where('is_head', '=', sql.lit(1))
      .executeTakeFirst();
    const seq = oldest?.seq ?? null;
    return {
      waiting,
      failed: Number(failed?.n ?? 0),
      ...(seq === null ? {} : { oldestWaitingAt: Math.floor(Number(seq) / 1_000) }),
    };
  }

  async #waiting(): Promise<number> {
    const row = await this.#db
      .selectFrom('deliveries')
      .select((e) => e.fn.countAll().as('n'))
      .where('state', '=', sql.lit('waiting'))
      .executeTakeFirst();
    return Number(row?.n ?? 0);
  }

  /** Forgets what ended before; a repeated event, or a receipt, is not known after that. */
  async prune(before: { readonly done: number; readonly failed: number }): Promise<void> {
    for (const state of ['accepted', 'delivered', 'displayed', 'withdrawn'] as const) {
      await this.#pruneState(state, before.done);
    }
    await this.#pruneState('failed', before.failed);
  }

  async #pruneState(state: DeliveryState, before: number): Promise<void> {
    await inChunks(this.#batch, (db, atMost) =>
      db
        .deleteFrom('deliveries')
        .where('text_ref', 'in', (e) =>
          e
            .selectFrom('deliveries')
            .select('text_ref')
            .where('state', '=', state)
            .where('ended_at', '<', Math.floor(before))
            .limit(atMost),
        )
        .executeTakeFirstOrThrow(),
    );
  }
}

/** False when there is no such text. */
async function setProgress(
  db: Transaction<Schema>,
  textRef: string,
  progress: DeliveryProgress,
  onTransport: (name: string) => void,
): Promise<boolean> {
  const columns = progressColumns(progress);
  const { numUpdatedRows: onTheSameRoute } = await db
    .updateTable('deliveries')
    .set(columns)
    .where('text_ref', '=', textRef)
    .where('route', '=', progress.route)
    .executeTakeFirstOrThrow();
  if (onTheSameRoute > 0n) return true;
  const row = await db.selectFrom('deliveries').select('routes').where('text_ref', '=', textRef).executeTakeFirst();
  if (row === undefined) return false;
  const transport = transportOf(JSON.parse(row.routes) as TextRoute[], progress.route);
  onTransport(transport);
  await db
    .updateTable('deliveries')
    .set({ ...columns, transport })
    .where('text_ref', '=', textRef)
    .execute();
  return true;
}

function notStrongerThan(state: DeliveryState): DeliveryState[] {
  const states = Object.keys(STRENGTH) as DeliveryState[];
  return states.filter((one) => STRENGTH[one] <= STRENGTH[state]);
}

async function byRef(db: Db, textRef: string): Promise<StoredDelivery | undefined> {
  const row = await db.selectFrom('deliveries').selectAll().where('text_ref', '=', textRef).executeTakeFirst();
  return row && storedDelivery(row);
}

/** Of those that wait: it is they that have an order. */
async function highestSeq(db: Db): Promise<number> {
  const row = await db
    .selectFrom('deliveries')
    .select((e) => e.fn.max('seq').as('seq'))
    .where('state', '=', sql.lit('waiting'))
    .executeTakeFirst();
  return Number(row?.seq ?? 0);
}
