/**
 * Calls that are going on. A row is written before the first outside effect of a call and removed after the last:
 * what is found here at start died with the process before, and both its sides must be told so.
 */
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export interface LiveCallsTable {
  call_ref: string;
  room_id: string;
  ghost: string;
  call_id: string;
  party_id: string;
  version: string;
  sip_call_id: string | null;
  state: string;
  started_at: number;
}

export interface LiveCall {
  /** The gateway's own name of the call, as in its log. */
  readonly callRef: string;
  readonly roomId: string;
  readonly ghost: string;
  /** `call_id` of `m.call.*`. */
  readonly callId: string;
  readonly partyId: string;
  readonly version: '0' | '1';
  readonly sipCallId?: string;
  /** `ringing`: end it with `m.call.reject`; `answered`: with `m.call.hangup`. */
  readonly state: 'ringing' | 'answered';
  readonly startedAt: number;
}

export class LiveCalls {
  readonly #db: Kysely<Schema>;
  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** Writes the call, or what has changed of it. */
  async save(call: LiveCall): Promise<void> {
    const changing = { sip_call_id: call.sipCallId ?? null, state: call.state };
    await this.#db
      .insertInto('live_calls')
      .values({
        call_ref: call.callRef,
        room_id: call.roomId,
        ghost: call.ghost,
        call_id: call.callId,
        party_id: call.partyId,
        version: call.version,
        started_at: call.startedAt,
        ...changing,
      })
      .onConflict((c) => c.column('call_ref').doUpdateSet(changing))
      .execute();
  }

  async remove(callRef: string): Promise<void> {
    await this.#db.deleteFrom('live_calls').where('call_ref', '=', callRef).execute();
  }

  async all(): Promise<readonly LiveCall[]> {
    const rows = await this.#db.selectFrom('live_calls').selectAll().orderBy('started_at').execute();
    return rows.map((row) => ({
      callRef: row.call_ref,
      roomId: row.room_id,
      ghost: row.ghost,
      callId: row.call_id,
      partyId: row.party_id,
      version: row.version === '0' ? '0' : '1',
      ...(row.sip_call_id === null ? {} : { sipCallId: row.sip_call_id }),
      state: row.state === 'answered' ? 'answered' : 'ringing',
      startedAt: Number(row.started_at),
    }));
  }

  /** Whether a call of this `call_id` is (or, after a crash, was) going on in the room. */
  async has(roomId: string, callId: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom('live_calls')
      .select('call_ref')
      .where('room_id', '=', roomId)
      .where('call_id', '=', callId)
      .executeTakeFirst();
    return row !== undefined;
  }
}
