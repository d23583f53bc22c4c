/** What accounts of the house sum up to: they have no row of their own. */
import type { Kysely } from 'kysely';
import type { AccountId } from '../../account/ledger/ports.ts';
import { type Micros, micros, minus } from '../../money.ts';
import type { Schema } from '../schema.ts';

type Db = Kysely<Schema>;
type Side = 'from_account' | 'to_account';

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
