/**
 * A rate deck of 200,000 prefixes in the form of a provider: how long its import takes, how long it keeps others waiting, and what a
 * look-up costs. On SQLite, and on a PostgreSQL server of its own on the same machine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pino } from 'pino';
import { createRating, importDeck } from '../../src/account/rating/index.ts';
import { currency, NOTHING } from '../../src/money.ts';
import { type DatabaseOptions, openStore } from '../../src/store/index.ts';
import { PostgresServer, postgresPrograms } from '../world/postgres.ts';
import { rounded } from './figure.ts';
import { seeded } from './seeded.ts';

const EUR = currency('EUR');
const LOOK_UPS = 1_000_000;

export interface RateDeckFigures {
  readonly database: string;
  readonly rows: number;
  /** Of the file into an empty deck; of the same with a tenth of its prices changed; ms. */
  readonly importMs: number;
  readonly changesMs: number;
  readonly changed: number;
  /** From the store into memory, as at the gateway's start; ms. */
  readonly readMs: number;
  /** The longest time in which nothing else was done meanwhile; ms. */
  readonly longestWaitMs: number;
  readonly lookUpMicroseconds: number;
  /** Of the million numbers. */
  readonly found: number;
}

/** Prefixes of all lengths, as they are in a real deck: each country, its areas, its single ranges. */
function prefixes(count: number, random: () => number): readonly string[] {
  const all = new Set<string>();
  while (all.size < count) {
    const length = 2 + Math.floor(random() * random() * 9);
    let prefix = String(1 + Math.floor(random() * 9));
    while (prefix.length < length) prefix += Math.floor(random() * 10);
    all.add(prefix);
    // Short ones are soon all there.
    if (all.size > 20_000) all.add(`${prefix}${Math.floor(random() * 100_000)}`);
  }
  return [...all].slice(0, count);
}

function csvOf(codes: readonly string[], price: (index: number) => string): string {
  const rows = codes.map((code, index) => `${code},60,1,${price(index)},${price(index)},${price(index)},2026-01-01`);
  return ['code,duration,increment,interrate,intrarate,ijrate,effective_date', ...rows, ''].join('\n');
}

async function measure(database: string, options: DatabaseOptions, rows: number): Promise<RateDeckFigures> {
  const random = seeded(7);
  const codes = prefixes(rows, random);
  const prices = codes.map(() => (0.001 + random() * 0.2).toFixed(6));
  const [file, next] = [
    csvOf(codes, (index) => prices[index] ?? '0'),
    csvOf(codes, (index) => (index % 10 === 0 ? '0.25' : (prices[index] ?? '0'))),
  ];
  const store = await openStore(options);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const timed = async <T>(work: () => Promise<T>): Promise<readonly [ms: number, result: T]> => {
    const began = performance.now();
    const result = await work();
    return [Math.round(performance.now() - began), result];
  };
  const put = (csv: string) =>
    importDeck(store.rates, { deck: 'carrier', csv, mode: 'replace', actor: 'bench', currency: EUR, now: Date.now() });
  const [importMs] = await timed(() => put(file));
  const [changesMs, second] = await timed(() => put(next));
  const [readMs, rating] = await timed(() =>
    createRating({
      rules: {
        currency: EUR,
        deckOf: new Map([['trunk', 'carrier']]),
        margin: { percent: 10, perMinute: NOTHING, connectFee: NOTHING, perText: NOTHING },
      },
      book: store.rates,
      now: Date.now,
      logger: pino({ level: 'silent' }),
    }),
  );
  delay.disable();

  const numbers = Array.from({ length: 10_000 }, () => {
    const code = codes[Math.floor(random() * codes.length)] ?? '1';
    return `+${`${code}${String(Math.floor(random() * 1e12)).padStart(12, '0')}`.slice(0, 14)}`;
  });
  const now = Date.now();
  let found = 0;
  const lookUp = (times: number) => {
    found = 0;
    for (let n = 0; n < times; n++) {
      if (rating.call('trunk', numbers[n % numbers.length] ?? '', now).kind === 'tariff') found += 1;
    }
  };
  lookUp(LOOK_UPS / 10);
  const began = performance.now();
  lookUp(LOOK_UPS);
  const lookUpMicroseconds = rounded(((performance.now() - began) * 1000) / LOOK_UPS);
  await store.close();
  const changed = second.kind === 'imported' ? second.changes.dearer : 0;
  const longestWaitMs = Math.round(delay.max / 1e6);
  return { database, rows, importMs, changesMs, changed, readMs, longestWaitMs, lookUpMicroseconds, found };
}

const rows = Number(process.argv[2] ?? 200_000);
const figures: RateDeckFigures[] = [];

const folder = mkdtempSync(path.join(tmpdir(), 'trunkline-bench-rates-'));
try {
  figures.push(await measure('SQLite', { path: path.join(folder, 'store.sqlite') }, rows));
} finally {
  rmSync(folder, { recursive: true });
}
if (postgresPrograms() !== undefined) {
  const server = await PostgresServer.start({ durable: true });
  try {
    figures.push(await measure('PostgreSQL', { url: await server.create('bench') }, rows));
  } finally {
    await server.remove();
  }
}
console.log(JSON.stringify(figures));
