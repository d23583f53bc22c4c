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

/** Of `user:…` accounts the user. */
export function userOf(account: AccountId): string | undefined {
  return account.startsWith('user:') ? account.slice('user:'.length) : undefined;
}

/** Of `held:…` accounts the user. */
export function holderOf(account: AccountId): string | undefined {
  return account.startsWith('held:') ? account.slice('held:'.length) : undefined;
}

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

export type LedgerErrorCode =
  /** The key is known with other accounts, another amount or reason. */
  | 'key-reused'
  /** The ledger was kept in another currency. */
  | 'other-currency'
  /** An amount that is not above 0, or an account to itself. */
  | 'not-a-transfer';

/** What must never happen to a ledger was asked of it; `message` says what. */
export class LedgerError extends Error {
  readonly code: LedgerErrorCode;
  constructor(code: LedgerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LedgerError';
    this.code = code;
  }
}

/** What is held for a call or a text that was not settled yet. */
export interface OpenHold {
  /** `callRef` or `textRef`. */
  readonly ref: string;
  readonly user: string;
  readonly held: Micros;
  /** When the last of it was set aside: ms since 1970. */
  readonly at: number;
}

/** A text that is over, and whose money was not settled: the process died in between. */
export interface LooseText {
  readonly textRef: string;
  /** It failed: what was charged goes back, too. */
  readonly refund: boolean;
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
  /** What is held now, for what. The sum of a user's is the balance of `held:…`. */
  open(): Promise<readonly OpenHold[]>;
  /**
   * Texts that do not wait any more (or never did) and for which something is held, and those that failed and were not refunded.
   * @param before of texts that are not in the store only those for which it was held before this: they may be on their way into it
   */
  looseTexts(before: number): Promise<readonly LooseText[]>;
  /** Sums, and what is held for what: empty when the books are right. */
  verify(): Promise<readonly LedgerFault[]>;
}
