/**
 * Every test of the store runs on both databases:
 *
 *     describeOnEach('the ledger', (database) => {
 *       let store: Store;
 *       beforeEach(async () => {
 *         store = await database.open();
 *       });
 *       it('…', …);
 *     });
 *
 * PostgreSQL runs where it is installed, as `npm test` sees to; else its tests are skipped, and their title says so.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, describe, inject } from 'vitest';
import { type DatabaseOptions, openStore, type Store, type StoreOptions } from '../../../src/store/index.ts';
import { postgresDialect } from '../../../src/store/postgres/dialect.ts';
import { sqliteDialect } from '../../../src/store/sqlite.ts';
import { PostgresServer } from '../../world/postgres.ts';
import { until } from '../../world/wait.ts';

export interface TestDatabase {
  readonly name: 'SQLite' | 'PostgreSQL';
  /**
   * An empty database that several can open, in this process and in others; for `openStore`. It is gone after the test.
   * On SQLite it is a file.
   */
  make(): Promise<DatabaseOptions>;
  /** The same without any table, not even those of the store. */
  makeBlank(): Promise<DatabaseOptions>;
  /** An empty store, closed after the test if the test does not do so. On SQLite it is in memory: nobody else can open it. */
  open(options?: Pick<StoreOptions, 'keepTexts'>): Promise<Store>;
  /** An empty store in place of this one of `open`: for the next round of a property. */
  again(store: Store): Promise<Store>;
  /** How often a property that empties a database each time is tried: one on a server takes its time. */
  runs(atMost: number): number;
}

/** To be undone after the test, the last first. */
const undo: (() => Promise<void> | void)[] = [];

async function undoAll(): Promise<void> {
  for (let one = undo.pop(); one !== undefined; one = undo.pop()) await one();
}

/** Of PostgreSQL stores. */
const urls = new WeakMap<Store, string>();

async function opened(options: StoreOptions): Promise<Store> {
  const store = await openStore(options);
  undo.push(() => store.close());
  return store;
}

const sqlite: TestDatabase = {
  name: 'SQLite',
  async make() {
    const folder = mkdtempSync(path.join(tmpdir(), 'trunkline-database-'));
    undo.push(() => rmSync(folder, { recursive: true, force: true }));
    return { path: path.join(folder, 'store.sqlite') };
  },
  makeBlank: () => sqlite.make(),
  open: (options) => opened({ path: ':memory:', ...options }),
  async again(store) {
    await store.close();
    return sqlite.open();
  },
  runs: (atMost) => atMost,
};

const postgres: TestDatabase = {
  name: 'PostgreSQL',
  async make() {
    const url = free.pop() ?? (await created(TEMPLATE));
    undo.push(async () => {
      await emptied(url);
      free.push(url);
    });
    return { url };
  },
  async makeBlank() {
    const url = await created('template0');
    undo.push(async () => {
      await (await server()).query(`drop database "${path.basename(url)}" with (force)`);
    });
    return { url };
  },
  async open(options) {
    const made = await postgres.make();
    const store = await opened({ ...made, ...options });
    urls.set(store, made.url ?? '');
    return store;
  },
  async again(store) {
    const url = urls.get(store);
    if (url === undefined) throw new Error('this store is not of `open`, or has been replaced');
    urls.delete(store);
    await store.close();
    await emptied(url);
    const next = await opened({ url });
    urls.set(next, url);
    return next;
  },
  runs: (atMost) => Math.ceil(atMost / 5),
};

/** Runs the suite on both databases. */
export function describeOnEach(title: string, suite: (database: TestDatabase) => void): void {
  describe(`${title}, on SQLite`, () => {
    afterEach(undoAll);
    suite(sqlite);
  });
  describeOnPostgres(title, suite);
}

/** Runs the suite on PostgreSQL alone. */
export function describeOnPostgres(title: string, suite: (database: TestDatabase) => void): void {
  const isThere = inject('postgresFolder') !== '';
  describe.skipIf(!isThere)(`${title}, on PostgreSQL${isThere ? '' : ' (which is not installed)'}`, () => {
    // Where much runs at once a server takes its time to start.
    beforeAll(async () => void (await server()), 60_000);
    afterEach(undoAll);
    suite(postgres);
  });
}

/** For tests below the store: a dialect for Kysely on a database that `make` or `makeBlank` gave. */
export function dialectOf(options: DatabaseOptions) {
  return options.url === undefined ? sqliteDialect(options) : postgresDialect(options);
}

// ── PostgreSQL: one server for all, with a database that has all tables to make others from ──────────────────────────────────

const TEMPLATE = 'trunkline_template';
/** Databases of this test file that are empty again. */
const free: string[] = [];
let running: Promise<PostgresServer> | undefined;

function server(): Promise<PostgresServer> {
  running ??= sharedServer(inject('postgresFolder'));
  return running;
}

/** The first test file that comes starts it, the others wait. */
async function sharedServer(folder: string): Promise<PostgresServer> {
  const [ready, failed] = [path.join(folder, 'ready'), path.join(folder, 'failed')];
  try {
    mkdirSync(path.join(folder, 'taken'));
  } catch {
    await until('the PostgreSQL server for tests', () => existsSync(ready) || existsSync(failed), {
      timeoutMs: 60_000,
    });
    if (existsSync(failed)) throw new Error('the PostgreSQL server for tests did not start');
    return PostgresServer.at(folder);
  }
  try {
    const started = await PostgresServer.start({ folder, owner: inject('postgresOwner') });
    const url = await started.create(TEMPLATE);
    await (await openStore({ url })).close();
    writeFileSync(ready, '');
    return started;
  } catch (error) {
    writeFileSync(failed, '');
    throw error;
  }
}

async function created(template: string): Promise<string> {
  const running = await server();
  return running.create(`test_${randomUUID()}`, template);
}

let tables: Promise<readonly string[]> | undefined;

/** Rows are few: to delete them takes less time than to truncate each table. */
async function emptied(url: string): Promise<void> {
  const running = await server();
  const database = path.basename(url);
  tables ??= running
    .query("select tablename from pg_tables where schemaname = 'public' and tablename not like 'kysely%'", database)
    .then((rows) => rows.map(({ tablename }) => String(tablename)));
  const deletes = (await tables).map((table) => `delete from "${table}"`);
  await running.query(['set session_replication_role = replica', ...deletes].join('; '), database);
}
