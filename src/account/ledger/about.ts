/** What became of the money of one call or text, from its transfers. Pure. */
import { type Micros, minus, NOTHING, sum } from '../../money.ts';
import { holderOf, type PostedTransfer, type Transfer } from './ports.ts';

export interface MoneyAbout {
  /** Set aside and not used or given back. */
  readonly held: Micros;
  /** Paid, less what was given back. */
  readonly charged: Micros;
  /** Whether anything was ever set aside. */
  readonly wasHeld: boolean;
}

export function moneyAbout(transfers: readonly Pick<PostedTransfer, 'from' | 'to' | 'amount'>[]): MoneyAbout {
  let held = NOTHING;
  let charged = NOTHING;
  let wasHeld = false;
  for (const { from, to, amount } of transfers) {
    if (holderOf(to) !== undefined) {
      held = sum(held, amount);
      wasHeld = true;
    }
    if (holderOf(from) !== undefined) held = minus(held, amount);
    if (to === 'house:revenue') charged = sum(charged, amount);
    if (from === 'house:revenue') charged = minus(charged, amount);
  }
  return { held, charged, wasHeld };
}

/** Those that move nothing are left out: a transfer is above 0. */
export function moving(...transfers: readonly Transfer[]): readonly Transfer[] {
  return transfers.filter(({ amount }) => amount > 0);
}
