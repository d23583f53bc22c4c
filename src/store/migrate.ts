/** Brings a database to the newest schema, or refuses with words. */
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { StoreError } from './errors.ts';
import { migrations as all } from './migrations/index.ts';

/**
 * Runs what is missing, all in one transaction: a migration that fails leaves the database as it was.
 * @throws StoreError `newer-than-program` when a newer release has already migrated it, `migration-failed` otherwise.
 */
export async function migrate<DB>(
  db: Kysely<DB>,
  migrations: Readonly<Record<string, Migration>> = all,
): Promise<readonly string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const unknown = await executedButUnknown(db, migrations);
  if (unknown.length > 0) {
    throw new StoreError(
      'newer-than-program',
      `The database was last used by a newer release (it has the migration ${unknown.join(', ')}, which this one does not ` +
        'know). Run that release, or restore the database from before the upgrade.',
    );
  }
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === 'Error')?.migrationName ?? 'unknown';
    throw new StoreError(
      'migration-failed',
      `The database could not be brought up to date (migration ${failed}); it was left unchanged. Check the disk, then start again.`,
      { cause: error },
    );
  }
  return (results ?? []).map((result) => result.migrationName);
}

async function executedButUnknown<DB>(
  db: Kysely<DB>,
  migrations: Readonly<Record<string, Migration>>,
): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return [];
  const rows = await (db as unknown as Kysely<{ kysely_migration: { name: string } }>)
    .selectFrom('kysely_migration')
    .select('name')
    .execute();
  return rows.map((row) => row.name).filter((name) => !(name in migrations));
}
