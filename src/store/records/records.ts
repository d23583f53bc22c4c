/** Call detail records in the database; what settles a call is posted in the commit that closes its record. */
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Posting, Transfer } from '../../account/ledger/ports.ts';
import type {
  BookedActivity,
  RecordBook,
  RecordChange,
  RecordCursor,
  RecordFilter,
  StoredRecord,
  Usage,
} from '../../account/records/ports.ts';
import type { Schema } from '../schema.ts';
import type { Batch } from '../texts/batch.ts';
import { bookedActivity, firstCallAt, hasCalledCountry } from './activity.ts';
import { noteProgress } from './progress.ts';
import { legRow, peopleOf, recordRow, wholeMs } from './rows.ts';
import { listRecords, recordsOf, streamRecords } from './select.ts';
import { usageOf } from './usage.ts';

/** Posts within a transaction of somebody else's. */
export interface LedgerWithin {
  postIn(db: Transaction<Schema>, transfers: readonly Transfer[], now: number): Promise<Posting>;
}

/** Rows that one statement names at most. */
const CHUNK = 500;
/** Calls that are forgotten in one commit. */
const FORGOTTEN_AT_ONCE = 1_000;

export class Records implements RecordBook {
  readonly #db: Kysely<Schema>;
  readonly #batch: Batch;
  readonly #ledger: LedgerWithin | undefined;

  /** @param ledger without one nothing can be settled: for those who only read */
  constructor(db: Kysely<Schema>, batch: Batch, ledger?: LedgerWithin) {
    this.#db = db;
    this.#batch = batch;
    this.#ledger = ledger;
  }

