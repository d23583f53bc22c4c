/** Whether the books are right: read from the transfers, compared with what is kept beside them. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { type AccountId, holderOf, type LedgerFault } from '../../account/ledger/ports.ts';
import { type Currency, formatAmount, micros } from '../../money.ts';
import type { Schema } from '../schema.ts';
import { isHouse, otherCurrency } from './posting.ts';

type Db = Kysely<Schema>;

/** So many are told of: a ledger that is torn need not be read line by line. */
const MOST_FAULTS = 100;
const PAGE = 2_000;

/** What is kept beside the transfers, at one moment. */
interface Kept {
  readonly currency: string | undefined;
  /** As it was given, and as it is. */
  readonly lastSeq: number;
  readonly highestSeq: number;
  readonly balances: ReadonlyMap<AccountId, bigint>;
  /** By user and call or text. */
  readonly holds: ReadonlyMap<string, bigint>;
  /** Calls that are over, or were never on record, and for which something is held. */
  readonly orphans: readonly { readonly account: AccountId; readonly ref: string; readonly amount: number }[];
}

/**
 * Balances are read in one moment, with the number of the last transfer then; the transfers up to there never change, so that they are
 * read page by page, and others can post meanwhile. A user below the floor of their terms is no fault: terms may have been
 * changed since.
 */
export async function faultsOf(db: Db, currency: Currency): Promise<readonly LedgerFault[]> {
  const kept = await keptNow(db);
  const sums = new Sums();
  for (let after = 0; ; ) {
    const page = await db
      .selectFrom('ledger_transfers')
      .select(['seq', 'key', 'from_account', 'to_account', 'amount', 'about'])
      .where('seq', '>', after)
      .where('seq', '<=', kept.lastSeq)
      .orderBy('seq')
      .limit(PAGE)
      .execute();
    for (const row of page) sums.add(row);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) break;
    after = Number(last.seq);
    // A database in the process answers without a turn of the event loop: calls need theirs.
    await nextTurn();
  }
  return [
    ...faultsOfState(kept, sums, currency),
    ...sums.faults,
    ...faultsOfSums(kept, sums, currency),
    ...faultsOfHolds(kept, sums, currency),
  ].slice(0, MOST_FAULTS);
}

function keptNow(db: Db): Promise<Kept> {
  return db
    .transaction()
    .setAccessMode('read only')
    .execute(async (reading) => {
      const state = await reading.selectFrom('ledger_state').selectAll().executeTakeFirst();
      const rows = await reading.selectFrom('ledger_accounts').selectAll().execute();
      const holds = await reading.selectFrom('ledger_holds').selectAll().execute();
      const orphans = await reading
        .selectFrom('ledger_holds')
        .leftJoin('call_records', 'call_records.call_ref', 'ledger_holds.ref')
        .select(['ledger_holds.account', 'ledger_holds.ref', 'ledger_holds.amount'])
        // Those of texts are given back by themselves, some minutes later.
        .where('ref', 'not like', 'out-%')
        .where((e) => e.or([e('call_records.is_open', '=', 0), e('call_records.call_ref', 'is', null)]))
        .limit(MOST_FAULTS)
        .execute();
      const last = await reading
        .selectFrom('ledger_transfers')
        .select((e) => e.fn.max('seq').as('seq'))
        .executeTakeFirst();
      return {
        currency: state?.currency,
        lastSeq: Number(state?.last_seq ?? 0),
        highestSeq: Number(last?.seq ?? 0),
        balances: new Map(rows.map(({ account, balance }) => [account, BigInt(balance)])),
        orphans,
        holds: new Map(holds.map(({ account, ref, amount }) => [`${holderOf(account)} ${ref}`, BigInt(amount)])),
      };
    });
}

interface Row {
  readonly seq: number;
  readonly key: string;
  readonly from_account: AccountId;
  readonly to_account: AccountId;
  readonly amount: number;
  readonly about: string | null;
}

class Sums {
  readonly accounts = new Map<AccountId, bigint>();
  /** By user and call or text; those that are settled are not kept. */
  readonly holds = new Map<string, bigint>();
  readonly faults: LedgerFault[] = [];
  count = 0;

  add({ seq, key, from_account: from, to_account: to, amount, about }: Row): void {
    this.count += 1;
    if (amount <= 0 || from === to) this.#fault({ seq: Number(seq), words: `The transfer ${key} moves nothing.` });
    this.#change(from, about, seq, -BigInt(amount));
    this.#change(to, about, seq, BigInt(amount));
  }

  #change(account: AccountId, about: string | null, seq: number, by: bigint): void {
    this.accounts.set(account, (this.accounts.get(account) ?? 0n) + by);
    const user = holderOf(account);
    if (user === undefined) return;
    if (about === null) {
      this.#fault({ account, seq: Number(seq), words: `Something of ${user} was held for nothing that is known.` });
      return;
    }
    const hold = `${user} ${about}`;
    const held = (this.holds.get(hold) ?? 0n) + by;
    if (held < 0n) {
      this.#fault({ account, seq: Number(seq), words: `More was taken for ${about} than was set aside for it.` });
    }
    if (held === 0n) this.holds.delete(hold);
    else this.holds.set(hold, held);
  }

  #fault(fault: LedgerFault): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push(fault);
  }
}

function faultsOfState(
  { currency: kept, lastSeq, highestSeq }: Kept,
  { count }: Sums,
  currency: Currency,
): LedgerFault[] {
  const faults: LedgerFault[] = [];
  if (kept !== undefined && kept !== currency) faults.push({ words: otherCurrency(kept, currency).message });
  // Numbers are given without gaps.
  if (highestSeq > lastSeq) faults.push({ seq: highestSeq, words: 'A transfer was added by hand.' });
  if (count !== lastSeq) {
    const words = `${lastSeq} transfers were posted, but ${count} are there.`;
    faults.push({ words });
  }
  return faults;
}

function faultsOfSums({ balances }: Kept, { accounts }: Sums, currency: Currency): LedgerFault[] {
  const shown = (amount: bigint) => formatAmount(micros(amount), currency);
  const faults: LedgerFault[] = [];
  let total = 0n;
  for (const account of new Set([...accounts.keys(), ...balances.keys()])) {
    const is = accounts.get(account) ?? 0n;
    const balance = isHouse(account) ? is : (balances.get(account) ?? 0n);
    total += balance;
    if (balance !== is) {
      const words = `The balance of ${account} is ${shown(balance)}, but its transfers sum up to ${shown(is)}.`;
      faults.push({ account, words });
    }
  }
  if (total !== 0n) faults.push({ words: `All balances together are ${shown(total)}; they must be 0.` });
  return faults;
}

function faultsOfHolds({ holds: kept, orphans }: Kept, { holds }: Sums, currency: Currency): LedgerFault[] {
  const shown = (amount: bigint) => formatAmount(micros(amount), currency);
  const over = orphans.map(({ account, ref, amount }) => ({
    account,
    words: `${shown(BigInt(amount))} of ${holderOf(account)} are held for the call ${ref}, which is over.`,
  }));
  const wrong = [...new Set([...kept.keys(), ...holds.keys()])].flatMap((key) => {
    const [is, was] = [holds.get(key) ?? 0n, kept.get(key) ?? 0n];
    if (is === was) return [];
    const [user, ref] = key.split(' ');
    return [
      { words: `${shown(was)} of ${user} are said to be held for ${ref}, but its transfers sum up to ${shown(is)}.` },
    ];
  });
  return [...over, ...wrong];
}
