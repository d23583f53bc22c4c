/**
 * Calls that are going on. A row is written before the first outside effect of a call and removed after the last:
 * what is found here at start died with the process before, and both its sides must be told so. A call in from the telephone
 * has a row for each room in which it rings.
 */
import type { Kysely } from 'kysely';
import type { CallJournal, JournalChange, JournalEntry } from '../call/ports.ts';
import type { CallId, MatrixUserId, RoomId } from '../matrix/ids.ts';
import type { Schema } from './schema.ts';

export interface LiveCallsTable {
  call_ref: string;
  room_id: string;
  call_id: string;
  ghost: string;
  caller: string;
  party_id: string;
  version: string;
  matrix_answered: number;
  opened_at: number;
  /** Of a call in from the telephone: its reference, and what is said to whoever missed it. */
  inbound_ref: string | null;
  missed: string | null;
  /** Names the far side: never to be logged. */
  last_will: string | null;
}

export class LiveCalls implements CallJournal {
  readonly #db: Kysely<Schema>;
  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async opened(entry: JournalEntry): Promise<void> {
    await this.#db
      .insertInto('live_calls')
      .values({
        call_ref: entry.callRef,
        room_id: entry.roomId,
        call_id: entry.callId,
        ghost: entry.ghost,
        // The column is older than calls that ring a whole room.
        caller: entry.caller ?? '',
        party_id: entry.partyId,
        version: entry.version,
        matrix_answered: entry.matrixAnswered ? 1 : 0,
        opened_at: entry.openedAt,
        inbound_ref: entry.inbound?.callRef ?? null,
        missed: entry.inbound?.missed ?? null,
        last_will: entry.lastWill ?? null,
      })
      .onConflict((c) => c.column('call_ref').doNothing())
      .execute();
  }

  async updated(callRef: string, change: JournalChange): Promise<void> {
    const columns = 'lastWill' in change ? { last_will: change.lastWill } : { matrix_answered: 1 };
    await this.#db.updateTable('live_calls').set(columns).where('call_ref', '=', callRef).execute();
  }

  async closed(callRef: string): Promise<void> {
    await this.#db.deleteFrom('live_calls').where('call_ref', '=', callRef).execute();
  }

  async live(): Promise<readonly JournalEntry[]> {
    const rows = await this.#db.selectFrom('live_calls').selectAll().orderBy('opened_at').execute();
    return rows.map((row) => ({
      callRef: row.call_ref,
      roomId: row.room_id as RoomId,
      callId: row.call_id as CallId,
      ghost: row.ghost as MatrixUserId,
      ...(row.caller === '' ? {} : { caller: row.caller as MatrixUserId }),
      partyId: row.party_id,
      version: row.version === '0' ? '0' : '1',
      openedAt: row.opened_at,
      matrixAnswered: row.matrix_answered === 1,
      ...(row.last_will === null ? {} : { lastWill: row.last_will }),
      ...(row.inbound_ref === null ? {} : { inbound: { callRef: row.inbound_ref, missed: row.missed ?? '' } }),
    }));
  }
}
