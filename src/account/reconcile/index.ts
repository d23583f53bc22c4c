/** Reconciliation: what a provider bills, held against our own records. */
export { type BilledCall, type BillRead, readBill } from './bill.ts';
export { type Difference, matchCalls, type OurCall, type Reconciled } from './match.ts';
export { type ReconcileOptions, type Reconciliation, reconcile } from './reconcile.ts';
