/** Posts transfers inside of a transaction: all of them, or none. */
import type { Transaction } from 'kysely';
import { floorOf } from '../../account/ledger/available.ts';
import {
  type AccountId,
  type CreditTerms,
  LedgerError,
  type Posting,
  type Transfer,
  userOf,
} from '../../account/ledger/ports.ts';
import { type Currency, type Micros, micros, minus, NOTHING, sum } from '../../money.ts';
import type { Schema } from '../schema.ts';
import { changeHolds, holdChangesOf, shortOfHeld } from './holds.ts';

export interface LedgerSettings {
  readonly currency: Currency;
  /** The terms of users that have none of their own. */
  readonly termsOf: (user: string) => CreditTerms;
}

type Db = Transaction<Schema>;

/**
 * Everything is read and checked before the first row is written: what is refused leaves nothing in the transaction.
 * @throws LedgerError for a key that is known with other contents, and for a ledger in another currency
 */
export async function postIn(
  db: Db,
  transfers: readonly Transfer[],
  now: number,
  settings: LedgerSettings,
): Promise<Posting> {
  for (const transfer of transfers) checkTransfer(transfer);
  const lastSeq = await lockLedger(db, settings.currency);
  const fresh = await freshOf(db, transfers);
  if (fresh.length === 0) return { kind: 'posted', fresh: 0 };
  const changes = changesOf(fresh);
  const holds = holdChangesOf(fresh);
  const short = (await shortOf(db, changes, settings)) ?? (await shortOfHeld(db, holds));
  if (short) return short;
  await db
    .insertInto('ledger_transfers')
    .values(
      fresh.map((transfer, index) => ({
        seq: lastSeq + index + 1,
        key: transfer.key,
        from_account: transfer.from,
        to_account: transfer.to,
        amount: transfer.amount,
        reason: transfer.reason,
        about: transfer.about ?? null,
        actor: transfer.actor ?? null,
        note: transfer.note ?? null,
        at: Math.floor(now),
      })),
    )
    .execute();
  await db
    .updateTable('ledger_state')
    .set({ last_seq: lastSeq + fresh.length })
    .where('id', '=', 'ledger')
    .execute();
  for (const [account, change] of changes) {
    await db
      .insertInto('ledger_accounts')
      .values({ account, balance: change })
      .onConflict((c) =>
        c.column('account').doUpdateSet((e) => ({ balance: e('ledger_accounts.balance', '+', change) })),
      )
      .execute();
  }
  await changeHolds(db, holds, now);
  return { kind: 'posted', fresh: fresh.length };
}

export async function termsIn(
  db: Pick<Db, 'selectFrom'>,
  user: string,
  settings: LedgerSettings,
): Promise<CreditTerms> {
  const row = await db.selectFrom('credit_terms').selectAll().where('user_id', '=', user).executeTakeFirst();
  if (row === undefined) return settings.termsOf(user);
  return { kind: row.kind, limit: micros(row.credit_limit) };
}

/**
 * Nobody else posts until the end of the transaction: SQLite has one writer, PostgreSQL lets the others wait for this row. So
 * a balance that was read is the balance when it is changed, and numbers rise in the order of the commits.
 * @returns the number of the last transfer
 */
async function lockLedger(db: Db, currency: Currency): Promise<number> {
  const lock = () =>
    db
      .updateTable('ledger_state')
      .set((e) => ({ last_seq: e.ref('last_seq') }))
      .where('id', '=', 'ledger')
      .returning(['currency', 'last_seq'])
      .executeTakeFirst();
  let state = await lock();
  if (state === undefined) {
    await db
      .insertInto('ledger_state')
      .values({ id: 'ledger', currency, last_seq: 0 })
      .onConflict((c) => c.column('id').doNothing())
      .execute();
    state = await lock();
  }
  if (state === undefined) throw new Error('The ledger could not be locked');
  if (state.currency !== currency) throw otherCurrency(state.currency, currency);
  return Number(state.last_seq);
}

export function otherCurrency(kept: string, configured: Currency): LedgerError {
  return new LedgerError(
    'other-currency',
    `The ledger is kept in ${kept}, but the configuration says ${configured}. Set credit.currency to ${kept}: amounts are not converted.`,
  );
}

function checkTransfer({ key, from, to, amount }: Transfer): void {
  if (from === to) throw new LedgerError('not-a-transfer', `${key} goes from ${from} to itself`);
  if (!Number.isSafeInteger(amount) || amount <= 0) {
    throw new LedgerError(
      'not-a-transfer',
      `${key} transfers ${amount}: only whole amounts above 0 can be transferred`,
    );
  }
}

/** Those whose keys are not known. */
async function freshOf(db: Db, transfers: readonly Transfer[]): Promise<readonly Transfer[]> {
  if (transfers.length === 0) return [];
  const rows = await db
    .selectFrom('ledger_transfers')
    .select(['key', 'from_account', 'to_account', 'amount', 'reason', 'about'])
    .where(
      'key',
      'in',
      transfers.map(({ key }) => key),
    )
    .execute();
  const known = new Map<string, Known>(
    rows.map((row) => [row.key, { ...row, from: row.from_account, to: row.to_account, about: row.about ?? undefined }]),
  );
  return transfers.filter((transfer) => {
    const before = known.get(transfer.key);
    if (before === undefined) {
      known.set(transfer.key, transfer);
      return true;
    }
    if (isSame(before, transfer)) return false;
    throw new LedgerError(
      'key-reused',
      `${transfer.key} is in the ledger already with other contents: nothing was posted`,
    );
  });
}

interface Known {
  readonly from: AccountId;
  readonly to: AccountId;
  readonly amount: number;
  readonly reason: string;
  readonly about?: string | undefined;
}

/** Who did it, and their words, may differ: a repeat by somebody else is a repeat. */
function isSame(one: Known, other: Known): boolean {
  return (
    one.from === other.from &&
    one.to === other.to &&
    Number(one.amount) === other.amount &&
    one.reason === other.reason &&
    one.about === other.about
  );
}

/** By account, in one order for all who post; the house's accounts have no row, so that not everybody waits for them. */
function changesOf(transfers: readonly Transfer[]): readonly (readonly [AccountId, Micros])[] {
  const changes = new Map<AccountId, Micros>();
  const change = (account: AccountId, by: Micros) => {
    if (!isHouse(account)) changes.set(account, sum(changes.get(account) ?? NOTHING, by));
  };
  for (const { from, to, amount } of transfers) {
    change(from, minus(NOTHING, amount));
    change(to, amount);
  }
  return [...changes].filter(([, by]) => by !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
}

export function isHouse(account: AccountId): boolean {
  return account.startsWith('house:');
}

async function shortOf(
  db: Db,
  changes: readonly (readonly [AccountId, Micros])[],
  settings: LedgerSettings,
): Promise<Extract<Posting, { kind: 'short' }> | undefined> {
  for (const [account, change] of changes) {
    if (change >= 0) continue;
    const floor = await floorIn(db, account, settings);
    if (floor === undefined) continue;
    const row = await db
      .selectFrom('ledger_accounts')
      .select('balance')
      .where('account', '=', account)
      .executeTakeFirst();
    const available = minus(micros(row?.balance ?? 0), floor);
    if (available + change < 0) return { kind: 'short', account, available };
  }
  return undefined;
}

/** Undefined: there is none. */
async function floorIn(db: Db, account: AccountId, settings: LedgerSettings): Promise<Micros | undefined> {
  const user = userOf(account);
  return user === undefined ? NOTHING : floorOf(await termsIn(db, user, settings));
}
