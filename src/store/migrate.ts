/** Brings a database to the newest schema, or refuses with words. */
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { StoreError } from './errors.ts';
import { migrations as all } from './migrations/index.ts';

/** What was done to a database when it was opened. */
export interface Upgrade {
  /** Names of the migrations that ran, in order. */
  readonly migrations: readonly string[];
  /** The copy from before, if there was anything to copy. */
  readonly backup?: string;
}

/**
 * Runs what is missing, all in one transaction: a migration that fails leaves the database as it was.
 * @param backUp makes a copy before; asked only when something is to be changed in a database that has something
 * @throws StoreError `newer-than-program` when a newer release has already migrated it, `migration-failed` otherwise.
 */
export async function migrate<DB>(
  db: Kysely<DB>,
  migrations: Readonly<Record<string, Migration>> = all,
  backUp?: (firstMigration: string) => Promise<string>,
): Promise<Upgrade> {
  const executed = await executedMigrations(db);
  const unknown = executed.filter((name) => !(name in migrations));
  if (unknown.length > 0) {
    throw new StoreError(
      'newer-than-program',
      `The database was last used by a newer release (it has the migration ${unknown.join(', ')}, which this one does not ` +
        'know). Run that release, or restore the database from before the upgrade.',
    );
  }
  const first = Object.keys(migrations)
    .sort()
    .find((name) => !executed.includes(name));
  if (first === undefined) return { migrations: [] };
  const backup = executed.length === 0 ? undefined : await backUp?.(first);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === 'Error')?.migrationName ?? 'unknown';
    throw new StoreError(
      'migration-failed',
      `The database could not be brought up to date (migration ${failed}); it was left unchanged. Check the disk, then start again.`,
      { cause: error },
    );
  }
  return {
    migrations: (results ?? []).map((result) => result.migrationName),
    ...(backup === undefined ? {} : { backup }),
  };
}

async function executedMigrations<DB>(db: Kysely<DB>): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return [];
  const rows = await (db as unknown as Kysely<{ kysely_migration: { name: string } }>)
    .selectFrom('kysely_migration')
    .select('name')
    .execute();
  return rows.map((row) => row.name);
}
