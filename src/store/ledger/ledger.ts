/** The ledger on the database. */
import type { Kysely, Transaction } from 'kysely';
import {
  type AccountId,
  type CreditTerms,
  holderOf,
  type LedgerBook,
  type LedgerFault,
  type LooseText,
  type OpenHold,
  type PostedTransfer,
  type Posting,
  type Transfer,
  userOf,
} from '../../account/ledger/ports.ts';
import { type Currency, type Micros, micros } from '../../money.ts';
import type { Schema } from '../schema.ts';
import type { Batch } from '../texts/batch.ts';
import { openHolds } from './holds.ts';
import { looseTexts } from './loose-texts.ts';
import { isHouse, type LedgerSettings, postIn, termsIn } from './posting.ts';
import { houseBalance } from './sums.ts';
import type { LedgerTransfersTable } from './tables.ts';
import { faultsOf } from './verify.ts';

type Db = Kysely<Schema>;

export class Ledger implements LedgerBook {
  readonly #db: Db;
  readonly #batch: Batch;
  readonly #settings: LedgerSettings;

  constructor(db: Db, batch: Batch, settings: LedgerSettings) {
    this.#db = db;
    this.#batch = batch;
    this.#settings = settings;
  }

  get currency(): Currency {
    return this.#settings.currency;
  }

  /** Money is on the disk before anything follows from it. */
  post(transfers: readonly Transfer[], now: number): Promise<Posting> {
    return this.#batch.durably((db) => postIn(db, transfers, now, this.#settings));
  }

  /** The same within a transaction of the caller: what `short` or an error says was not written. */
  postIn(db: Transaction<Schema>, transfers: readonly Transfer[], now: number): Promise<Posting> {
    return postIn(db, transfers, now, this.#settings);
  }

  async balance(account: AccountId): Promise<Micros> {
    if (isHouse(account)) return houseBalance(this.#db, account);
    const row = await this.#db
      .selectFrom('ledger_accounts')
      .select('balance')
      .where('account', '=', account)
      .executeTakeFirst();
    return micros(row?.balance ?? 0);
  }

  terms(user: string): Promise<CreditTerms> {
    return termsIn(this.#db, user, this.#settings);
  }

  async setTerms(user: string, terms: CreditTerms | undefined): Promise<void> {
    await this.#batch.durably(async (db) => {
      if (terms === undefined) {
        await db.deleteFrom('credit_terms').where('user_id', '=', user).execute();
        return;
      }
      const row = { kind: terms.kind, credit_limit: terms.kind === 'postpaid' ? terms.limit : 0 };
      await db
        .insertInto('credit_terms')
        .values({ user_id: user, ...row })
        .onConflict((c) => c.column('user_id').doUpdateSet(row))
        .execute();
    });
  }

  async statement(account: AccountId, atMost: number, beforeSeq?: number): Promise<readonly PostedTransfer[]> {
    // Each side has its index; together they would be sorted as a whole.
    const sides = await Promise.all(
      (['from_account', 'to_account'] as const).map((side) =>
        this.#db
          .selectFrom('ledger_transfers')
          .selectAll()
          .where(side, '=', account)
          .$if(beforeSeq !== undefined, (query) => query.where('seq', '<', beforeSeq ?? 0))
          .orderBy('seq', 'desc')
          .limit(atMost)
          .execute(),
      ),
    );
    return sides
      .flat()
      .map(transferOf)
      .sort((a, b) => b.seq - a.seq)
      .slice(0, atMost);
  }

  async about(ref: string): Promise<readonly PostedTransfer[]> {
    const rows = await this.#db
      .selectFrom('ledger_transfers')
      .selectAll()
      .where('about', '=', ref)
      .orderBy('seq')
      .execute();
    return rows.map(transferOf);
  }

  async users(): ReturnType<LedgerBook['users']> {
    const accounts = await this.#db.selectFrom('ledger_accounts').selectAll().execute();
    const balances = new Map(accounts.map(({ account, balance }) => [account, micros(balance)]));
    const terms = new Map<string, CreditTerms>();
    for (const row of await this.#db.selectFrom('credit_terms').selectAll().execute()) {
      terms.set(row.user_id, { kind: row.kind, limit: micros(row.credit_limit) });
    }
    const names = new Set([
      ...terms.keys(),
      ...accounts.flatMap(({ account }) => userOf(account) ?? holderOf(account) ?? []),
    ]);
    return [...names].sort().map((user) => ({
      user,
      terms: terms.get(user) ?? this.#settings.termsOf(user),
      balance: balances.get(`user:${user}`) ?? micros(0),
      held: balances.get(`held:${user}`) ?? micros(0),
    }));
  }

  open(): Promise<readonly OpenHold[]> {
    return openHolds(this.#db);
  }

  looseTexts(before: number): Promise<readonly LooseText[]> {
    return looseTexts(this.#db, before);
  }

  verify(): Promise<readonly LedgerFault[]> {
    return faultsOf(this.#db, this.#settings.currency);
  }
}

function transferOf(row: LedgerTransfersTable): PostedTransfer {
  return {
    seq: Number(row.seq),
    key: row.key,
    from: row.from_account,
    to: row.to_account,
    amount: micros(row.amount),
    reason: row.reason,
    ...(row.about === null ? {} : { about: row.about }),
    ...(row.actor === null ? {} : { actor: row.actor }),
    ...(row.note === null ? {} : { note: row.note }),
    at: Number(row.at),
  };
}