  open(record: StoredRecord, transfers: readonly Transfer[], now: number): Promise<Posting> {
    return this.#batch.durably(async (db) => {
      if ((await stateOf(db, record.callRef)) !== undefined) return { kind: 'posted', fresh: 0 };
      const posting = await this.#post(db, transfers, now);
      if (posting.kind === 'short') return posting;
      await forgetBegun(db, record);
      const counts = record.direction === 'out' && !record.isInside && !record.isEmergency;
      await db
        .insertInto('call_records')
        .values({ ...recordRow(record), counts: counts ? 1 : 0 })
        .execute();
      await insertLegs(db, record);
      await insertPeople(db, record.callRef, record.openedAt, peopleOf(record));
      return posting;
    });
  }

  progressed(callRef: string, change: RecordChange): Promise<void> {
    return this.#batch.commit((db) => noteProgress(db, callRef, change));
  }

  async seen(callRefs: readonly string[], at: number): Promise<void> {
    for (let from = 0; from < callRefs.length; from += CHUNK) {
      const some = callRefs.slice(from, from + CHUNK);
      await this.#batch.commit(async (db) => {
        await db
          .updateTable('call_records')
          .set({ seen_at: wholeMs(at) })
          .where('call_ref', 'in', some)
          .where('is_open', '=', 1)
          .where('seen_at', '<', wholeMs(at))
          .execute();
      });
    }
  }

  close(record: StoredRecord, transfers: readonly Transfer[], now: number): Promise<boolean> {
    return this.#batch.durably(async (db) => {
      const state = await stateOf(db, record.callRef);
      if (state?.is_open === 0) return false;
      const row = recordRow({ ...record, isOpen: false });
      if (state === undefined) {
        await forgetBegun(db, record);
        await db
          .insertInto('call_records')
          .values({ ...row, counts: 0 })
          .execute();
      } else {
        await db.updateTable('call_records').set(row).where('call_ref', '=', record.callRef).execute();
        await db.deleteFrom('call_legs').where('call_ref', '=', record.callRef).execute();
      }
      await insertLegs(db, record);
      await insertPeople(db, record.callRef, record.openedAt, peopleOf(record));
      const posting = await this.#post(db, transfers, now);
      if (posting.kind === 'short') throw new Error(`what was set aside for the call is not there: ${posting.account}`);
      return true;
    });
  }

  async #post(db: Transaction<Schema>, transfers: readonly Transfer[], now: number): Promise<Posting> {
    if (transfers.length === 0) return { kind: 'posted', fresh: 0 };
    if (this.#ledger === undefined) throw new Error('these books of calls were opened without a ledger');
    return this.#ledger.postIn(db, transfers, now);
  }

  allOpen(): Promise<readonly StoredRecord[]> {
    const rows = this.#db.selectFrom('call_records').selectAll().where('is_open', '=', sql.lit(1));
    return recordsOf(this.#db, rows.orderBy('opened_at').orderBy('call_ref'));
  }

  async find(callRef: string): Promise<StoredRecord | undefined> {
    const rows = this.#db.selectFrom('call_records').selectAll().where('call_ref', '=', callRef);
    return (await recordsOf(this.#db, rows))[0];
  }

  list(filter: RecordFilter, atMost: number, before?: RecordCursor): Promise<readonly StoredRecord[]> {
    return listRecords(this.#db, filter, atMost, before);
  }

  stream(filter: RecordFilter): AsyncIterable<StoredRecord> {
    return streamRecords(this.#db, filter);
  }

  usage(filter: Pick<RecordFilter, 'from' | 'until' | 'user'>): Promise<readonly Usage[]> {
    return usageOf(this.#db, filter);
  }

  activity(user: string, since: number): Promise<BookedActivity> {
    return bookedActivity(this.#db, user, since);
  }

  firstCallAt(user: string): Promise<number | undefined> {
    return firstCallAt(this.#db, user);
  }

  hasCalledCountry(user: string, country: string): Promise<boolean> {
    return hasCalledCountry(this.#db, user, country);
  }

  async prune(before: number): Promise<void> {
    for (let forgotten = FORGOTTEN_AT_ONCE; forgotten === FORGOTTEN_AT_ONCE; ) {
      forgotten = await this.#batch.commit((db) => forget(db, before));
    }
  }
}

async function stateOf(db: Transaction<Schema>, callRef: string): Promise<{ is_open: number } | undefined> {
  return db.selectFrom('call_records').select('is_open').where('call_ref', '=', callRef).executeTakeFirst();
}

async function insertLegs(db: Transaction<Schema>, { callRef, legs }: StoredRecord): Promise<void> {
  if (legs.length === 0) return;
  await db
    .insertInto('call_legs')
    .values(legs.map((leg) => legRow(callRef, leg)))
    .execute();
}

async function insertPeople(
  db: Transaction<Schema>,
  callRef: string,
  openedAt: number,
  people: readonly string[],
): Promise<void> {
  if (people.length === 0) return;
  const rows = people.map((person) => ({ person, opened_at: wholeMs(openedAt), call_ref: callRef }));
  await db
    .insertInto('call_people')
    .values(rows)
    .onConflict((c) => c.columns(['person', 'opened_at', 'call_ref']).doNothing())
    .execute();
}

async function forget(db: Transaction<Schema>, before: number): Promise<number> {
  const rows = await db
    .selectFrom('call_records')
    .select('call_ref')
    .where('opened_at', '<', wholeMs(before))
    .where('is_open', '=', sql.lit(0))
    .limit(FORGOTTEN_AT_ONCE)
    .execute();
  for (let from = 0; from < rows.length; from += CHUNK) {
    await remove(
      db,
      rows.slice(from, from + CHUNK).map(({ call_ref }) => call_ref),
    );
  }
  return rows.length;
}

/**
 * What a process that died had begun of the same call, when nothing of it had left the house: its event, or its INVITE, came again.
 * A call has one record.
 */
async function forgetBegun(db: Transaction<Schema>, record: StoredRecord): Promise<void> {
  const { callRef, direction, roomId, callId, trunk, sipCallId } = record;
  const before = db
    .selectFrom('call_records')
    .select('call_ref')
    .where('direction', '=', direction)
    .where('is_open', '=', sql.lit(0))
    .where('answered_at', 'is', null)
    .where('call_ref', '<>', callRef);
  if (direction === 'out' && roomId !== undefined && callId !== undefined) {
    const same = before.where('call_id', '=', callId).where('room_id', '=', roomId);
    const rows = await same.where('invite_sent_at', 'is', null).execute();
    await remove(
      db,
      rows.map(({ call_ref }) => call_ref),
    );
  } else if (direction === 'in' && trunk !== undefined && sipCallId !== undefined) {
    const same = before.where('sip_call_id', '=', sipCallId).where('trunk', '=', trunk);
    const rows = await same.where('cause', '=', 'gateway-restarted').execute();
    await remove(
      db,
      rows.map(({ call_ref }) => call_ref),
    );
  }
}

async function remove(db: Transaction<Schema>, callRefs: readonly string[]): Promise<void> {
  if (callRefs.length === 0) return;
  for (const table of ['call_legs', 'call_people', 'call_records'] as const) {
    await db.deleteFrom(table).where('call_ref', 'in', callRefs).execute();
  }
}
