/** A ledger on a store, with money in it. */

import type { CreditTerms, LedgerBook } from '../../../../src/account/ledger/ports.ts';
import type { Tariff } from '../../../../src/call/index.ts';
import { currency, type Micros, micros } from '../../../../src/money.ts';
import type { Store } from '../../../../src/store/index.ts';

export const EUR = currency('EUR');
export const prepaid: CreditTerms = { kind: 'prepaid', limit: micros(0) };
export const free: CreditTerms = { kind: 'free', limit: micros(0) };
export const postpaid = (limit: number): CreditTerms => ({ kind: 'postpaid', limit: micros(limit) });

export function ledgerOf(store: Store, terms: CreditTerms = prepaid) {
  return store.ledger({ currency: EUR, termsOf: () => terms });
}

export async function topUp(book: LedgerBook, user: string, amount: number, key = `topup-${user}-${amount}`) {
  await book.post([{ key, from: 'house:payments', to: `user:${user}`, amount: micros(amount), reason: 'topup' }], 1);
}

/** What a user has: free to spend, and held. */
export async function purse(book: LedgerBook, user: string): Promise<readonly [Micros, Micros]> {
  return [await book.balance(`user:${user}`), await book.balance(`held:${user}`)];
}

export function tariff(perMinute: number, more: Partial<Tariff> = {}): Tariff {
  return { currency: EUR, connectFee: micros(0), perMinute: micros(perMinute), firstS: 1, nextS: 1, ...more };
}
