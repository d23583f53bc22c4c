/**
 * A million records of calls are exported, and memory does not grow with them: records by the store's own statements, multiplied in
 * SQLite, then each format from the first byte to the last. Prints the figures as one line of JSON.
 *
 * node --expose-gc test/bench/records-export.ts [records]
 */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { type ExportOptions, exportRecords, type RecordBook } from '../../src/account/records/index.ts';
import { openStore } from '../../src/store/index.ts';
import { closedOut, missedIn, NOON } from '../src/account/records/samples.ts';
import { rounded } from './figure.ts';
import { residentMib } from './resident.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../.trunkline/bench');
/** Records that the store writes itself; the rest are copies of them. */
const WRITTEN = 1_000;
/** Chunks between two looks at memory. */
const LOOK_EVERY = 200;

export interface RecordsExportFigures {
  readonly name: 'records export';
  readonly records: number;
  readonly exports: readonly ExportFigures[];
}

export interface ExportFigures {
  readonly format: string;
  readonly perSecond: number;
  readonly mib: number;
  /** Held after a full collection: before the first chunk, and the most in between. */
  readonly heldBeforeMib: number;
  readonly heldMostMib: number;
  /** Resident, once a tenth was written, and the most after that. */
  readonly residentMib: number;
  readonly residentMostMib: number;
}

export async function main(records = 1_000_000): Promise<RecordsExportFigures> {
  const file = path.join(FOLDER, 'records-export.sqlite');
  mkdirSync(FOLDER, { recursive: true });
  remove(file);
  try {
    await fill(file, records);
    const store = await openStore({ path: file });
    const exports: ExportFigures[] = [];
    for (const options of [{ format: 'csv', rows: 'legs' }, { format: 'ndjson' }] as const) {
      exports.push(await measure(store.records(), options, records));
    }
    await store.close();
    return { name: 'records export', records, exports };
  } finally {
    remove(file);
  }
}

async function measure(book: RecordBook, options: ExportOptions, records: number): Promise<ExportFigures> {
  const heldBeforeMib = held();
  let bytes = 0;
  let chunks = 0;
  let heldMostMib = 0;
  const resident: number[] = [];
  const began = performance.now();
  for await (const chunk of exportRecords(book.stream({}), options).chunks) {
    bytes += Buffer.byteLength(chunk);
    chunks += 1;
    if (chunks % LOOK_EVERY !== 0) continue;
    heldMostMib = Math.max(heldMostMib, held());
    resident.push(residentMib(process.pid));
  }
  const seconds = (performance.now() - began) / 1_000;
  const settled = resident.slice(Math.floor(resident.length / 10));
  return {
    format: options.format,
    perSecond: Math.round(records / seconds),
    mib: rounded(bytes / 2 ** 20),
    heldBeforeMib,
    heldMostMib,
    residentMib: settled[0] ?? Number.NaN,
    residentMostMib: Math.max(...settled),
  };
}

/** MiB of the heap after a full collection. */
function held(): number {
  globalThis.gc?.();
  return rounded(process.memoryUsage().heapUsed / 2 ** 20);
}

async function fill(file: string, records: number): Promise<void> {
  const store = await openStore({ path: file });
  const book = store.records();
  const written = Array.from({ length: WRITTEN }, (_, n) => {
    const openedAt = NOON + n * 10;
    return n % 4 === 0 ? missedIn(`c-${n}`, { openedAt }) : closedOut(`c-${n}`, { openedAt });
  });
  await Promise.all(written.map((record) => book.close(record, [], NOON)));
  await store.close();
  multiply(file, Math.ceil(records / WRITTEN));
}

/** Copies of every call, each lot some time later than the one before. */
function multiply(file: string, times: number): void {
  const db = new DatabaseSync(file);
  db.exec('pragma synchronous = off; begin');
  for (const table of ['call_records', 'call_legs', 'call_people']) {
    const columns = (db.prepare(`pragma table_info(${table})`).all() as { name: string }[]).map(({ name }) => name);
    const copied = columns.map((name) => {
      if (name === 'call_ref') return "call_ref || '-' || :n as call_ref";
      return name === 'opened_at' ? 'opened_at + :n * 10000 as opened_at' : name;
    });
    db.exec(`create temp table first as select * from ${table}`);
    const copy = db.prepare(`insert into ${table} (${columns}) select ${copied} from temp.first`);
    for (let n = 1; n < times; n++) copy.run({ n });
    db.exec('drop table temp.first');
  }
  db.exec('commit');
  db.close();
}

function remove(file: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [records] = process.argv.slice(2).map(Number);
  console.log(JSON.stringify(await main(records)));
}
