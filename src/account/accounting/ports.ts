/** What the books of calls need, and what they ask of limits. */
import type { Logger } from 'pino';
import type { AccountedCall, Clock, GatewayCause, SentenceParameters } from '../../call/index.ts';
import type { CreditService } from '../ledger/credit.ts';
import type { RecordBook, StoredRecord } from '../records/ports.ts';

export type OutboundCall = Extract<AccountedCall, { direction: 'out' }>;

/** Why a call may not be made. */
export interface LimitRefusal {
  readonly cause: GatewayCause;
  readonly params?: SentenceParameters;
  readonly admin?: string;
}

/** What is left of a limit: the call may last so long from its answer on. */
export interface LimitAllowance {
  readonly longestMs: number;
}

/** Limits on what one user may do. Asked for one call of a user at a time; emergency calls and calls inside are not asked about. */
export interface CallLimits {
  check(call: OutboundCall, now: number): Promise<LimitRefusal | LimitAllowance | undefined>;
}

export interface AccountingParts {
  readonly records: RecordBook;
  readonly credit: Pick<CreditService, 'reserve' | 'answered' | 'settle' | 'settled' | 'currency'>;
  /** Default: none. */
  readonly limits?: CallLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of each record that is closed. Must not throw. */
  readonly onClosed?: (record: StoredRecord) => void;
}
