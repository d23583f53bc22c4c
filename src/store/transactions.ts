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
  const { txnId, digest, receivedAt } = txn;
  const written = await db
    .insertInto('transactions')
    .values({ txn_id: txnId, digest, received_at: receivedAt })
    .onConflict((c) =>
      c.column('txn_id').doUpdateSet({ digest, received_at: receivedAt }).where('transactions.digest', '!=', digest),
    )
    .returning('txn_id')
    .execute();
  return written.length > 0;
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
