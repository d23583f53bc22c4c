/** Parts of long texts whose other parts have not come, and the keys of those that were joined. */
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Fragment } from '../../message/index.ts';
import type { Schema } from '../schema.ts';
import { type ArrivedColumns, arrivedColumns, arrivedFrom } from './arrival-rows.ts';

export interface ArrivalFragmentsTable extends ArrivedColumns {
  group_key: string;
  /** From 1. */
  part: number;
  total: number;
  reference: number;
  /** It has become part of a text: only its key is kept. */
  joined: number;
}

type Db = Kysely<Schema>;

/** False when its key is known: a repeat. */
export async function insertFragment(db: Transaction<Schema>, fragment: Fragment): Promise<boolean> {
  const rows = await db
    .insertInto('arrival_fragments')
    .values({
      ...arrivedColumns(fragment),
      group_key: fragment.group,
      part: fragment.part.index,
      total: fragment.part.total,
      reference: fragment.part.reference,
      joined: 0,
    })
    .onConflict((c) => c.doNothing())
    .returning('text_ref')
    .execute();
  return rows.length > 0;
}

/** In the order of the parts, then of arrival. */
export async function fragmentsOf(db: Db, group: string): Promise<readonly Fragment[]> {
  const rows = await db
    .selectFrom('arrival_fragments')
    .selectAll()
    .where('group_key', '=', group)
    .where('joined', '=', sql.lit(0))
    .orderBy('part')
    .orderBy('received_at')
    .execute();
  return rows.map((row) => ({
    ...arrivedFrom(row),
    part: { index: row.part, total: row.total, reference: row.reference },
    group: row.group_key,
  }));
}

export async function markJoined(db: Transaction<Schema>, group: string): Promise<void> {
  await db
    .updateTable('arrival_fragments')
    .set({ joined: 1, text: null })
    .where('group_key', '=', group)
    .where('joined', '=', sql.lit(0))
    .execute();
}

/** Groups whose first part came before this, the oldest first. */
export async function incompleteGroups(db: Db, before: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('arrival_fragments')
    .select('group_key')
    .where('joined', '=', sql.lit(0))
    .groupBy('group_key')
    .having((e) => e(e.fn.min('received_at'), '<', Math.floor(before)))
    .orderBy((e) => e.fn.min('received_at'))
    .execute();
  return rows.map((row) => row.group_key);
}

export async function knowsFragment(db: Db, transport: string, key: string): Promise<boolean> {
  const row = await db
    .selectFrom('arrival_fragments')
    .select('text_ref')
    .where('transport', '=', transport)
    .where('key', '=', key)
    .executeTakeFirst();
  return row !== undefined;
}
