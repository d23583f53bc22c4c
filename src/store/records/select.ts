/** Records as they are read: filtered, in order, page by page. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ExpressionBuilder, type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { RecordCursor, RecordFilter, StoredRecord } from '../../account/records/ports.ts';
import type { Schema } from '../schema.ts';
import { type CallLegsTable, type CallRecordsTable, storedRecord, wholeMs } from './rows.ts';

type Db = Kysely<Schema>;
type RecordRows = SelectQueryBuilder<Schema, 'call_records', CallRecordsTable>;
/** With the index of one person's calls, where one is asked for: `at` says which of the two gives the order. */
interface Found {
  readonly query: SelectQueryBuilder<Schema, 'call_records' | 'call_people', CallRecordsTable>;
  readonly at: 'call_records' | 'call_people';
}

/** Records that are read at once: so many are in memory, whatever is streamed, and so long calls wait for the database. */
const PAGE = 200;

/** With their legs, in the order of the query. */
export async function recordsOf(db: Db, query: Pick<RecordRows, 'execute'>): Promise<readonly StoredRecord[]> {
  const rows = await query.execute();
  if (rows.length === 0) return [];
  const legs = new Map<string, CallLegsTable[]>();
  for (let from = 0; from < rows.length; from += PAGE) {
    const refs = rows.slice(from, from + PAGE).map(({ call_ref }) => call_ref);
    const found = await db
      .selectFrom('call_legs')
      .selectAll()
      .where('call_ref', 'in', refs)
      .orderBy('call_ref')
      .orderBy('leg')
      .execute();
    for (const leg of found) {
      const some = legs.get(leg.call_ref);
      if (some === undefined) legs.set(leg.call_ref, [leg]);
      else some.push(leg);
    }
  }
  return rows.map((row) => storedRecord(row, legs.get(row.call_ref) ?? []));
}

/** The latest first. */
export function listRecords(
  db: Db,
  filter: RecordFilter,
  atMost: number,
  before: RecordCursor | undefined,
): Promise<readonly StoredRecord[]> {
  const { query, at } = filtered(db, filter);
  const latest = query.orderBy(`${at}.opened_at`, 'desc').orderBy(`${at}.call_ref`, 'desc').limit(atMost);
  return recordsOf(db, before === undefined ? latest : latest.where((e) => beyond(e, at, '<', before)));
}

/** The oldest first. */
export async function* streamRecords(db: Db, filter: RecordFilter): AsyncGenerator<StoredRecord> {
  const { query, at } = filtered(db, filter);
  const oldest = query.orderBy(`${at}.opened_at`).orderBy(`${at}.call_ref`).limit(PAGE);
  let after: RecordCursor | undefined;
  for (;;) {
    const cursor = after;
    const rows = cursor === undefined ? oldest : oldest.where((e) => beyond(e, at, '>', cursor));
    const page = await recordsOf(db, rows);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last;
    // A database in this process is read without a pause: whoever waits for something else comes in between.
    await nextTurn();
  }
}

/** What comes after it in this direction. The first condition alone finds the place in the index. */
function beyond(
  e: ExpressionBuilder<Schema, 'call_records' | 'call_people'>,
  table: Found['at'],
  direction: '<' | '>',
  { openedAt, callRef }: RecordCursor,
) {
  const at = wholeMs(openedAt);
  const [opened, ref] = [`${table}.opened_at`, `${table}.call_ref`] as const;
  return e.and([
    e(opened, direction === '<' ? '<=' : '>=', at),
    e.or([e(opened, direction, at), e.and([e(opened, '=', at), e(ref, direction, callRef)])]),
  ]);
}

function filtered(db: Db, { from, until, user, direction, trunk, number, isOpen }: RecordFilter): Found {
  const at = user === undefined ? 'call_records' : 'call_people';
  const all = db.selectFrom('call_records').selectAll('call_records');
  let query: Found['query'] =
    user === undefined
      ? // Nothing of the other table is named then.
        (all as unknown as Found['query'])
      : all
          .innerJoin('call_people', 'call_people.call_ref', 'call_records.call_ref')
          .where('call_people.person', '=', user);
  if (from !== undefined) query = query.where(`${at}.opened_at`, '>=', Math.ceil(from));
  if (until !== undefined) query = query.where(`${at}.opened_at`, '<', Math.ceil(until));
  if (direction !== undefined) query = query.where('direction', '=', direction);
  if (trunk !== undefined) query = query.where('trunk', '=', trunk);
  if (number !== undefined) query = query.where((e) => e.or([e('number', '=', number), e('line', '=', number)]));
  if (isOpen !== undefined) query = query.where('is_open', '=', sql.lit(isOpen ? 1 : 0));
  return { query, at };
}
