/** The credit of a user, with the calls, texts and payments that changed it last: one line for each. */
import { z } from 'zod';
import type { TransferReason } from '../../account/ledger/ports.ts';
import { sum } from '../../money.ts';
import { instant, instantOf, money, moneyOf } from '../fields.ts';
import { type OperationContext, ownOperation, type Speech } from '../operation.ts';
import { changeOf, signed } from './change.ts';
import { credit, creditOf, creditWords } from './standing.ts';

const LATEST = 5;
/** Calls of an hour have more than a hundred movements. */
const MOST_LOOKED_AT = 500;

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
