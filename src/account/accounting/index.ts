/** The books of calls: what `call` enters and closes becomes a record, and money of the ledger. */
export { Accounting } from './accounting.ts';
export type { AccountingParts, CallLimits, LimitAllowance, LimitRefusal, OutboundCall } from './ports.ts';
