/** Many rows are deleted a thousand at a time: others write in between. */
import type { Transaction } from 'kysely';
import type { Schema } from '../schema.ts';
import type { Batch } from './batch.ts';

const CHUNK = 1_000;

/** @param remove deletes at most so many rows, and says how many there were */
export async function inChunks(
  batch: Batch,
  remove: (db: Transaction<Schema>, atMost: number) => Promise<{ readonly numDeletedRows: bigint }>,
): Promise<void> {
  for (let deleted = CHUNK; deleted === CHUNK; ) {
    deleted = await batch.commit(async (db) => Number((await remove(db, CHUNK)).numDeletedRows));
  }
}
