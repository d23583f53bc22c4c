/** Credit: what a user may spend, and what became of it. */
import { z } from 'zod';
import { type LedgerBook, LedgerError, type PostedTransfer } from '../account/ledger/ports.ts';
import { type Micros, micros, minus, NOTHING, sum } from '../money.ts';
import { OperationError } from './errors.ts';
import {
  amount,
  instant,
  instantOf,
  type Money,
  money,
  moneyOf,
  positiveAmount,
  readAmount,
  showMoney,
  USER_ID,
  userId,
} from './fields.ts';
import { actorOf, type OperationContext, operation, ownOperation, type Speech } from './operation.ts';

const LATEST = 5;
const MOST = 200;
const PAGE = 20;

const movement = z.object({
  seq: z.int(),
  at: instant(),
  change: money().describe('What the user may spend more, or less.'),
  reason: z.string(),
  about: z.string().optional().describe('Reference of the call or the text.'),
  actor: z.string().optional().describe('Who did it, where a person did.'),
  note: z.string().optional(),
});

const credit = z.object({
  user: z.string(),
  kind: z.enum(['free', 'prepaid', 'postpaid']),
  balance: money(),
  held: money().describe('Of the balance, what is held for calls and texts that go on.'),
  available: money().optional().describe('What may be spent now; absent where nothing is charged.'),
  limit: money().optional().describe('How far below zero the balance may go (postpaid).'),
});

type Credit = z.output<typeof credit>;

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

export const creditShow = ownOperation({
  name: 'credit.show',
  summary: 'show what a user may spend, and what changed it last',
  changes: false,
  input: {},
  output: credit.extend({ recent: z.array(movement) }),
  http: { method: 'GET', path: '/users/{user}/credit' },
  command: {
    names: ['credit', 'credit show'],
    usage: [{ arguments: '', does: 'shows your credit and what changed it last', example: '' }],
    read: (words) => (words.length === 0 ? {} : undefined),
  },
  async run({ parts: { ledger }, user }) {
    const recent = await ledger.statement(`user:${user}`, LATEST);
    return { ...(await creditOf(ledger, user)), recent: recent.map((each) => movementOf(each, user, ledger)) };
  },
  words: ({ recent, ...stands }, speech) => [creditWords(stands), ...movementLines(recent, speech)].join('\n'),
});

export const creditMovements = ownOperation({
  name: 'credit.movements',
  summary: 'list everything that changed a user’s credit, the latest first',
  changes: false,
  input: {
    most: z.coerce.number().int().min(1).max(MOST).default(PAGE),
    before: z.coerce.number().int().min(1).optional().describe('For the next page: the last `seq` of the page before.'),
  },
  output: z.object({ movements: z.array(movement) }),
  http: { method: 'GET', path: '/users/{user}/credit/movements' },
  command: {
    names: ['credit movements'],
    usage: [{ arguments: '[NUMBER]', does: 'lists the latest changes of your credit', example: '50' }],
    read: ([most, ...more]) => (more.length > 0 ? undefined : most === undefined ? {} : { most }),
  },
  async run({ parts: { ledger }, user }, { most, before }) {
    const all = await ledger.statement(`user:${user}`, most, before);
    return { movements: all.map((each) => movementOf(each, user, ledger)) };
  },
  words({ movements }, speech) {
    return movements.length === 0 ? 'Nothing has changed it yet.' : movementLines(movements, speech).join('\n');
  },
});

function movementLines(movements: readonly z.output<typeof movement>[], speech: Speech): readonly string[] {
  return movements.map(({ at, change, reason, note }) => {
    const sign = change.amount.startsWith('-') ? '' : '+';
    const why = `${REASONS[reason] ?? reason}${note === undefined ? '' : ` (${note})`}`;
    return `${speech.showTime(Date.parse(at))}  ${sign}${showMoney(change)}  ${why}`;
  });
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

function movementOf(
  { seq, at, amount: moved, from, reason, about, actor, note }: PostedTransfer,
  user: string,
  { currency }: LedgerBook,
): z.output<typeof movement> {
  const change = from === `user:${user}` ? minus(NOTHING, moved) : moved;
  return {
    seq,
    at: instantOf(at),
    change: moneyOf(change, currency),
    reason,
    ...(about === undefined ? {} : { about }),
    ...(actor === undefined ? {} : { actor }),
    ...(note === undefined ? {} : { note }),
  };
}

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
    read: (words) => readAmountOf(words),
  },
  run: (context, input) => move(context, input.user, readAmount(input.amount), 'topup', input.note),
  words: (output) => `${movedWords(output)}${creditWords(output)}`,
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
    read: (words) => readAmountOf(words),
  },
  run: (context, input) => move(context, input.user, readAmount(input.amount), 'adjustment', input.note),
  words: (output) => `${movedWords(output)}${creditWords(output)}`,
});

