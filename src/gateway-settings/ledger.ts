/** Credit in the words of the ledger. */
import type { Config } from '../../config/index.ts';
import { type IsMember, matchPeople } from '../account/index.ts';
import type { CreditTerms } from '../account/ledger/ports.ts';
import { currency, type Micros, NOTHING, parseAmount } from '../money.ts';
import type { LedgerSettings } from '../store/index.ts';

/** The currency, and the terms of users who have none of their own. */
export function ledgerSettings({ credit }: Config, isMember: IsMember): LedgerSettings {
  const rules = credit.users.map(({ users, kind, limit }) => ({
    people: matchPeople(users, isMember),
    terms: termsOf(kind, limit),
  }));
  const others = termsOf(credit.default, credit.limit);
  return {
    currency: currency(credit.currency),
    termsOf: (user) => rules.find(({ people }) => people.has(user))?.terms ?? others,
  };
}

function termsOf(kind: CreditTerms['kind'], limit: number | string): CreditTerms {
  return { kind, limit: kind === 'postpaid' ? microsOf(limit) : NOTHING };
}

/** An amount of the configuration. */
export function microsOf(amount: number | string): Micros {
  // Never 1e-7: the schema lets nothing through that is finer than a millionth.
  return parseAmount(typeof amount === 'number' ? amount.toFixed(6) : amount);
}
