/** Records as files, of any size: read, written and forgotten piece by piece. */
import { type Column, callColumns, legColumns } from './columns.ts';
import { csvLine } from './csv.ts';
import type { RecordedLeg, StoredRecord } from './ports.ts';

export const exportFormats = ['csv', 'ndjson', 'json'] as const;
/** `csv`: a table; `ndjson`: one JSON object a line; `json`: one array. */
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions {
  readonly format: ExportFormat;
  /**
   * Of a table: a row for each call, or one for each leg (and one for a call that has none). JSON has the legs within their call
   * in any case. Default `calls`.
   */
  readonly rows?: 'calls' | 'legs';
}

export interface RecordFile {
  readonly mediaType: string;
  /** With its dot. */
  readonly extension: string;
  readonly chunks: AsyncIterable<string>;
}

/** So many characters are given at a time: writing each record by itself would take longer than making it. */
const CHUNK = 64 * 1024;

/** Nothing is read before the first chunk is asked for; whoever stops asking ends the reading. */
export function exportRecords(records: AsyncIterable<StoredRecord>, options: ExportOptions): RecordFile {
  const { format, rows = 'calls' } = options;
  switch (format) {
    case 'csv':
      return {
        mediaType: 'text/csv; charset=utf-8; header=present',
        extension: '.csv',
        chunks: pieces(csv(records, rows)),
      };
    case 'ndjson':
      return { mediaType: 'application/x-ndjson', extension: '.ndjson', chunks: pieces(ndjson(records)) };
    case 'json':
      return { mediaType: 'application/json', extension: '.json', chunks: pieces(json(records)) };
    default:
      return format satisfies never;
  }
}

/** One call as JSON has it, with its legs. What is not known is left out. */
export function recordJson(record: StoredRecord): Readonly<Record<string, unknown>> {
  return { ...fields(callColumns, record), legs: record.legs.map((leg) => fields(legColumns, leg)) };
}

async function* csv(records: AsyncIterable<StoredRecord>, rows: 'calls' | 'legs'): AsyncGenerator<string> {
  const columns = rows === 'legs' ? [...callColumns, ...legColumns] : callColumns;
  yield csvLine(columns.map(({ name }) => name));
  for await (const record of records) {
    const ofCall = callColumns.map(({ value }) => value(record));
    if (rows === 'calls') yield csvLine(ofCall);
    else for (const ofLeg of legCells(record.legs)) yield csvLine([...ofCall, ...ofLeg]);
  }
}

function legCells(legs: readonly RecordedLeg[]) {
  if (legs.length === 0) return [legColumns.map(() => undefined)];
  return legs.map((leg) => legColumns.map(({ value }) => value(leg)));
}

async function* ndjson(records: AsyncIterable<StoredRecord>): AsyncGenerator<string> {
  for await (const record of records) yield `${JSON.stringify(recordJson(record))}\n`;
}

async function* json(records: AsyncIterable<StoredRecord>): AsyncGenerator<string> {
  let before = '[\n';
  for await (const record of records) {
    yield `${before}${JSON.stringify(recordJson(record))}`;
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

function fields<T>(columns: readonly Column<T>[], of: T): Record<string, unknown> {
  // JSON leaves out what is undefined.
  return Object.fromEntries(columns.map(({ name, value }) => [name, value(of)]));
}

async function* pieces(parts: AsyncIterable<string>): AsyncGenerator<string> {
  let piece = '';
  for await (const part of parts) {
    piece += part;
    if (piece.length < CHUNK) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
