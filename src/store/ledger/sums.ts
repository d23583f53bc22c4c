/** What accounts sum up to, from the transfers themselves. */
import type { Kysely } from 'kysely';
import type { AccountId } from '../../account/ledger/ports.ts';
import { type Micros, micros, minus } from '../../money.ts';
import type { Schema } from '../schema.ts';

type Db = Kysely<Schema>;
type Side = 'from_account' | 'to_account';

/** Of each account what came in less what went out. */
export async function sumsOfAll(db: Db): Promise<ReadonlyMap<AccountId, Micros>> {
  const sums = new Map<AccountId, bigint>();
  for (const [side, sign] of [
    ['to_account', 1n],
    ['from_account', -1n],
  ] as const) {
    const rows = await db
      .selectFrom('ledger_transfers')
      .select((e) => [side, e.fn.sum('amount').as('total')])
      .groupBy(side)
      .execute();
    for (const row of rows as { [key in Side]?: AccountId }[] & { total: unknown }[]) {
      const account = row[side];
      if (account !== undefined) sums.set(account, (sums.get(account) ?? 0n) + sign * totalOf(row.total));
    }
  }
  return new Map([...sums].map(([account, total]) => [account, micros(total)]));
}

export async function houseBalance(db: Db, account: AccountId): Promise<Micros> {
  const side = async (of: Side) => {
    const row = await db
      .selectFrom('ledger_transfers')
      .select((e) => e.fn.sum('amount').as('total'))
      .where(of, '=', account)
      .executeTakeFirst();
    return micros(totalOf(row?.total));
  };
  return minus(await side('to_account'), await side('from_account'));
}

/** PostgreSQL sums bigint columns as numeric, which comes as text; none is null. */
export function totalOf(total: unknown): bigint {
  if (total === null || total === undefined) return 0n;
  return BigInt(typeof total === 'string' ? (total.split('.')[0] ?? '0') : (total as number | bigint));
}
