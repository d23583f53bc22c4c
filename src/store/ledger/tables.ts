/** Tables of the ledger. */
import type { AccountId, CreditKind, TransferReason } from '../../account/ledger/ports.ts';

/** Rows are added, never changed. */
export interface LedgerTransfersTable {
  seq: number;
  key: string;
  from_account: AccountId;
  to_account: AccountId;
  amount: number;
  reason: TransferReason;
  about: string | null;
  actor: string | null;
  note: string | null;
  at: number;
}

/** Sums of users' accounts, changed in the commit of the transfer: so that a balance is one row, and the floor one comparison. */
export interface LedgerAccountsTable {
  account: AccountId;
  balance: number;
}

/** What is held for one call or text; no row when that is nothing any more. Changed in the commit of the transfer, too. */
export interface LedgerHoldsTable {
  account: AccountId;
  /** `ledger_transfers.about` */
  ref: string;
  amount: number;
  /** When some of it was last set aside. */
  at: number;
}

/** One row: who posts holds its lock, so that posts are one after the other in every process. */
export interface LedgerStateTable {
  id: 'ledger';
  currency: string;
  last_seq: number;
}

export interface CreditTermsTable {
  user_id: string;
  kind: CreditKind;
  credit_limit: number;
}
