/** Credit: what users may spend, what is set aside for calls and texts, and what was paid. The books are behind `LedgerBook`. */
export { floorOf, type Spendable, spendable, worth } from './available.ts';
export type * from './credit.ts';
export { type CreditParts, createCreditService } from './credit-service.ts';
export { createLowBalance, type LowBalance, type LowBalanceParts, lowBalanceWords } from './low-balance.ts';
export type { MeterSettings } from './meter.ts';
export * from './ports.ts';
export { createTextCharging, type TextChargingParts } from './text-charging.ts';
