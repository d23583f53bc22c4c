/** Records as they are read: filtered, in order, page by page. */
import type { ExpressionBuilder, Kysely, SelectQueryBuilder } from 'kysely';
import type { RecordCursor, RecordFilter, StoredRecord } from '../../account/records/ports.ts';
import type { Schema } from '../schema.ts';
import { type CallLegsTable, type CallRecordsTable, storedRecord, wholeMs } from './rows.ts';

type Db = Kysely<Schema>;
type RecordRows = SelectQueryBuilder<Schema, 'call_records', CallRecordsTable>;

/** Records that are read at once: so many are in memory, whatever is streamed. */
const PAGE = 500;

/** With their legs, in the order of the query. */
export async function recordsOf(db: Db, query: RecordRows): Promise<readonly StoredRecord[]> {
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
  let query = filtered(db, filter).orderBy('opened_at', 'desc').orderBy('call_ref', 'desc').limit(atMost);
  if (before !== undefined) query = query.where((e) => beyond(e, '<', before));
  return recordsOf(db, query);
}

/** The oldest first. */
export async function* streamRecords(db: Db, filter: RecordFilter): AsyncGenerator<StoredRecord> {
  let after: RecordCursor | undefined;
  for (;;) {
    const cursor = after;
    let query = filtered(db, filter).orderBy('opened_at').orderBy('call_ref').limit(PAGE);
    if (cursor !== undefined) query = query.where((e) => beyond(e, '>', cursor));
    const page = await recordsOf(db, query);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last;
  }
}

/** What comes after it in this direction. The first condition alone finds the place in the index. */
function beyond(
  e: ExpressionBuilder<Schema, 'call_records'>,
  direction: '<' | '>',
  { openedAt, callRef }: RecordCursor,
) {
  const at = wholeMs(openedAt);
  return e.and([
    e('opened_at', direction === '<' ? '<=' : '>=', at),
    e.or([e('opened_at', direction, at), e.and([e('opened_at', '=', at), e('call_ref', direction, callRef)])]),
  ]);
}

function filtered(db: Db, { from, until, user, direction, trunk, number, isOpen }: RecordFilter): RecordRows {
  let query: RecordRows = db.selectFrom('call_records').selectAll();
  if (from !== undefined) query = query.where('opened_at', '>=', Math.ceil(from));
  if (until !== undefined) query = query.where('opened_at', '<', Math.ceil(until));
  if (direction !== undefined) query = query.where('direction', '=', direction);
  if (trunk !== undefined) query = query.where('trunk', '=', trunk);
  if (number !== undefined) query = query.where((e) => e.or([e('number', '=', number), e('line', '=', number)]));
  if (isOpen !== undefined) query = query.where('is_open', '=', isOpen ? 1 : 0);
  if (user !== undefined) {
    query = query.where('call_ref', 'in', (e) =>
      e.selectFrom('call_people').select('call_people.call_ref').where('person', '=', user),
    );
  }
  return query;
}
