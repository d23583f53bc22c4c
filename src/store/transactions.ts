/** Transactions that the homeserver pushed: which were taken already. */
import type { Kysely, Transaction } from 'kysely';
import type { Schema } from './schema.ts';

export interface TransactionsTable {
  txn_id: string;
  /** Of the event IDs inside: a homeserver that was set up anew counts its transactions from 1 again. */
  digest: string;
  received_at: number;
}

export interface ReceivedTransaction {
  readonly txnId: string;
  readonly digest: string;
  readonly receivedAt: number;
}

/** Remembers it; `false` when the very same was taken before. */
export async function rememberTransaction(db: Transaction<Schema>, txn: ReceivedTransaction): Promise<boolean> {
  const known = await db.selectFrom('transactions').select('digest').where('txn_id', '=', txn.txnId).executeTakeFirst();
  if (known?.digest === txn.digest) return false;
  await db
    .insertInto('transactions')
    .values({ txn_id: txn.txnId, digest: txn.digest, received_at: txn.receivedAt })
    .onConflict((c) => c.column('txn_id').doUpdateSet({ digest: txn.digest, received_at: txn.receivedAt }))
    .execute();
  return true;
}

/** Forgets all but the newest `keep`. */
export async function pruneTransactions(db: Kysely<Schema>, keep: number): Promise<void> {
  const oldest = await db
    .selectFrom('transactions')
    .select('received_at')
    .orderBy('received_at', 'desc')
    .offset(keep)
    .limit(1)
    .executeTakeFirst();
  if (oldest === undefined) return;
  await db.deleteFrom('transactions').where('received_at', '<=', oldest.received_at).execute();
}
