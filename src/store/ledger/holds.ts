/** What is held, for which call or text. */
import type { Kysely } from 'kysely';
import { type AccountId, holderOf, type OpenHold } from '../../account/ledger/ports.ts';
import { micros } from '../../money.ts';
import type { Schema } from '../schema.ts';
import { totalOf } from './sums.ts';

type Db = Kysely<Schema>;

/** Of users for whom anything is held; the transfers of others are not looked at. */
export async function openHolds(db: Db): Promise<readonly OpenHold[]> {
  const holders = await db
    .selectFrom('ledger_accounts')
    .select('account')
    .where('account', 'like', 'held:%')
    .where('balance', '!=', 0)
    .orderBy('account')
    .execute();
  const holds: OpenHold[] = [];
  for (const { account } of holders) holds.push(...(await holdsOf(db, account)));
  return holds;
}

/** By call and text, those that are not 0. */
async function holdsOf(db: Db, account: AccountId): Promise<readonly OpenHold[]> {
  const user = holderOf(account);
  if (user === undefined) return [];
  const held = new Map<string, { total: bigint; at: number }>();
  const note = (ref: string | null, total: bigint, at: number) => {
    const before = held.get(ref ?? '') ?? { total: 0n, at: 0 };
    held.set(ref ?? '', { total: before.total + total, at: Math.max(before.at, at) });
  };
  const into = await db
    .selectFrom('ledger_transfers')
    .select((e) => ['about', e.fn.sum('amount').as('total'), e.fn.max('at').as('at')])
    .where('to_account', '=', account)
    .groupBy('about')
    .execute();
  for (const { about, total, at } of into) note(about, totalOf(total), Number(at));
  const out = await db
    .selectFrom('ledger_transfers')
    .select((e) => ['about', e.fn.sum('amount').as('total')])
    .where('from_account', '=', account)
    .groupBy('about')
    .execute();
  for (const { about, total } of out) note(about, -totalOf(total), 0);
  return [...held]
    .filter(([, { total }]) => total !== 0n)
    .map(([ref, { total, at }]) => ({ ref, user, held: micros(total), at }));
}
