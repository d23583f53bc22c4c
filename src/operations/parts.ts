/** What operations work on: books of other parts, and what only a gateway that runs has. */
import type { LedgerBook } from '../account/ledger/ports.ts';

export interface OperationParts {
  /** ms since 1970. */
  now(): number;
  readonly ledger: LedgerBook;
  /** A number as this user writes it. */
  showNumber(number: string, user?: string): string;
  readonly live?: LiveParts;
}

/** What only a gateway that runs can do. */
export type LiveParts = Record<never, never>;
