/** Kysely over Node's own SQLite: no native addon. A commit survives the process; `durable` waits until it survives a power cut. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  type SqliteStatement,
  type TransactionSettings,
} from 'kysely';
import { type Durability, walDurability } from './durability.ts';

/** Statements kept compiled; the gateway has some dozens of different ones. */
const STATEMENT_CACHE_SIZE = 200;
/** How long a write waits for another process (a command beside the running gateway). */
const BUSY_TIMEOUT_MS = 5_000;

/** How a database is opened. `path` is a file name, or `:memory:` for one that dies with the process (tests). */
export interface SqliteOptions {
  readonly path: string;
}

export interface DurableDialect extends Dialect {
  /** Settles when all that was committed before survives a power cut; rejects with StoreError when that cannot be had. */
  durable(): Promise<void>;
}

/**
 * The dialect for `new Kysely({ dialect })`. In WAL mode with `synchronous=NORMAL` a commit returns when the system has it: it
 * survives the end of the process (https://www.sqlite.org/pragma.html#pragma_synchronous). Waiting for the disk at each commit
 * would stop everything else meanwhile, for milliseconds on a busy machine; who must wait calls `durable`. Commits reach the
 * disk in order: one that is durable makes all before it durable.
 * @throws what `node:sqlite` throws when the file cannot be opened; `openStore` turns it into a StoreError.
 */
export function sqliteDialect({ path }: SqliteOptions): DurableDialect {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  let durability: Durability | undefined;
  try {
    const { journal_mode: mode } = database.prepare('pragma journal_mode = wal').get() ?? {};
    // Without WAL (a file system that cannot share memory, a database in memory) each commit waits by itself.
    if (mode === 'wal') durability = walDurability(path);
    database.exec(`pragma synchronous = ${durability ? 'normal' : 'full'}; pragma foreign_keys = on`);
  } catch (error) {
    database.close();
    throw error;
  }
  const cached = new CachedDatabase(database);
  const base = new SqliteDialect({ database: cached });
  return {
    createDriver: () => new LogClosingDriver({ database: cached }, durability),
    createAdapter: () => new TransactionalDdlAdapter(),
    createQueryCompiler: () => base.createQueryCompiler(),
    createIntrospector: (db: Kysely<unknown>) => base.createIntrospector(db),
    durable: async () => durability?.reached(),
  };
}

/** Takes the write lock at BEGIN: a transaction that reads first could otherwise fail at once instead of waiting. */
class ImmediateDriver extends SqliteDriver implements Driver {
  override async beginTransaction(
    connection: DatabaseConnection,
    { accessMode }: TransactionSettings = {},
  ): Promise<void> {
    // Who only reads sees the database as it was at the beginning, and keeps nobody from writing meanwhile.
    await connection.executeQuery(CompiledQuery.raw(accessMode === 'read only' ? 'begin' : 'begin immediate'));
  }
}

class LogClosingDriver extends ImmediateDriver {
  readonly #durability: Durability | undefined;

  constructor(config: SqliteDialectConfig, durability: Durability | undefined) {
    super(config);
    this.#durability = durability;
  }

  override async destroy(): Promise<void> {
    await this.#durability?.close();
    await super.destroy();
  }
}

/** SQLite can roll CREATE TABLE back; Kysely's own adapter does not use it. Migrations run in one transaction thanks to it. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

type SqliteValue = null | number | bigint | string | Uint8Array;

class CachedDatabase implements SqliteDatabase {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, SqliteStatement>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  prepare(sql: string): SqliteStatement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = adapt(this.#database.prepare(sql));
    if (this.#statements.size >= STATEMENT_CACHE_SIZE) {
      const oldest = this.#statements.keys().next();
      if (!oldest.done) this.#statements.delete(oldest.value);
    }
    this.#statements.set(sql, statement);
    return statement;
  }
}

function adapt(statement: StatementSync): SqliteStatement {
  const reader = statement.columns().length > 0;
  return {
    reader,
    all: (parameters) => statement.all(...(parameters as SqliteValue[])),
    run: (parameters) => statement.run(...(parameters as SqliteValue[])),
    iterate: (parameters) => statement.iterate(...(parameters as SqliteValue[])),
  };
}
