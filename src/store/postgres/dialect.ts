/** Kysely over PostgreSQL, so that every table and query means the same as on SQLite. */
import {
  CompiledQuery,
  type DatabaseConnection,
  type DataTypeNode,
  type Dialect,
  type Kysely,
  PostgresAdapter,
  PostgresDriver,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type TransactionSettings,
} from 'kysely';
import { databaseName } from './errors.ts';
import { type PoolOptions, SteadyPool } from './pool.ts';

export type PostgresOptions = Omit<PoolOptions, 'name'>;

/** Any number, the same in each process. Such locks belong to one database: others on the server do not wait. */
const WRITERS_LOCK = '7017210835510133612';

/**
 * The dialect for `new Kysely({ dialect })`.
 *
 * Transactions that may write run one after the other, in all processes: each takes one lock at its beginning, as it would take
 * SQLite's write lock. What it reads stays so until it has written, without a lock of rows in each query and without failures
 * that would have to be repeated. Transactions for reading alone (`setAccessMode('read only')`) see one moment and wait for
 * nobody; single statements are whole in themselves and take no lock.
 */
export function postgresDialect(options: PostgresOptions): Dialect {
  const pool = new SteadyPool({ ...options, name: databaseName(options.url) });
  return {
    createDriver: () => new OneWriterDriver({ pool }),
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new BytewiseTextCompiler(),
    createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
  };
}

class OneWriterDriver extends PostgresDriver {
  override async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const begin =
      settings.accessMode === 'read only'
        ? 'start transaction isolation level repeatable read read only'
        : // One statement to the server: no other can come between.
          `begin; select pg_advisory_xact_lock(${WRITERS_LOCK})`;
    await connection.executeQuery(CompiledQuery.raw(begin));
  }
}

/** Text is compared by its bytes, as SQLite does, whatever language the database was made for. */
class BytewiseTextCompiler extends PostgresQueryCompiler {
  protected override visitDataType(node: DataTypeNode): void {
    super.visitDataType(node);
    if (node.dataType === 'text' && this.parentNode?.kind === 'ColumnDefinitionNode') this.append(' collate "C"');
  }
}
