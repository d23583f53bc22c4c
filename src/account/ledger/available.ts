/** What a user may spend. */
import { type Micros, minus, NOTHING, sum } from '../../money.ts';
import type { CreditTerms, LedgerBook } from './ports.ts';

/** Undefined: there is no bound, nothing is charged. */
export function floorOf({ kind, limit }: CreditTerms): Micros | undefined {
  switch (kind) {
    case 'free':
      return undefined;
    case 'prepaid':
      return NOTHING;
    case 'postpaid':
      return minus(NOTHING, limit);
    default:
      return kind satisfies never;
  }
}

export type Spendable =
  | { readonly kind: 'free' }
  /** `available`: without what is set aside. May be below 0, after terms were changed. */
  | { readonly kind: 'bounded'; readonly available: Micros };

export async function spendable(book: Pick<LedgerBook, 'balance' | 'terms'>, user: string): Promise<Spendable> {
  const floor = floorOf(await book.terms(user));
  if (floor === undefined) return { kind: 'free' };
  return { kind: 'bounded', available: minus(await book.balance(`user:${user}`), floor) };
}

/** What a user owns: also what is set aside of it for calls and texts that are not over. */
export async function worth(book: Pick<LedgerBook, 'balance'>, user: string): Promise<Micros> {
  return sum(await book.balance(`user:${user}`), await book.balance(`held:${user}`));
}
