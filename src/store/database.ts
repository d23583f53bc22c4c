/** The database behind the store, open and with the newest tables. */
import { Kysely, sql } from 'kysely';
import { backUp } from './backup.ts';
import { StoreError } from './errors.ts';
import { migrate, type Upgrade } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import type { PostgresOptions } from './postgres/dialect.ts';
import { databaseName, openingError } from './postgres/errors.ts';
import type { Schema } from './schema.ts';
import { type SqliteOptions, sqliteDialect } from './sqlite.ts';

export interface OpenDatabase {
  readonly db: Kysely<Schema>;
  /** Settles when all that was committed before survives a power cut. */
  durable(): Promise<void>;
  /** What had to be done to it. */
  readonly upgrade: Upgrade;
}

/** @throws StoreError with words for the administrator; nothing is left open then */
export function openDatabase(
  options: (SqliteOptions & { readonly url?: undefined }) | PostgresOptions,
): Promise<OpenDatabase> {
  return options.url === undefined ? openSqlite(options) : openPostgres(options);
}

async function openSqlite(options: SqliteOptions): Promise<OpenDatabase> {
  const { path } = options;
  const dialect = attempt(
    () => sqliteDialect(options),
    `The database ${path} cannot be opened. Check that its directory exists, that Trunkline may write there and ` +
      'that no other program holds it.',
  );
  const db = new Kysely<Schema>({ dialect });
  const upgrade = await closedOnError(
    db,
    () => migrate(db, migrations, path === ':memory:' ? undefined : (first) => backUp(db, path, first)),
    (cause) =>
      new StoreError(
        'cannot-open',
        `The file ${path} cannot be read as Trunkline's database. Give another file, or restore this one from a backup.`,
        { cause },
      ),
  );
  return { db, durable: () => dialect.durable(), upgrade };
}

/** PostgreSQL 12 is the oldest that is tried; older ones get no more repairs either. */
const OLDEST_SERVER = 12;

async function openPostgres(options: PostgresOptions): Promise<OpenDatabase> {
  const name = databaseName(options.url);
  if (!/^postgres(ql)?:\/\//i.test(options.url)) {
    throw new StoreError('cannot-open', 'store.url must begin with postgres:// (a file is given as store.path).');
  }
  // Loaded only when it is needed: with a file nobody waits for it.
  const { postgresDialect } = await import('./postgres/dialect.ts');
  const db = new Kysely<Schema>({ dialect: postgresDialect(options) });
  const inWords = (cause: unknown) =>
    openingError(name, cause) ??
    new StoreError('cannot-open', `The database ${name} cannot be used. Check store.url and the server's log.`, {
      cause,
    });
  await closedOnError(db, () => examine(db, name), inWords);
  const upgrade = await closedOnError(db, () => migrate(db).catch(rethrownCause(name)), inWords);
  // A commit there has waited for the disk already.
  return { db, durable: async () => {}, upgrade };
}

/** Of a migration that the server would not do, or that it went away in, the reason says more. */
function rethrownCause(name: string): (error: unknown) => never {
  return (error) => {
    const reason = error instanceof StoreError && error.code === 'migration-failed' ? error.cause : undefined;
    throw (reason && openingError(name, reason)) ?? error;
  };
}

async function examine(db: Kysely<Schema>, name: string): Promise<void> {
  const { rows } = await sql<{ version: number; encoding: string; standby: number }>`
    select current_setting('server_version_num')::int / 10000 as version,
      pg_encoding_to_char(encoding) as encoding, pg_is_in_recovery()::int as standby
    from pg_database where datname = current_database()`.execute(db);
  const [server] = rows;
  const problem =
    server === undefined
      ? undefined
      : server.version < OLDEST_SERVER
        ? `is on PostgreSQL ${server.version}; ${OLDEST_SERVER} or later is needed.`
        : server.encoding !== 'UTF8'
          ? `has the encoding ${server.encoding}; make one with UTF8 (createdb --encoding=UTF8 --template=template0).`
          : server.standby !== 0
            ? 'is a standby, which takes no changes. Give the address of the primary server.'
            : undefined;
  if (problem !== undefined) throw new StoreError('cannot-open', `The database ${name} ${problem}`);
}

/** What it rejects with is told in words, and the database closed. */
async function closedOnError<T>(
  db: Kysely<Schema>,
  work: () => Promise<T>,
  inWords: (cause: unknown) => StoreError,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    await db.destroy().catch(() => {});
    throw cause instanceof StoreError ? cause : inWords(cause);
  }
}

function attempt<T>(work: () => T, words: string): T {
  try {
    return work();
  } catch (cause) {
    throw new StoreError('cannot-open', words, { cause });
  }
}