function readAmountOf([user, value, ...more]: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  if (user === undefined || value === undefined || !USER_ID.test(user)) return undefined;
  return { user, amount: value, ...(more.length === 0 ? {} : { note: more.join(' ') }) };
}

function movedWords({ user, change, isRepeat }: z.output<typeof posted>): string {
  const sign = change.amount.startsWith('-') ? '' : '+';
  return isRepeat ? `That was done already. ${user}: ` : `${user}: ${sign}${showMoney(change)}. `;
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

export const creditGrant = operation({
  name: 'credit.grant',
  summary: 'say what a user may spend: free, prepaid, postpaid down to a limit, or as the configuration has it',
  access: 'administrator',
  changes: true,
  input: z.object({
    user: userId(),
    kind: z.enum(['free', 'prepaid', 'postpaid', 'default']),
    limit: amount().optional().describe('With `postpaid`: how far below zero.'),
  }),
  output: credit,
  http: { method: 'PUT', path: '/users/{user}/credit/terms' },
  command: {
    names: ['grant', 'credit grant'],
    usage: [
      {
        arguments: 'USER free|prepaid|default',
        does: 'lets somebody call for nothing, for what was paid in, or as the configuration says',
        example: '@alice:example.org prepaid',
      },
      {
        arguments: 'USER postpaid LIMIT',
        does: 'lets somebody go below zero, down to a limit',
        example: '@alice:example.org postpaid 20',
      },
    ],
    read([user, kind, limit, ...more]) {
      if (user === undefined || kind === undefined || more.length > 0 || !USER_ID.test(user)) return undefined;
      return { user, kind: kind.toLowerCase(), ...(limit === undefined ? {} : { limit }) };
    },
  },
  async run({ parts: { ledger } }, { user, kind, limit }) {
    if (kind === 'postpaid' && limit === undefined)
      throw new OperationError('invalid', 'Postpaid down to which limit? Write it like “postpaid 20”.');
    const below = limit === undefined ? NOTHING : readAmount(limit);
    if (below < 0) throw new OperationError('invalid', 'The limit is an amount without a minus.');
    const terms = kind === 'default' ? undefined : ({ kind, limit: kind === 'postpaid' ? below : NOTHING } as const);
    await ledger.setTerms(user, terms);
    return creditOf(ledger, user);
  },
  words: (output) => `${output.user}: ${KINDS[output.kind]}. ${creditWords(output)}`,
});

const KINDS: Readonly<Record<Credit['kind'], string>> = {
  free: 'free from now on',
  prepaid: 'prepaid from now on',
  postpaid: 'postpaid from now on',
};

export const ledgerVerify = operation({
  name: 'ledger.verify',
  summary: 'check the ledger: sums, limits, everything that is held',
  access: 'read',
  changes: false,
  input: z.object({}),
  output: z.object({
    isRight: z.boolean(),
    faults: z.array(z.object({ account: z.string().optional(), seq: z.int().optional(), words: z.string() })),
  }),
  http: { method: 'GET', path: '/ledger/verification' },
  command: {
    names: ['ledger verify'],
    usage: [{ arguments: '', does: 'checks that the books add up', example: '' }],
    read: (words) => (words.length === 0 ? {} : undefined),
  },
  async run({ parts: { ledger } }) {
    const faults = await ledger.verify();
    return { isRight: faults.length === 0, faults: faults.map((each) => ({ ...each })) };
  },
  words({ isRight, faults }) {
    if (isRight) return 'The ledger is right: every sum is zero, nobody is below their limit.';
    return ['The ledger is wrong:', ...faults.map(({ words }) => `· ${words}`)].join('\n');
  },
});
