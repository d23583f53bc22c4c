/** Sums of records, by user and month. */
import type { Kysely } from 'kysely';
import type { RecordFilter, Usage } from '../../account/records/ports.ts';
import type { MatrixUserId } from '../../matrix/index.ts';
import { type Currency, micros } from '../../money.ts';
import type { Schema } from '../schema.ts';

export async function usageOf(
  db: Kysely<Schema>,
  { from, until, user }: Pick<RecordFilter, 'from' | 'until' | 'user'>,
): Promise<readonly Usage[]> {
  let query = db
    .selectFrom('call_records')
    .select((e) => [
      'user_id',
      'month',
      'direction',
      'currency',
      e.fn.countAll().as('calls'),
      e.fn.count('answered_at').as('answered'),
      e.fn.sum('talk_ms').as('talk_ms'),
      e.fn.sum('billed_s').as('billed_s'),
      e.fn.sum('price').as('price'),
      e.fn.sum('cost').as('cost'),
    ])
    .where('is_open', '=', 0)
    .groupBy(['user_id', 'month', 'direction', 'currency']);
  if (from !== undefined) query = query.where('opened_at', '>=', Math.ceil(from));
  if (until !== undefined) query = query.where('opened_at', '<', Math.ceil(until));
  if (user !== undefined) query = query.where('user_id', '=', user);
  const rows = await query.execute();
  const sums = rows.map(
    (row): Usage => ({
      ...(row.user_id === null ? {} : { user: row.user_id as MatrixUserId }),
      month: row.month,
      direction: row.direction,
      calls: Number(row.calls),
      answered: Number(row.answered),
      talkMs: Number(row.talk_ms ?? 0),
      billedS: Number(row.billed_s ?? 0),
      ...(row.currency === null ? {} : { currency: row.currency as Currency }),
      price: micros(Number(row.price ?? 0)),
      cost: micros(Number(row.cost ?? 0)),
    }),
  );
  return merged(sums.sort(inOrder));
}

/** The latest month first; calls with a price before those without. */
function inOrder(a: Usage, b: Usage): number {
  return (
    compare(b.month, a.month) ||
    compare(a.user ?? '', b.user ?? '') ||
    compare(a.direction, b.direction) ||
    compare(a.currency ?? '~', b.currency ?? '~')
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Calls without a price count to those with one. */
function merged(sums: readonly Usage[]): readonly Usage[] {
  const all: Usage[] = [];
  for (const one of sums) {
    const last = all.at(-1);
    if (last === undefined || one.currency !== undefined || !isSame(last, one)) all.push(one);
    else all[all.length - 1] = added(last, one);
  }
  return all;
}

function isSame(a: Usage, b: Usage): boolean {
  return a.month === b.month && a.user === b.user && a.direction === b.direction;
}

function added(a: Usage, b: Usage): Usage {
  return {
    ...a,
    calls: a.calls + b.calls,
    answered: a.answered + b.answered,
    talkMs: a.talkMs + b.talkMs,
    billedS: a.billedS + b.billedS,
  };
}
