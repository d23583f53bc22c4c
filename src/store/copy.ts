/** All that is in a database file goes into an empty PostgreSQL database: for who changes from one to the other. */
import { type Kysely, sql } from 'kysely';
import { StoreError } from './errors.ts';
import type { Schema } from './schema.ts';

/** Rows that are read at once. */
const PAGE = 500;
/** PostgreSQL takes 65,535 parameters in a statement. */
const MOST_PARAMETERS = 30_000;

type AnyRow = Record<string, unknown>;
type AnyDb = Kysely<Record<string, AnyRow>>;

/** So many rows of a table were copied. */
export interface CopiedTable {
  readonly table: string;
  readonly rows: number;
}

/**
 * Copies in one transaction: everything or nothing. Both have the same tables.
 * @param from a SQLite database that nobody writes to
 * @param tables in such an order that rows come after those that they refer to
 * @throws StoreError `not-empty` when there is anything in the other database
 */
export async function copyRows(
  from: Kysely<Schema>,
  to: Kysely<Schema>,
  tables: readonly (keyof Schema)[],
): Promise<readonly CopiedTable[]> {
  const source = from as unknown as AnyDb;
  const before = await versionOf(source);
  return (to as unknown as AnyDb).transaction().execute(async (target) => {
    const copied: CopiedTable[] = [];
    for (const table of tables) {
      if ((await countOf(target, table)) > 0) throw notEmpty(table);
      await copyTable(source, target, table);
      copied.push({ table, rows: await countOf(target, table) });
    }
    if ((await versionOf(source)) !== before) throw inUse();
    return copied;
  });
}

async function copyTable(source: AnyDb, target: AnyDb, table: string): Promise<void> {
  // SQLite numbers the rows of every table: https://www.sqlite.org/rowidtable.html
  const rowId = sql<number>`rowid`;
  for (let after = -1; ; ) {
    const page = await source
      .selectFrom(table)
      .selectAll()
      .select(rowId.as('copied_row'))
      .where(rowId, '>', after)
      .orderBy(rowId)
      .limit(PAGE)
      .execute();
    const rows = page.map(({ copied_row: _, ...row }) => inWholeNumbers(row));
    const columns = Object.keys(rows[0] ?? {}).length;
    const atOnce = Math.max(1, Math.floor(MOST_PARAMETERS / Math.max(1, columns)));
    for (let at = 0; at < rows.length; at += atOnce) {
      await target
        .insertInto(table)
        .values(rows.slice(at, at + atOnce))
        .execute();
    }
    if (page.length < PAGE) return;
    after = Number(page.at(-1)?.copied_row);
  }
}

/** SQLite keeps fractions of milliseconds where they slipped in; PostgreSQL does not take them. */
function inWholeNumbers(row: AnyRow): AnyRow {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [column, typeof value === 'number' ? Math.floor(value) : value]),
  );
}

/** Another number when another connection has written: https://www.sqlite.org/pragma.html#pragma_data_version */
async function versionOf(source: AnyDb): Promise<number | undefined> {
  const { rows } = await sql<{ data_version: number }>`pragma data_version`.execute(source);
  return rows[0]?.data_version;
}

async function countOf(db: AnyDb, table: string): Promise<number> {
  const row = await db
    .selectFrom(table)
    .select((e) => e.fn.countAll().as('n'))
    .executeTakeFirst();
  return Number(row?.n ?? 0);
}

function notEmpty(table: string): StoreError {
  return new StoreError(
    'not-empty',
    `There are rows in the table ${table} of the PostgreSQL database already: a gateway has used it. Copy into an empty one (dropdb, createdb).`,
  );
}

function inUse(): StoreError {
  return new StoreError(
    'busy',
    'The database file was changed while it was copied: stop the gateway first. Nothing was copied.',
  );
}
