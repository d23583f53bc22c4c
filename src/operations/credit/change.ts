/** What one transfer of the ledger changes for a user. */
import type { PostedTransfer } from '../../account/ledger/ports.ts';
import { type Micros, minus, NOTHING } from '../../money.ts';
import { type Money, showMoney } from '../fields.ts';

/** How much more, or less, the user may spend after it. */
export function changeOf({ from, to, amount: moved }: PostedTransfer, user: string): Micros {
  const own = `user:${user}`;
  return from === own ? minus(NOTHING, moved) : to === own ? moved : NOTHING;
}

/** With its sign, also where it is more: `+12.50 EUR`. */
export function signed(change: Money): string {
  return `${change.amount.startsWith('-') ? '' : '+'}${showMoney(change)}`;
}
