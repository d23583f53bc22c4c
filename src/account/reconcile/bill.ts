/** A provider's list of calls, read from CSV. */
import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { CellError, type DateOrder, dateOrderOf } from '../rating/deck-cells.ts';
import { type BilledCost, readCost, readDuration, readMoment, readNumber } from './cells.ts';
import { type BillColumns, billColumnsOf } from './columns.ts';

export interface BilledCall {
  /** Of the file, from 1. */
  readonly line: number;
  /** Digits, as the provider writes the number. */
  readonly number: string;
  /** ms since 1970. */
  readonly startedAt: number;
  readonly seconds: number;
  readonly cost?: BilledCost;
}

export type BillRead =
  | {
      readonly kind: 'bill';
      readonly calls: readonly BilledCall[];
      /** Rows that are no calls out that were answered. */
      readonly skipped: number;
    }
  | { readonly kind: 'refused'; readonly faults: readonly { readonly line?: number; readonly words: string }[] };

const MOST_LINES_BEFORE = 30;
const MOST_FAULTS = 100;
const DELIMITERS = [',', ';', '\t', '|'];

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/** @param timeZone of times that say none, such as `Europe/Berlin` */
export async function readBill(csv: string, timeZone: string): Promise<BillRead> {
  const rows = await rowsOf(csv);
  if ('words' in rows) return { kind: 'refused', faults: [rows] };
  const header = rows.slice(0, MOST_LINES_BEFORE).findIndex(({ cells }) => billColumnsOf(cells) !== undefined);
  const columns = billColumnsOf(rows[header]?.cells ?? []);
  if (columns === undefined) {
    const words =
      'no line names the columns: there must be one for the number (to, destination, …), one for the start (start, date, …) and ' +
      'one for the duration (duration, billsec, …)';
    return { kind: 'refused', faults: [{ words }] };
  }
  const calls: BilledCall[] = [];
  const faults: { line: number; words: string }[] = [];
  let skipped = 0;
  const below = rows.slice(header + 1);
  const order = dateOrderOf(below.map(({ cells }) => cells[columns.start[0] ?? 0] ?? ''));
  for (const row of below) {
    if (row.cells.every((cell) => cell.trim() === '')) continue;
    try {
      const call = callOf(row, columns, order, timeZone);
      if (call === undefined) skipped += 1;
      else calls.push(call);
    } catch (error) {
      if (!(error instanceof CellError)) throw error;
      faults.push({ line: row.line, words: error.message });
      if (faults.length >= MOST_FAULTS) break;
    }
  }
  return faults.length > 0 ? { kind: 'refused', faults } : { kind: 'bill', calls, skipped };
}

async function rowsOf(csv: string): Promise<readonly Row[] | { readonly words: string }> {
  const rows: Row[] = [];
  const parser = Readable.from([csv]).pipe(
    parse({ bom: true, delimiter: delimiterOf(csv), relax_column_count: true, relax_quotes: true, info: true }),
  );
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      rows.push({ line: info.lines, cells: record });
    }
  } catch (error) {
    return { words: `this is no CSV file: ${error instanceof Error ? error.message : String(error)}` };
  }
  return rows;
}

/** The one by which some line is a header, else the comma. */
function delimiterOf(csv: string): string {
  const head = csv.split('\n', MOST_LINES_BEFORE);
  const isHeaderBy = (delimiter: string) =>
    head.some((line) => {
      const cells = line.split(delimiter).map((cell) => cell.trim().replace(/^\ufeff?"?|"$/g, ''));
      return billColumnsOf(cells) !== undefined;
    });
  return DELIMITERS.find(isHeaderBy) ?? ',';
}

const INBOUND = /^(?:in|inbound|incoming|received|eingehend|orig(?:ination)?)\b/i;

/** Undefined: it came in, or nobody answered. */
function callOf(
  { line, cells }: Row,
  columns: BillColumns,
  order: DateOrder,
  timeZone: string,
): BilledCall | undefined {
  const cell = (index: number | undefined) => (index === undefined ? '' : (cells[index] ?? ''));
  if (INBOUND.test(cell(columns.direction).trim())) return undefined;
  const start = columns.start.map((index) => cell(index).trim()).join(' ');
  const seconds = readDuration(cell(columns.seconds), columns.isMinutes);
  // Many leave the time of the answer empty then.
  if (seconds === 0) return undefined;
  const cost = columns.cost === undefined ? undefined : readCost(cell(columns.cost));
  return {
    line,
    number: readNumber(cell(columns.number)),
    startedAt: readMoment(start, order, timeZone),
    seconds,
    ...(cost === undefined ? {} : { cost }),
  };
}
