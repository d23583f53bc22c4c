/** The ledger as the store keeps it: transfers between accounts, each under a key, and balances that are their sums. */
import type { Currency, Micros } from '../../money.ts';

/**
 * `user:@alice:example.org` what a user may spend; `held:@alice:example.org` what is reserved of it; `house:…` where money comes
 * from and goes to. Every transfer takes from one account what it gives to another: the sum of all is always zero.
 */
export type AccountId =
  | `user:${string}`
  | `held:${string}`
  /** What calls and texts earned. */
  | 'house:revenue'
  /** What was paid in, outside. */
  | 'house:payments'
  /** Corrections and gifts. */
  | 'house:adjustments';

export type TransferReason =
  | 'topup'
  | 'adjustment'
  | 'call-reserve'
  | 'call-charge'
  | 'call-release'
  | 'text-hold'
  | 'text-charge'
  | 'text-release'
  | 'text-refund';

export interface Transfer {
  /** The same key is posted once; with other contents it is an error. */
  readonly key: string;
  readonly from: AccountId;
  readonly to: AccountId;
  /** Above 0. */
  readonly amount: Micros;
  readonly reason: TransferReason;
  /** `callRef` or `textRef`. */
  readonly about?: string;
  /** Who did it, of transfers that a person made: a Matrix ID, `cli`, the name of a token. */
  readonly actor?: string;
  /** In a person's words. */
  readonly note?: string;
}

export interface PostedTransfer extends Transfer {
  readonly seq: number;
  /** ms since 1970. */
  readonly at: number;
}

export type CreditKind =
  /** May spend what was paid in. */
  | 'prepaid'
  /** May go below zero, down to a limit. */
  | 'postpaid'
  /** Nothing is charged. */
  | 'free';

export interface CreditTerms {
  readonly kind: CreditKind;
  /** How far below zero, of `postpaid`; else 0. */
  readonly limit: Micros;
}

export type Posting =
  /** `fresh`: how many were not known already. */
  | { readonly kind: 'posted'; readonly fresh: number }
  /** An account of a user would have sunk below its floor: nothing was posted. */
  | { readonly kind: 'short'; readonly account: AccountId; readonly available: Micros };

/** What is wrong with the books. */
export interface LedgerFault {
  readonly account?: AccountId;
  readonly seq?: number;
  readonly words: string;
}

export interface LedgerBook {
  /** The one currency of this ledger. */
  readonly currency: Currency;
  /**
   * All of them in one commit, or none. `user:…` accounts never sink below the floor of their terms (prepaid: 0, postpaid:
   * −limit), `held:…` never below 0, whoever posts at the same time, in one process or several.
   */
  post(transfers: readonly Transfer[], now: number): Promise<Posting>;
  balance(account: AccountId): Promise<Micros>;
  terms(user: string): Promise<CreditTerms>;
  /** Without terms of their own users have those of the configuration. */
  setTerms(user: string, terms: CreditTerms | undefined): Promise<void>;
  /** The latest first. `beforeSeq`: for the next page. */
  statement(account: AccountId, atMost: number, beforeSeq?: number): Promise<readonly PostedTransfer[]>;
  /** All that was posted about a call or a text, the first first. */
  about(ref: string): Promise<readonly PostedTransfer[]>;
  /** Users with an account or terms of their own. */
  users(): Promise<
    readonly { readonly user: string; readonly terms: CreditTerms; readonly balance: Micros; readonly held: Micros }[]
  >;
  /** Sums, floors, orphans: empty when the books are right. */
  verify(): Promise<readonly LedgerFault[]>;
}
