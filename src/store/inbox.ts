/**
 * The inbox: every event that the gateway took over from the homeserver, on the disk before the homeserver is told so,
 * until it is handled. What stays afterwards is the event ID alone, to know it again.
 */
import type { Kysely, Transaction } from 'kysely';
import type { Schema } from './schema.ts';
import { pruneTransactions, type ReceivedTransaction, rememberTransaction } from './transactions.ts';

export interface EventsTable {
  event_id: string;
  room_id: string;
  /** Order of arrival. */
  seq: number;
  received_at: number;
  processed: number;
  /** The event as JSON; null when it has been handled: bodies and SDP are not kept. */
  body: string | null;
}

/** An event on its way in. `body` is its JSON. */
export interface InboxEvent {
  readonly eventId: string;
  readonly roomId: string;
  readonly body: string;
}

export interface StoredEvent extends InboxEvent {
  readonly seq: number;
  readonly receivedAt: number;
}

/** Rows a statement inserts at once: SQLite takes 32,766 parameters. */
const INSERT_CHUNK = 1_000;

export class Inbox {
  readonly #db: Kysely<Schema>;
  readonly #durable: () => Promise<void>;
  #lastSeq = 0;
  /** Events whose commit failed, which may mean that only its answer was lost: they may be stored and were never given out. */
  readonly #unsure = new Set<string>();

  /** @param durable settles when what was committed is on the disk */
  constructor(db: Kysely<Schema>, durable: () => Promise<void>) {
    this.#db = db;
    this.#durable = durable;
  }

  /**
   * Stores a transaction with its events, in one commit; settles when it is on the disk and may be acknowledged.
   * @returns the events that were not known, in order; none when the transaction was taken before.
   */
  async receive(txn: ReceivedTransaction, events: readonly InboxEvent[]): Promise<readonly StoredEvent[]> {
    // Of what the gateway's own users sent nothing is kept: there is nothing to know again.
    if (events.length === 0) return [];
    return this.#surely(events, async () => {
      const fresh = await this.#db.transaction().execute(async (db) => {
        if (!(await rememberTransaction(db, txn))) return this.#neverGivenOut(db, events);
        return this.#insert(db, events, txn.receivedAt);
      });
      // Also when it was known: its first copy may still be on the way to the disk.
      await this.#durable();
      return fresh;
    });
  }

  /** Stores events that were read from a room. Returns those that were not known, in order. */
  async add(events: readonly InboxEvent[], receivedAt: number): Promise<readonly StoredEvent[]> {
    if (events.length === 0) return [];
    return this.#surely(events, () => this.#db.transaction().execute((db) => this.#insert(db, events, receivedAt)));
  }

  async #surely(
    events: readonly InboxEvent[],
    store: () => Promise<readonly StoredEvent[]>,
  ): Promise<readonly StoredEvent[]> {
    try {
      const fresh = await store();
      for (const { eventId } of events) this.#unsure.delete(eventId);
      return fresh;
    } catch (cause) {
      for (const { eventId } of events) this.#unsure.add(eventId);
      throw cause;
    }
  }

  async #neverGivenOut(db: Transaction<Schema>, events: readonly InboxEvent[]): Promise<StoredEvent[]> {
    const unsure = events.map(({ eventId }) => eventId).filter((eventId) => this.#unsure.has(eventId));
    const found: StoredEvent[] = [];
    for (let at = 0; at < unsure.length; at += INSERT_CHUNK) {
      const rows = await db
        .selectFrom('events')
        .selectAll()
        .where('event_id', 'in', unsure.slice(at, at + INSERT_CHUNK))
        .where('processed', '=', 0)
        .execute();
      found.push(...rows.map(storedEvent));
    }
    return found.sort((a, b) => a.seq - b.seq);
  }

  async #insert(db: Transaction<Schema>, events: readonly InboxEvent[], receivedAt: number): Promise<StoredEvent[]> {
    const fresh = await this.#neverGivenOut(db, events);
    for (let at = 0; at < events.length; at += INSERT_CHUNK) {
      const chunk = dedupe(events.slice(at, at + INSERT_CHUNK)).map((event) => ({
        ...event,
        seq: this.#nextSeq(receivedAt),
        receivedAt,
      }));
      const inserted = await db
        .insertInto('events')
        .values(
          chunk.map((event) => ({
            event_id: event.eventId,
            room_id: event.roomId,
            seq: event.seq,
            received_at: receivedAt,
            processed: 0,
            body: event.body,
          })),
        )
        .onConflict((c) => c.column('event_id').doNothing())
        .returning('event_id')
        .execute();
      const ids = new Set(inserted.map((row) => row.event_id));
      fresh.push(...chunk.filter((event) => ids.has(event.eventId)));
    }
    return fresh;
  }

  /** The event is handled: it is never given out again, and its content is forgotten. */
  async markProcessed(eventIds: readonly string[]): Promise<void> {
    if (eventIds.length === 0) return;
    await this.#db.updateTable('events').set({ processed: 1, body: null }).where('event_id', 'in', eventIds).execute();
  }

  /** What a process before this one took and did not finish, in order. */
  async unprocessed(): Promise<readonly StoredEvent[]> {
    const rows = await this.#db.selectFrom('events').selectAll().where('processed', '=', 0).orderBy('seq').execute();
    return rows.map(storedEvent);
  }

  /** Forgets the IDs of all but the newest handled events and transactions. */
  async prune(keep: { readonly events: number; readonly transactions: number }): Promise<void> {
    const oldest = await this.#db
      .selectFrom('events')
      .select('seq')
      .where('processed', '=', 1)
      .orderBy('seq', 'desc')
      .offset(keep.events)
      .limit(1)
      .executeTakeFirst();
    if (oldest !== undefined) {
      await this.#db.deleteFrom('events').where('processed', '=', 1).where('seq', '<=', oldest.seq).execute();
    }
    await pruneTransactions(this.#db, keep.transactions);
  }

  /** Rises always, also over a restart and (as far as clocks agree) between processes: µs of arrival. */
  #nextSeq(now: number): number {
    this.#lastSeq = Math.max(this.#lastSeq + 1, Math.floor(now * 1_000));
    return this.#lastSeq;
  }
}

function storedEvent(row: EventsTable): StoredEvent {
  return {
    eventId: row.event_id,
    roomId: row.room_id,
    seq: row.seq,
    receivedAt: row.received_at,
    body: row.body ?? '{}',
  };
}

function dedupe(events: readonly InboxEvent[]): InboxEvent[] {
  const byId = new Map<string, InboxEvent>();
  for (const event of events) if (!byId.has(event.eventId)) byId.set(event.eventId, event);
  return [...byId.values()];
}
