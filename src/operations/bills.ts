/** A provider's bill against the records of calls. */
import { z } from 'zod';
import { type Difference, type Reconciliation, reconcile } from '../account/reconcile/index.ts';
import type { Currency, Micros } from '../money.ts';
import { OperationError } from './errors.ts';
import { instant, instantOf, type Money, money, moneyOf, showMoney } from './fields.ts';
import { operation } from './operation.ts';

const MOST_FAULTS = 10;
/** More is not shown: then it is another file than it should be. */
const MOST_DIFFERENCES = 1_000;
const MOST_LINES = 20;
const LEAST_OF_E164 = 8;

const onBill = z.object({
  line: z.int().describe('Of the file.'),
  startedAt: instant(),
  seconds: z.number(),
  cost: money().optional(),
});
const inRecords = z.object({
  callRef: z.string(),
  answeredAt: instant(),
  seconds: z.number(),
  cost: money().optional(),
});

const difference = z.object({
  kind: z
    .enum(['not-ours', 'not-billed', 'duration', 'start', 'cost'])
    .describe('`not-ours`: only on the bill. `not-billed`: only in the records. Else what differs.'),
  number: z.string(),
  billed: onBill.optional(),
  recorded: inRecords.optional(),
});

const output = z.object({
  billed: z.int().describe('Calls on the bill that were answered.'),
  recorded: z.int().describe('Calls of the same time in the records.'),
  matched: z.int(),
  skipped: z.int().describe('Rows of calls in, and of calls that nobody answered.'),
  differences: z.array(difference),
  more: z.int().describe('Differences that are not listed.'),
  likelyOffsetMin: z.int().optional().describe('The times of the file seem to be ahead by so many minutes.'),
});

type Shown = z.output<typeof difference>;

export const recordsReconcile = operation({
  name: 'records.reconcile',
  summary: 'compare a provider’s list of calls with the records: what is missing, and what differs',
  access: 'administrator',
  // Nothing is changed; but a file belongs to it, and GET has none.
  changes: true,
  input: z.object({
    csv: z.string().min(1).describe('The file.'),
    trunk: z.string().max(64).optional().describe('Whose calls are compared; by default those of all trunks.'),
    timeZone: z
      .string()
      .max(64)
      .refine(isTimeZone, 'a time zone such as Europe/Berlin')
      .default('UTC')
      .describe('Of times in the file that say none.'),
  }),
  output,
  http: { method: 'POST', path: '/records/reconciliations' },
  command: {
    names: ['records reconcile'],
    file: 'csv',
    usage: [
      {
        arguments: 'TRUNK|all [ZONE]',
        does: 'compares a provider’s list of calls (CSV) with the records; in a chat, answer to the uploaded file with this',
        example: 'office Europe/Berlin',
      },
    ],
    read([trunk, timeZone, ...more]) {
      if (trunk === undefined || more.length > 0) return undefined;
      return { ...(trunk.toLowerCase() === 'all' ? {} : { trunk }), ...(timeZone === undefined ? {} : { timeZone }) };
    },
  },
  async run({ parts }, { csv, trunk, timeZone }) {
    if (trunk !== undefined && !parts.trunks.some(({ name }) => name === trunk)) {
      throw new OperationError('not-found', `There is no trunk “${trunk}”.`);
    }
    const done = await reconcile(parts.records, { csv, timeZone, ...(trunk === undefined ? {} : { trunk }) });
    if (done.kind === 'refused') throw refused(done.faults);
    const { billed, ours, matched, skipped, differences, likelyOffsetMin } = done;
    return {
      billed,
      recorded: ours,
      matched,
      skipped,
      differences: differences.slice(0, MOST_DIFFERENCES).map((each) => shownOf(each, parts.ledger.currency)),
      more: Math.max(0, differences.length - MOST_DIFFERENCES),
      ...(likelyOffsetMin === undefined ? {} : { likelyOffsetMin }),
    };
  },
  words({ billed, recorded, matched, differences, more, likelyOffsetMin }, { showTime, showNumber }) {
    const head = `${billed} ${billed === 1 ? 'call' : 'calls'} on the bill, ${recorded} in the records; ${matched} of them agree.`;
    const lines = differences.slice(0, MOST_LINES).map((each) => lineOf(each, showTime, showNumber));
    const left = differences.length - lines.length + more;
    return [
      head,
      ...(likelyOffsetMin === undefined
        ? []
        : [`The times of the file seem to be ${offsetWords(likelyOffsetMin)}: say of which time zone they are.`]),
      ...lines,
      ...(left > 0 ? [`… and ${left} more.`] : []),
    ].join('\n');
  },
});

