/** Credit: what a user may spend, and what became of it. */
import { z } from 'zod';
import { type LedgerBook, LedgerError, type PostedTransfer, type TransferReason } from '../account/ledger/ports.ts';
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
/** Calls of an hour have more than a hundred movements. */
const MOST_LOOKED_AT = 500;
const MOST = 200;
const PAGE = 20;

const REASON_NAMES = [
  'topup',
  'adjustment',
  'call-reserve',
  'call-charge',
  'call-release',
  'text-hold',
  'text-charge',
  'text-release',
  'text-refund',
] as const satisfies readonly TransferReason[];

const movement = z.object({
  seq: z.int(),
  at: instant(),
  change: money().describe('What the user may spend more, or less.'),
  reason: z.enum(REASON_NAMES),
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

/** A call, a text, or what a person did: the sum of its movements. */
const entry = z.object({
  at: instant().describe('Of its latest movement.'),
  change: money().describe('What the user may spend more, or less.'),
  reason: z.enum(['topup', 'adjustment', 'call', 'text']),
  about: z.string().optional().describe('Reference of the call or the text.'),
  number: z.string().optional().describe('Of a call: the other telephone.'),
  actor: z.string().optional().describe('Who did it, where a person did.'),
  note: z.string().optional(),
});

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
  output: credit.extend({ recent: z.array(entry) }),
  http: { method: 'GET', path: '/users/{user}/credit' },
  command: {
    names: ['credit', 'credit show'],
    usage: [{ arguments: '', does: 'shows your credit and what changed it last', example: '' }],
    read: (words) => (words.length === 0 ? {} : undefined),
  },
  async run({ parts, user }) {
    const { ledger } = parts;
    return { ...(await creditOf(ledger, user)), recent: await latestOf(parts, user) };
  },
  words: ({ recent, ...stands }, speech) =>
    [creditWords(stands), ...recent.map((each) => entryLine(each, speech))].join('\n'),
});

/** What a call or a text cost is one thing to whoever paid it, however often it was held, charged and given back. */
async function latestOf({ ledger, records }: OperationContext['parts'], user: string) {
  const transfers = await ledger.statement(`user:${user}`, MOST_LOOKED_AT);
  const named = new Map(transfers.map((each) => [each.about ?? `${each.seq}`, each]));
  const entries: z.output<typeof entry>[] = [];
  // A map keeps the place of what was first put into it: the latest movement of each.
  for (const [ref, last] of named) {
    if (entries.length === LATEST) break;
    const all = last.about === undefined ? [last] : await ledger.about(ref);
    const change = sum(...all.map((each) => changeOf(each, user)));
    // Held and given back: nothing happened.
    if (change === 0) continue;
    const number = last.reason.startsWith('call') ? (await records.find(ref))?.number : undefined;
    entries.push({
      at: instantOf(Math.max(...all.map(({ at }) => at))),
      change: moneyOf(change, ledger.currency),
      reason: ENTRIES[last.reason],
      ...(last.about === undefined ? {} : { about: last.about }),
      ...(number === undefined ? {} : { number }),
      ...(last.actor === undefined ? {} : { actor: last.actor }),
      ...(last.note === undefined ? {} : { note: last.note }),
    });
  }
  return entries;
}

function entryLine({ at, change, reason, number, note }: z.output<typeof entry>, speech: Speech): string {
  const to = number === undefined ? '' : ` to ${speech.showNumber(number)}`;
  const why = note === undefined ? '' : ` (${note})`;
  return `${speech.showTime(Date.parse(at))}  ${signed(change)}  ${ENTRY_WORDS[reason]}${to}${why}`;
}

function signed(change: Money): string {
  return `${change.amount.startsWith('-') ? '' : '+'}${showMoney(change)}`;
}

const ENTRIES = {
  topup: 'topup',
  adjustment: 'adjustment',
  'call-reserve': 'call',
  'call-charge': 'call',
  'call-release': 'call',
  'text-hold': 'text',
  'text-charge': 'text',
  'text-release': 'text',
  'text-refund': 'text',
} as const satisfies Record<TransferReason, string>;

const ENTRY_WORDS = { topup: 'top-up', adjustment: 'correction', call: 'call', text: 'text' } as const;

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
    const why = `${REASONS[reason]}${note === undefined ? '' : ` (${note})`}`;
    return `${speech.showTime(Date.parse(at))}  ${signed(change)}  ${why}`;
  });
}

const REASONS: Readonly<Record<TransferReason, string>> = {
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

function movementOf(transfer: PostedTransfer, user: string, { currency }: LedgerBook): z.output<typeof movement> {
  const { seq, at, reason, about, actor, note } = transfer;
  return {
    seq,
    at: instantOf(at),
    change: moneyOf(changeOf(transfer, user), currency),
    reason,
    ...(about === undefined ? {} : { about }),
    ...(actor === undefined ? {} : { actor }),
    ...(note === undefined ? {} : { note }),
  };
}

/** Of what the user may spend. */
function changeOf({ from, to, amount: moved }: PostedTransfer, user: string): Micros {
  const own = `user:${user}`;
  return from === own ? minus(NOTHING, moved) : to === own ? moved : NOTHING;
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
    if (isRight)
      return 'The ledger is right: every balance is the sum of its transfers, and all of them together are zero.';
    return ['The ledger is wrong:', ...faults.map(({ words }) => `· ${words}`)].join('\n');
  },
});
