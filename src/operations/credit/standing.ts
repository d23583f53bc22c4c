/** How a user stands: what they own, what is held of it, what they may spend. */
import { z } from 'zod';
import type { LedgerBook } from '../../account/ledger/ports.ts';
import { type Micros, sum } from '../../money.ts';
import { type Money, money, moneyOf, showMoney } from '../fields.ts';

export const credit = z.object({
  user: z.string(),
  kind: z.enum(['free', 'prepaid', 'postpaid']),
  balance: money(),
  held: money().describe('Of the balance, what is held for calls and texts that go on.'),
  available: money().optional().describe('What may be spent now; absent where nothing is charged.'),
  limit: money().optional().describe('How far below zero the balance may go (postpaid).'),
});

export type Credit = z.output<typeof credit>;

/** How a user stands. */
export async function creditOf(ledger: LedgerBook, user: string): Promise<Credit> {
  const [terms, own, held] = await Promise.all([
    ledger.terms(user),
    ledger.balance(`user:${user}`),
    ledger.balance(`held:${user}`),
  ]);
  const shown = (value: Micros) => moneyOf(value, ledger.currency);
  return {
    user,
    kind: terms.kind,
    // What is held is still the user's: it is on its way, not spent.
    balance: shown(sum(own, held)),
    held: shown(held),
    ...(terms.kind === 'free' ? {} : { available: shown(sum(own, terms.limit)) }),
    ...(terms.kind === 'postpaid' ? { limit: shown(terms.limit) } : {}),
  };
}

export function creditWords({ kind, balance, held, available, limit }: Credit): string {
  const holds = isZero(held) ? '' : ` ${showMoney(held)} of it is held for what goes on now.`;
  switch (kind) {
    case 'free':
      return `Nothing is charged.${isZero(balance) ? '' : ` Balance: ${showMoney(balance)}.`}`;
    case 'prepaid':
      return `Credit: ${showMoney(balance)}.${holds}`;
    case 'postpaid':
      return `Balance: ${showMoney(balance)}; ${showOptional(available)} may be spent, down to ${showOptional(limit)} below zero.${holds}`;
    default:
      return kind satisfies never;
  }
}

const showOptional = (value: Money | undefined): string => (value === undefined ? '' : showMoney(value));

function isZero({ amount }: Money): boolean {
  return !/[1-9]/.test(amount);
}
