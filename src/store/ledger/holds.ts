/** What is held, for which call or text: the sum of its transfers, kept beside them in the same commit. */
import type { Kysely, Transaction } from 'kysely';
import { type AccountId, holderOf, type OpenHold, type Posting, type Transfer } from '../../account/ledger/ports.ts';
import { type Micros, micros, minus, NOTHING, sum } from '../../money.ts';
import type { Schema } from '../schema.ts';

type Db = Transaction<Schema>;

export interface HoldChange {
  readonly account: AccountId;
  readonly ref: string;
  readonly by: Micros;
}

/** What these transfers change in what is held for each call and text. */
export function holdChangesOf(transfers: readonly Transfer[]): readonly HoldChange[] {
  const changes = new Map<string, HoldChange>();
  const change = (account: AccountId, ref: string | undefined, by: Micros) => {
    if (ref === undefined || holderOf(account) === undefined) return;
    const key = `${account} ${ref}`;
    changes.set(key, { account, ref, by: sum(changes.get(key)?.by ?? NOTHING, by) });
  };
  for (const { from, to, amount, about } of transfers) {
    change(from, about, minus(NOTHING, amount));
    change(to, about, amount);
  }
  return [...changes.values()].filter(({ by }) => by !== 0);
}

/** What is held for one call or text is not taken for another. */
export async function shortOfHeld(
  db: Db,
  changes: readonly HoldChange[],
): Promise<Extract<Posting, { kind: 'short' }> | undefined> {
  for (const { account, ref, by } of changes) {
    if (by >= 0) continue;
    const row = await db
      .selectFrom('ledger_holds')
      .select('amount')
      .where('account', '=', account)
      .where('ref', '=', ref)
      .executeTakeFirst();
    const available = micros(row?.amount ?? 0);
    if (available + by < 0) return { kind: 'short', account, available };
  }
  return undefined;
}

export async function changeHolds(db: Db, changes: readonly HoldChange[], now: number): Promise<void> {
  const at = Math.floor(now);
  for (const { account, ref, by } of changes) {
    await db
      .insertInto('ledger_holds')
      .values({ account, ref, amount: by, at })
      .onConflict((c) =>
        c
          .columns(['account', 'ref'])
          .doUpdateSet((e) => ({ amount: e('ledger_holds.amount', '+', by), ...(by > 0 ? { at } : {}) })),
      )
      .execute();
    if (by > 0) continue;
    await db
      .deleteFrom('ledger_holds')
      .where('account', '=', account)
      .where('ref', '=', ref)
      .where('amount', '=', 0)
      .execute();
  }
}

export async function openHolds(db: Kysely<Schema>): Promise<readonly OpenHold[]> {
  const rows = await db.selectFrom('ledger_holds').selectAll().orderBy('account').orderBy('ref').execute();
  return rows.map(({ account, ref, amount, at }) => {
    return { ref, user: holderOf(account) ?? '', held: micros(amount), at: Number(at) };
  });
}
