/** A deck as all its imports together make it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Rate, RatedService } from '../../account/rating/index.ts';
import type { Schema } from '../schema.ts';
import { rateFrom } from './rows.ts';
import type { RatesTable } from './tables.ts';

/** Rows of one page: SQLite answers within the turn, so that the event loop waits for each. */
const PAGE = 5_000;

/** Rows of one import for one prefix that no moment needs any more. */
export interface OutOfUse {
  readonly importId: number;
  readonly service: RatedService;
  readonly prefix: string;
}

export interface ReadDeck {
  /** Those that hold at `since` or later. */
  readonly rates: readonly Rate[];
  readonly outOfUse: readonly OutOfUse[];
}

/** @param imports in the order in which they were finished */
export async function readDeck(db: Kysely<Schema>, imports: readonly number[], since: number): Promise<ReadDeck> {
  const layers = new Map<string, RatesTable[]>();
  for (const importId of imports) {
    for await (const row of rowsOf(db, importId)) {
      const key = `${row.service} ${row.prefix}`;
      const before = layers.get(key);
      if (before === undefined) layers.set(key, [row]);
      else before.push(row);
    }
  }
  const rates: Rate[] = [];
  const outOfUse: OutOfUse[] = [];
  for (const rows of layers.values()) fold(rows, since, rates, outOfUse);
  return { rates, outOfUse };
}

/** @param rows of one prefix, import by import, in order */
function fold(rows: readonly RatesTable[], since: number, rates: Rate[], outOfUse: OutOfUse[]): void {
  const used = new Set<number>();
  // From the end: what a later import says ends what an earlier one said.
  let end: number | undefined;
  const holding: Rate[] = [];
  for (const row of rows.toReversed()) {
    if (end !== undefined && row.valid_from >= end) continue;
    if (end === undefined || end > since) {
      const rate = rateFrom(row, end);
      if (rate !== undefined) holding.push(rate);
      // What says that a prefix is gone must stay only as long as something before it holds.
      if (rate !== undefined || rows[0] !== row) used.add(row.import_id);
    }
    end = row.valid_from;
  }
  rates.push(...holding.reverse());
  const [first] = rows;
  if (first === undefined) return;
  for (const importId of new Set(rows.map(({ import_id }) => import_id))) {
    if (!used.has(importId)) outOfUse.push({ importId, service: first.service, prefix: first.prefix });
  }
}

async function* rowsOf(db: Kysely<Schema>, importId: number): AsyncIterable<RatesTable> {
  for (const service of ['call', 'text'] as const) {
    let last = { prefix: '', valid_from: 0 };
    for (;;) {
      const { prefix, valid_from } = last;
      const rows = await db
        .selectFrom('rates')
        .selectAll()
        .where('import_id', '=', importId)
        .where('service', '=', service)
        // Said by itself, so that the page is found by its key.
        .where('prefix', '>=', prefix)
        .where((e) =>
          e.or([e('prefix', '>', prefix), e.and([e('prefix', '=', prefix), e('valid_from', '>', valid_from)])]),
        )
        .orderBy('prefix')
        .orderBy('valid_from')
        .limit(PAGE)
        .execute();
      yield* rows;
      const end = rows.at(-1);
      if (end === undefined || rows.length < PAGE) break;
      last = end;
      await nextTurn();
    }
  }
}
