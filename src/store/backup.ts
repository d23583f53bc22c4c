/** A copy of a database file from before it is changed to a newer form: there is no way back but this. */
import { chmod, open, rename, rm, stat } from 'node:fs/promises';
import { type Kysely, sql } from 'kysely';
import { StoreError } from './errors.ts';

/**
 * Writes `<path>.before-<number>.bak`, whole or not at all, readable by whoever may read the database. One from an earlier try has
 * the same contents, since a migration that fails changes nothing: it is replaced.
 * @param firstMigration the first that will run, such as `0006-ledger`
 * @returns where it is
 * @throws StoreError `backup-failed`
 */
export async function backUp<DB>(db: Kysely<DB>, path: string, firstMigration: string): Promise<string> {
  const target = `${path}.before-${firstMigration.split('-', 1)[0]}.bak`;
  const unfinished = `${target}.part`;
  try {
    await rm(unfinished, { force: true });
    // A copy of one moment, of what is in the write-ahead log too (https://www.sqlite.org/lang_vacuum.html#vacuuminto).
    await sql`vacuum into ${unfinished}`.execute(db);
    await chmod(unfinished, (await stat(path)).mode);
    await toDisk(unfinished);
    await rename(unfinished, target);
    return target;
  } catch (cause) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw new StoreError(
      'backup-failed',
      `The database must be changed for this release, but the copy ${target} that is made first could not be written; nothing was ` +
        `changed. Make room beside ${path} for a second file of its size, and let Trunkline write there.`,
      { cause },
    );
  }
}

async function toDisk(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
