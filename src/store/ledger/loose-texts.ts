/** Texts that are over, and whose money was not settled. */
import type { Kysely } from 'kysely';
import { moneyAbout } from '../../account/ledger/about.ts';
import type { LooseText } from '../../account/ledger/ports.ts';
import { micros } from '../../money.ts';
import type { Schema } from '../schema.ts';
import { openHolds } from './holds.ts';

type Db = Kysely<Schema>;

const CHUNK = 500;

export async function looseTexts(db: Db, before: number): Promise<readonly LooseText[]> {
  return [...(await heldForNothing(db, before)), ...(await failedAndCharged(db))];
}

async function heldForNothing(db: Db, before: number): Promise<LooseText[]> {
  const holds = (await openHolds(db)).filter(({ ref }) => ref.startsWith('out-'));
  const loose: LooseText[] = [];
  for (let from = 0; from < holds.length; from += CHUNK) {
    const some = holds.slice(from, from + CHUNK);
    const rows = await db
      .selectFrom('deliveries')
      .select(['text_ref', 'state'])
      .where(
        'text_ref',
        'in',
        some.map(({ ref }) => ref),
      )
      .execute();
    const states = new Map(rows.map((row) => [row.text_ref, row.state]));
    for (const { ref: textRef, at } of some) {
      const state = states.get(textRef);
      const isOver = state === undefined ? at < before : state !== 'waiting';
      if (isOver) loose.push({ textRef, refund: state === 'failed' });
    }
  }
  return loose;
}

/** Those that the store still knows: texts that failed are kept for some weeks. */
async function failedAndCharged(db: Db): Promise<LooseText[]> {
  const rows = await db
    .selectFrom('deliveries')
    .innerJoin('ledger_transfers', 'ledger_transfers.about', 'deliveries.text_ref')
    .select(['text_ref', 'from_account', 'to_account', 'amount'])
    .where('deliveries.state', '=', 'failed')
    .execute();
  const byText = new Map<string, Parameters<typeof moneyAbout>[0][number][]>();
  for (const { text_ref, from_account, to_account, amount } of rows) {
    const transfers = byText.get(text_ref) ?? [];
    transfers.push({ from: from_account, to: to_account, amount: micros(amount) });
    byText.set(text_ref, transfers);
  }
  return [...byText]
    .filter(([, transfers]) => moneyAbout(transfers).charged > 0)
    .map(([textRef]) => ({ textRef, refund: true }));
}
