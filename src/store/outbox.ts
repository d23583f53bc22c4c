/**
 * The outbox: events on their way to the homeserver. An event's key is its idempotency key; the Matrix transaction ID is
 * made from it, so that the homeserver knows a repeated one again.
 */
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export interface OutboxTable {
  key: string;
  seq: number;
  /** Events of one lane are sent in order. */
  lane: string;
  room_id: string;
  sender: string;
  event_type: string;
  /** JSON; null once it is sent. */
  content: string | null;
  survives_restart: number;
  state: string;
  created_at: number;
}

export interface OutgoingEvent {
  readonly key: string;
  readonly lane: string;
  readonly roomId: string;
  readonly sender: string;
  readonly eventType: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** Whether it still means something after a restart: a hang-up does, an answer does not. */
  readonly survivesRestart: boolean;
}

export class Outbox {
  readonly #db: Kysely<Schema>;
  #lastSeq = 0;
  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** `true` when the key is new: the event must be sent. */
  async add(event: OutgoingEvent, now: number): Promise<boolean> {
    this.#lastSeq = Math.max(this.#lastSeq + 1, Math.floor(now * 1_000));
    const rows = await this.#db
      .insertInto('outbox')
      .values({
        key: event.key,
        seq: this.#lastSeq,
        lane: event.lane,
        room_id: event.roomId,
        sender: event.sender,
        event_type: event.eventType,
        content: JSON.stringify(event.content),
        survives_restart: event.survivesRestart ? 1 : 0,
        state: 'pending',
        created_at: Math.floor(now),
      })
      .onConflict((c) => c.column('key').doNothing())
      .returning('key')
      .execute();
    return rows.length > 0;
  }

  /** Sent, or given up: it is never sent again, and its content is forgotten. */
  async markDone(key: string, state: 'sent' | 'failed'): Promise<void> {
    await this.#db.updateTable('outbox').set({ state, content: null }).where('key', '=', key).execute();
  }

  /** At start: what was not sent and still means something, in order. The rest is given up. */
  async recover(): Promise<readonly OutgoingEvent[]> {
    await this.#db
      .updateTable('outbox')
      .set({ state: 'failed', content: null })
      .where('state', '=', 'pending')
      .where('survives_restart', '=', 0)
      .execute();
    const rows = await this.#db
      .selectFrom('outbox')
      .selectAll()
      .where('state', '=', 'pending')
      .orderBy('seq')
      .execute();
    return rows.map((row) => ({
      key: row.key,
      lane: row.lane,
      roomId: row.room_id,
      sender: row.sender,
      eventType: row.event_type,
      content: JSON.parse(row.content ?? '{}') as Record<string, unknown>,
      survivesRestart: true,
    }));
  }

  /** Forgets the keys of all but the newest `keep` finished events. */
  async prune(keep: number): Promise<void> {
    const oldest = await this.#db
      .selectFrom('outbox')
      .select('seq')
      .where('state', '!=', 'pending')
      .orderBy('seq', 'desc')
      .offset(keep)
      .limit(1)
      .executeTakeFirst();
    if (oldest === undefined) return;
    await this.#db.deleteFrom('outbox').where('state', '!=', 'pending').where('seq', '<=', oldest.seq).execute();
  }
}
