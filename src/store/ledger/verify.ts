/** Whether the books are right: read from the transfers, compared with what is kept beside them. */
import type { Kysely } from 'kysely';
import { type AccountId, holderOf, type LedgerFault } from '../../account/ledger/ports.ts';
import { type Currency, formatAmount, type Micros, micros, NOTHING, sum } from '../../money.ts';
import type { Schema } from '../schema.ts';
import { openHolds } from './holds.ts';
import { isHouse, otherCurrency } from './posting.ts';
import { sumsOfAll } from './sums.ts';

type Db = Kysely<Schema>;

/**
 * All of it is read in one transaction, so that a post meanwhile is no fault. A user below the floor of their terms is none:
 * their terms may have been changed since.
 */
export function faultsOf(db: Db, currency: Currency): Promise<readonly LedgerFault[]> {
  return db
    .transaction()
    .setAccessMode('read only')
    .execute(async (reading) => [
      ...(await faultsOfState(reading, currency)),
      ...(await faultsOfTransfers(reading)),
      ...(await faultsOfBalances(reading, currency)),
      ...(await faultsOfHolds(reading, currency)),
    ]);
}

async function faultsOfState(db: Db, currency: Currency): Promise<LedgerFault[]> {
  const state = await db.selectFrom('ledger_state').selectAll().executeTakeFirst();
  const last = await db
    .selectFrom('ledger_transfers')
    .select((e) => [e.fn.max('seq').as('seq'), e.fn.countAll().as('count')])
    .executeTakeFirst();
  const faults: LedgerFault[] = [];
  if (state !== undefined && state.currency !== currency) {
    faults.push({ words: otherCurrency(state.currency, currency).message });
  }
  const counted = Number(last?.count ?? 0);
  const given = Number(state?.last_seq ?? 0);
  // Numbers are given without gaps.
  if (Number(last?.seq ?? 0) !== given || counted !== given) {
    faults.push({
      words: `${given} transfers were posted, but ${counted} are there: some were deleted or added by hand.`,
    });
  }
  return faults;
}

async function faultsOfTransfers(db: Db): Promise<LedgerFault[]> {
  const rows = await db
    .selectFrom('ledger_transfers')
    .select(['seq', 'key'])
    .where((e) => e.or([e('amount', '<=', 0), e('from_account', '=', e.ref('to_account'))]))
    .limit(MOST_FAULTS)
    .execute();
  return rows.map(({ seq, key }) => ({ seq: Number(seq), words: `The transfer ${key} moves nothing.` }));
}

async function faultsOfBalances(db: Db, currency: Currency): Promise<LedgerFault[]> {
  const sums = await sumsOfAll(db);
  const faults: LedgerFault[] = [];
  const kept = new Map<AccountId, Micros>();
  for (const row of await db.selectFrom('ledger_accounts').selectAll().execute()) {
    kept.set(row.account, micros(row.balance));
  }
  let total = NOTHING;
  for (const account of new Set([...sums.keys(), ...kept.keys()])) {
    const is = sums.get(account) ?? NOTHING;
    const balance = isHouse(account) ? is : (kept.get(account) ?? NOTHING);
    total = sum(total, balance);
    if (balance !== is) {
      const words = `The balance of ${account} is ${formatAmount(balance, currency)}, but its transfers sum up to ${formatAmount(is, currency)}.`;
      faults.push({ account, words });
    }
    if (holderOf(account) !== undefined && is < 0) {
      faults.push({
        account,
        words: `More was taken from ${account} than was set aside: ${formatAmount(is, currency)}.`,
      });
    }
  }
  if (total !== 0)
    faults.push({ words: `All balances together are ${formatAmount(total, currency)}; they must be 0.` });
  return faults.slice(0, MOST_FAULTS);
}

async function faultsOfHolds(db: Db, currency: Currency): Promise<LedgerFault[]> {
  return (await openHolds(db))
    .filter(({ ref, held }) => ref === '' || held < 0)
    .slice(0, MOST_FAULTS)
    .map(({ ref, user, held }) => ({
      account: `held:${user}`,
      words:
        ref === ''
          ? `${formatAmount(held, currency)} of ${user} are held for nothing that is known.`
          : `More was taken for ${ref} than was set aside for it: ${formatAmount(held, currency)} of ${user}.`,
    }));
}

/** So many are told of one kind: a ledger that is torn need not be read line by line. */
const MOST_FAULTS = 100;
