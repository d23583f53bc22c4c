/** The books of calls: what `call` enters and closes becomes a record, and money of the ledger. */
export {
  Accounting,
  type AccountingParts,
  type CallLimits,
  type LimitAllowance,
  type LimitRefusal,
  type OutboundCall,
} from './accounting.ts';
