/** By which number of ours a room and a telephone wrote to one another, and when last. */
import type { Kysely } from 'kysely';
import type { MatrixUserId, RoomId } from '../../matrix/index.ts';
import type { Conversation, ConversationBook } from '../../message/index.ts';
import type { Schema } from '../schema.ts';
import type { Batch } from './batch.ts';
import { inChunks } from './in-chunks.ts';

export interface ConversationsTable {
  room_id: string;
  telephone: string;
  /** Ours; '' for the transport's default. */
  number: string;
  ghost: string;
  transport: string;
  user_id: string | null;
  last_at: number;
}

export class Conversations implements ConversationBook {
  readonly #db: Kysely<Schema>;
  readonly #batch: Batch;

  constructor(db: Kysely<Schema>, batch: Batch) {
    this.#db = db;
    this.#batch = batch;
  }

  async used(conversation: Conversation): Promise<void> {
    const latest = {
      ghost: conversation.ghost,
      transport: conversation.transport,
      user_id: conversation.user ?? null,
      last_at: Math.floor(conversation.lastAt),
    };
    await this.#batch.commit(async (db) => {
      await db
        .insertInto('conversations')
        .values({
          room_id: conversation.roomId,
          telephone: conversation.telephone,
          number: conversation.number,
          ...latest,
        })
        .onConflict((c) =>
          c
            .columns(['room_id', 'telephone', 'number'])
            .doUpdateSet(latest)
            .where('conversations.last_at', '<=', latest.last_at),
        )
        .execute();
    });
  }

  async between(telephone: string, number: string): Promise<readonly Conversation[]> {
    const rows = await this.#db
      .selectFrom('conversations')
      .selectAll()
      .where('telephone', '=', telephone)
      .where('number', '=', number)
      .orderBy('last_at', 'desc')
      .execute();
    return rows.map(conversation);
  }

  /** The latest first. */
  async inRoom(roomId: RoomId): Promise<readonly Conversation[]> {
    const rows = await this.#db
      .selectFrom('conversations')
      .selectAll()
      .where('room_id', '=', roomId)
      .orderBy('last_at', 'desc')
      .execute();
    return rows.map(conversation);
  }

  async ended(roomId: RoomId, ghost: MatrixUserId): Promise<void> {
    await this.#batch.commit(async (db) => {
      await db.deleteFrom('conversations').where('room_id', '=', roomId).where('ghost', '=', ghost).execute();
    });
  }

  /** Forgets those in which nobody wrote since; the next text finds its room by the number that it is for. */
  async prune(before: number): Promise<void> {
    await inChunks(this.#batch, (db, atMost) =>
      db
        .deleteFrom('conversations')
        .where(
          (e) => e.refTuple('room_id', 'telephone', 'number'),
          'in',
          (e) =>
            e
              .selectFrom('conversations')
              .select(['room_id', 'telephone', 'number'])
              .where('last_at', '<', Math.floor(before))
              .limit(atMost)
              .$asTuple('room_id', 'telephone', 'number'),
        )
        .executeTakeFirstOrThrow(),
    );
  }
}

function conversation(row: ConversationsTable): Conversation {
  return {
    roomId: row.room_id as RoomId,
    telephone: row.telephone,
    ghost: row.ghost as MatrixUserId,
    number: row.number,
    transport: row.transport,
    ...(row.user_id === null ? {} : { user: row.user_id as MatrixUserId }),
    lastAt: Number(row.last_at),
  };
}
