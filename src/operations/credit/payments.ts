/** Credit that administrators change: what was paid outside, and corrections. */
import { z } from 'zod';
import { LedgerError } from '../../account/ledger/ports.ts';
import { type Micros, micros } from '../../money.ts';
import { OperationError } from '../errors.ts';
import { amount, money, moneyOf, positiveAmount, readAmount, showMoney, USER_ID, userId } from '../fields.ts';
import { actorOf, type OperationContext, operation } from '../operation.ts';
import { signed } from './change.ts';
import { credit, creditOf, creditWords } from './standing.ts';

const note = () => z.string().trim().min(1).max(200).optional().describe('Why, in a person’s words; kept with it.');

const posted = credit.extend({
  isRepeat: z.boolean().describe('It was done already, under the same key: nothing was changed now.'),
  change: money(),
});

export const creditTopup = operation({
  name: 'credit.topup',
  summary: 'add what a user paid, outside, to their credit',
  access: 'administrator',
  changes: true,
  input: z.object({ user: userId(), amount: positiveAmount(), note: note() }),
  output: posted,
  http: { method: 'POST', path: '/users/{user}/credit/topups' },
  command: {
    names: ['topup', 'credit topup'],
    usage: [
      {
        arguments: 'USER AMOUNT [NOTE]',
        does: 'adds what somebody paid to their credit',
        example: '@alice:example.org 10 paid in cash',
      },
    ],
    read: readAmountOf,
  },
  run: (context, input) => move(context, input.user, readAmount(input.amount), 'topup', input.note),
  words: movedWords,
});

export const creditAdjust = operation({
  name: 'credit.adjust',
  summary: 'correct a user’s credit, upwards or downwards',
  access: 'administrator',
  changes: true,
  input: z.object({
    user: userId(),
    amount: amount().refine((text) => /[1-9]/.test(text), 'other than 0'),
    note: note(),
  }),
  output: posted,
  http: { method: 'POST', path: '/users/{user}/credit/adjustments' },
  command: {
    names: ['credit adjust'],
    usage: [
      {
        arguments: 'USER AMOUNT [NOTE]',
        does: 'corrects somebody’s credit; an amount with a minus takes away',
        example: '@alice:example.org -2.50 billed twice',
      },
    ],
    read: readAmountOf,
  },
  run: (context, input) => move(context, input.user, readAmount(input.amount), 'adjustment', input.note),
  words: movedWords,
});

function readAmountOf([user, value, ...more]: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  if (user === undefined || value === undefined || !USER_ID.test(user)) return undefined;
  return { user, amount: value, ...(more.length === 0 ? {} : { note: more.join(' ') }) };
}

function movedWords(output: z.output<typeof posted>): string {
  const { user, change, isRepeat } = output;
  const done = isRepeat ? `That was done already. ${user}:` : `${user}: ${signed(change)}.`;
  return `${done} ${creditWords(output)}`;
}

async function move(
  { caller, key, parts: { ledger, now } }: OperationContext,
  user: string,
  change: Micros,
  reason: 'topup' | 'adjustment',
  why: string | undefined,
): Promise<z.output<typeof posted>> {
  const house = reason === 'topup' ? 'house:payments' : 'house:adjustments';
  const account = `user:${user}` as const;
  const isGift = change > 0;
  const transfer = {
    key: `${reason}:${key}`,
    from: isGift ? house : account,
    to: isGift ? account : house,
    amount: micros(Math.abs(change)),
    reason,
    actor: actorOf(caller),
    ...(why === undefined ? {} : { note: why }),
  } as const;
  const posting = await ledger.post([transfer], now()).catch((error: unknown) => {
    if (!(error instanceof LedgerError)) throw error;
    throw new OperationError('conflict', `This was not done: ${error.message}.`, { cause: error });
  });
  if (posting.kind === 'short') {
    throw new OperationError(
      'conflict',
      `Only ${showMoney(moneyOf(posting.available, ledger.currency))} can be taken from ${user}. Nothing was changed.`,
    );
  }
  return {
    ...(await creditOf(ledger, user)),
    change: moneyOf(change, ledger.currency),
    isRepeat: posting.fresh === 0,
  };
}
