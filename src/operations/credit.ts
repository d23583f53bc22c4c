/** Credit: what a user may spend, and what became of it. */
import { z } from 'zod';
import type { LedgerBook, PostedTransfer } from '../account/ledger/ports.ts';
import { minus, sum } from '../money.ts';
import { instant, instantOf, money, moneyOf, showMoney } from './fields.ts';
import { ownOperation } from './operation.ts';

const MOVEMENTS = 5;

const movement = z.object({
  at: instant(),
  /** What the user has more, or less. */
  change: money(),
  reason: z.string(),
  about: z.string().optional(),
  note: z.string().optional(),
});

const credit = z.object({
  user: z.string(),
  kind: z.enum(['free', 'prepaid', 'postpaid']),
  balance: money(),
  /** Of it, what calls and texts that go on hold. */
  held: money(),
  /** What may be spent now; absent where nothing is charged. */
  available: money().optional(),
  /** How far below zero the balance may go. */
  limit: money().optional(),
  recent: z.array(movement),
});

export const creditShow = ownOperation({
  name: 'credit.show',
  summary: 'show what a user may spend, and the latest movements',
  changes: false,
  input: {},
  output: credit,
  http: { method: 'GET', path: '/users/{user}/credit' },
  command: {
    names: ['credit', 'credit show'],
    usage: [{ arguments: '', does: 'shows your credit and what changed it last', example: '' }],
    read: (words) => (words.length === 0 ? {} : undefined),
  },
  async run({ parts: { ledger }, user }) {
    const [terms, own, held, recent] = await Promise.all([
      ledger.terms(user),
      ledger.balance(`user:${user}`),
      ledger.balance(`held:${user}`),
      ledger.statement(`user:${user}`, MOVEMENTS),
    ]);
    const shown = (value: typeof own) => moneyOf(value, ledger.currency);
    return {
      user,
      kind: terms.kind,
      // What is held is still the user's: it is on its way, not spent.
      balance: shown(sum(own, held)),
      held: shown(held),
      ...(terms.kind === 'free' ? {} : { available: shown(sum(own, terms.limit)) }),
      ...(terms.kind === 'postpaid' ? { limit: shown(terms.limit) } : {}),
      recent: recent.map((transfer) => movementOf(transfer, user, ledger)),
    };
  },
  words({ kind, balance, held, available, limit, recent }, speech) {
    const holds = /[1-9]/.test(held.amount) ? ` ${showMoney(held)} of it is held for what goes on now.` : '';
    const lines = [
      kind === 'free' ? `Nothing is charged.${isZero(balance) ? '' : ` Balance: ${showMoney(balance)}.`}` : '',
      kind === 'prepaid' ? `Credit: ${showMoney(balance)}.${holds}` : '',
      kind === 'postpaid' && limit !== undefined && available !== undefined
        ? `Balance: ${showMoney(balance)}; it may go down to -${showMoney(limit)}, so ${showMoney(available)} is left.${holds}`
        : '',
    ].filter((line) => line !== '');
    const moved = recent.map(({ at, change, reason, note }) => {
      const sign = change.amount.startsWith('-') ? '' : '+';
      const why = `${REASONS[reason] ?? reason}${note === undefined ? '' : ` (${note})`}`;
      return `${speech.showTime(Date.parse(at))}  ${sign}${showMoney(change)}  ${why}`;
    });
    return [...lines, ...moved].join('\n');
  },
});

function isZero({ amount }: { readonly amount: string }): boolean {
  return !/[1-9]/.test(amount);
}

const REASONS: Readonly<Record<string, string>> = {
  topup: 'top-up',
  adjustment: 'correction',
  'call-reserve': 'held for a call',
  'call-charge': 'call',
  'call-release': 'given back after a call',
  'text-hold': 'held for a text',
  'text-charge': 'text',
  'text-release': 'given back after a text',
  'text-refund': 'text that failed, given back',
};

function movementOf({ at, amount, from, reason, about, note }: PostedTransfer, user: string, { currency }: LedgerBook) {
  const change = from === `user:${user}` ? minus(amount, sum(amount, amount)) : amount;
  return {
    at: instantOf(at),
    change: moneyOf(change, currency),
    reason,
    ...(about === undefined ? {} : { about }),
    ...(note === undefined ? {} : { note }),
  };
}
