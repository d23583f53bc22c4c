/** A provider's CSV file as rates: all of it, or what is wrong with it. */
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parse } from 'csv-parse';
import type { Currency } from '../../money.ts';
import { CellError, type DateOrder, dateOrderOf } from './deck-cells.ts';
import { type Columns, columnsOf } from './deck-columns.ts';
import { ratesOfRow } from './deck-row.ts';
import type { DeckImport, Rate } from './ports.ts';

/** What is wrong, and where. */
export interface DeckFault {
  /** From 1, the header counted; absent: of the file as a whole. */
  readonly line?: number;
  readonly words: string;
}

export type DeckRead =
  | { readonly kind: 'deck'; readonly rates: DeckImport['rates'] }
  | { readonly kind: 'refused'; readonly faults: readonly DeckFault[] };

export interface DeckFile {
  readonly csv: string;
  /** Of the ledger; a file that says another one is refused. */
  readonly currency: Currency;
  /** ms since 1970: rates without a date hold from now on. */
  readonly now: number;
}

/** A title or an address may stand before the header. */
const MOST_LINES_BEFORE = 30;
const DELIMITERS = [',', ';', '\t', '|'];
/** More faults are not looked for: the file is another one than it should be. */
const MOST_FAULTS = 100;
/** Bytes that are split at a time. */
const SLICE = 256 * 1024;
/** Rows after which others get their turn. */
const ROWS_AT_ONCE = 5_000;

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

export async function readDeckFile({ csv, currency, now }: DeckFile): Promise<DeckRead> {
  const split = await splitRows(csv);
  if ('words' in split) return { kind: 'refused', faults: [split] };
  const header = findHeader(split.rows);
  if (header === undefined) {
    const words =
      'no line names the columns: there must be one for the prefix (prefix, code, …) and one for the price (rate, per_minute, ' +
      'per_text, …)';
    return { kind: 'refused', faults: [{ words }] };
  }
  const rows = split.rows.slice(header.index + 1);
  const orders = { from: orderOf(rows, header.columns, 'from'), until: orderOf(rows, header.columns, 'until') };
  const faults: DeckFault[] = [];
  const collected = new Collected();
  for (const [index, { line, cells }] of rows.entries()) {
    if (index % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await nextTurn();
    if (cells.every((cell) => cell.trim() === '')) continue;
    try {
      const row = ratesOfRow(cells, { columns: header.columns, currency, now, orders });
      collected.add(row.rates, row.groupStart, line);
    } catch (error) {
      if (!(error instanceof CellError)) throw error;
      faults.push({ line, words: error.message });
      if (faults.length >= MOST_FAULTS) break;
    }
  }
  if (faults.length > 0) return { kind: 'refused', faults };
  if (collected.rates.length === 0) return { kind: 'refused', faults: [{ words: 'the file has no rates' }] };
  return { kind: 'deck', rates: collected.rates };
}

async function splitRows(csv: string): Promise<{ readonly rows: readonly Row[] } | DeckFault> {
  const rows: Row[] = [];
  const parser = parse({
    bom: true,
    delimiter: delimiterOf(csv),
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    on_record: (cells: string[], { lines }) => {
      rows.push({ line: lines, cells });
      return null;
    },
  });
  try {
    await finished(Readable.from(slices(csv)).pipe(parser).resume());
  } catch (error) {
    return { words: `this is no CSV file: ${error instanceof Error ? error.message : String(error)}` };
  }
  return { rows };
}

/** Others get their turn between them. */
async function* slices(csv: string): AsyncIterable<Buffer> {
  const bytes = Buffer.from(csv);
  for (let at = 0; at < bytes.length; at += SLICE) {
    yield bytes.subarray(at, at + SLICE);
    await nextTurn();
  }
}

/** The one by which some line is a header; else the one that cuts a line into most pieces. */
function delimiterOf(csv: string): string {
  const head = csv.split('\n', MOST_LINES_BEFORE);
  const worth = (delimiter: string): number => {
    const lines = head.map((line) => line.split(delimiter).map((cell) => cell.trim().replace(/^\ufeff?"?|"$/g, '')));
    const pieces = Math.max(...lines.map(({ length }) => length));
    return pieces + (lines.some((cells) => columnsOf(cells) !== undefined) ? 1000 : 0);
  };
  return DELIMITERS.reduce((best, each) => (worth(each) > worth(best) ? each : best));
}

function findHeader(rows: readonly Row[]): { readonly index: number; readonly columns: Columns } | undefined {
  for (const [index, { cells }] of rows.slice(0, MOST_LINES_BEFORE).entries()) {
    const columns = columnsOf(cells);
    if (columns !== undefined) return { index, columns };
  }
  return undefined;
}

function orderOf(rows: readonly Row[], columns: Columns, column: 'from' | 'until'): DateOrder {
  const [at] = columns.get(column) ?? [];
  if (at === undefined) return 'unclear';
  return dateOrderOf(
    (function* () {
      for (const { cells } of rows) yield cells[at] ?? '';
    })(),
  );
}

type FileRate = Omit<Rate, 'until'>;

/** Rates by service, prefix and moment: the same twice is one, two that differ are a fault. */
class Collected {
  readonly #rates = new Map<string, { readonly rate: FileRate; readonly groupStart: number; readonly line: number }>();

  get rates(): readonly FileRate[] {
    return [...this.#rates.values()].map(({ rate }) => rate);
  }

  add(rates: readonly FileRate[], groupStart: number, line: number): void {
    for (const rate of rates) {
      const key = `${rate.terms.service} ${rate.prefix} ${rate.from}`;
      const before = this.#rates.get(key);
      if (before === undefined) this.#rates.set(key, { rate, groupStart, line });
      else if (before.groupStart !== groupStart) {
        const joined = inGroups(before, { rate, groupStart });
        this.#rates.set(key, { rate: joined, groupStart: Math.max(before.groupStart, groupStart), line });
      } else if (!isSame(before.rate, rate)) {
        throw new CellError(`the prefix ${rate.prefix} is there twice with different prices (line ${before.line})`);
      }
    }
  }
}

function isSame(one: FileRate, other: FileRate): boolean {
  return JSON.stringify(one.terms) === JSON.stringify(other.terms);
}

/** Two rows of one prefix, the second from some second on: its increment is the next one. The price must stay. */
function inGroups(
  one: { readonly rate: FileRate; readonly groupStart: number },
  other: { readonly rate: FileRate; readonly groupStart: number },
): FileRate {
  const [first, next] = one.groupStart < other.groupStart ? [one, other] : [other, one];
  const [a, b] = [first.rate.terms, next.rate.terms];
  if (first.groupStart !== 0 || 'refused' in a || 'refused' in b || a.service !== 'call' || b.service !== 'call')
    throw new CellError(`the prefix ${first.rate.prefix} has steps that cannot be put together`);
  if (a.perMinute !== b.perMinute)
    throw new CellError(`the price of the prefix ${first.rate.prefix} changes during a call, which is not supported`);
  if (a.firstS === b.firstS) return first.rate;
  if (next.groupStart !== a.firstS)
    throw new CellError(`the prefix ${first.rate.prefix} has increments that cannot be put together`);
  return { ...first.rate, terms: { ...a, nextS: b.nextS } };
}
