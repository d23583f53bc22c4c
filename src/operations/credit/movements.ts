/** Every single transfer that changed a user’s credit, page by page. */
import { z } from 'zod';
import type { LedgerBook, PostedTransfer, TransferReason } from '../../account/ledger/ports.ts';
import { instant, instantOf, money, moneyOf } from '../fields.ts';
import { ownOperation, type Speech } from '../operation.ts';
import { changeOf, signed } from './change.ts';

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