/** Digits of the bill, or of a record; short ones are extensions and codes. */
function shownNumber(digits: string): string {
  return digits.length < LEAST_OF_E164 ? digits : `+${digits}`;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format() !== '';
  } catch {
    return false;
  }
}

function refused(faults: Extract<Reconciliation, { kind: 'refused' }>['faults']): OperationError {
  const all = faults.map(({ line, words }) => (line === undefined ? words : `line ${line}: ${words}`));
  const more = all.length > MOST_FAULTS ? [`and ${all.length - MOST_FAULTS} more`] : [];
  return new OperationError(
    'invalid',
    `The file cannot be read. ${[...all.slice(0, MOST_FAULTS), ...more].join('; ')}.`,
    {
      faults: faults.map(({ line, words }) => ({ field: line === undefined ? 'csv' : `csv:${line}`, words })),
    },
  );
}

function shownOf(given: Difference, currency: Currency): Shown {
  const billed = 'billed' in given ? given.billed : undefined;
  const ours = 'ours' in given ? given.ours : undefined;
  const cost = (amount: Micros | undefined): { cost?: Money } =>
    amount === undefined ? {} : { cost: moneyOf(amount, currency) };
  const tenths = (seconds: number) => Math.round(seconds * 10) / 10;
  return {
    kind: given.kind,
    number: shownNumber(ours?.number ?? billed?.number ?? ''),
    ...(billed === undefined
      ? {}
      : {
          billed: {
            line: billed.line,
            startedAt: instantOf(billed.startedAt),
            seconds: tenths(billed.seconds),
            ...cost(billed.cost?.amount),
          },
        }),
    ...(ours === undefined
      ? {}
      : {
          recorded: {
            callRef: ours.callRef,
            answeredAt: instantOf(ours.answeredAt),
            seconds: tenths(ours.seconds),
            ...cost(ours.cost),
          },
        }),
  };
}

function lineOf(
  { kind, number, billed, recorded }: Shown,
  showTime: (at: number) => string,
  showNumber: (number: string) => string,
): string {
  const at = recorded?.answeredAt ?? billed?.startedAt ?? '';
  const where = [billed && `line ${billed.line}`, recorded?.callRef].filter(Boolean).join(', ');
  const costs = (of: { cost?: Money | undefined } | undefined) => (of?.cost === undefined ? '?' : showMoney(of.cost));
  const what = {
    'not-ours': `${billed?.seconds} s on the bill, not in the records`,
    'not-billed': `${recorded?.seconds} s in the records, not on the bill`,
    duration: `${billed?.seconds} s on the bill, ${recorded?.seconds} s in the records`,
    start: `on the bill it began ${billed === undefined ? '' : showTime(Date.parse(billed.startedAt))}`,
    cost: `${costs(billed)} on the bill, ${costs(recorded)} by the deck`,
  }[kind];
  return `${showTime(Date.parse(at))} ${showNumber(number)}: ${what} (${where})`;
}

function offsetWords(minutes: number): string {
  const hours = Math.abs(minutes) / 60;
  return `${hours} ${hours === 1 ? 'hour' : 'hours'} ${minutes > 0 ? 'ahead' : 'behind'}`;
}
