/**
 * Transfers a second into the ledger, each on the disk before it counts as posted: one after the other, and for many callers at once.
 * On SQLite, and on a PostgreSQL server of its own on the same machine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { currency, micros } from '../../src/money.ts';
import { type DatabaseOptions, openStore } from '../../src/store/index.ts';
import { PostgresServer, postgresPrograms } from '../world/postgres.ts';
import { percentile, rounded } from './figure.ts';

const CALLERS = 50;
const TOPUP = micros(1_000_000_000);

export interface LedgerFigures {
  readonly database: string;
  readonly posts: number;
  /** One after the other. */
  readonly alone: { readonly perSecond: number; readonly medianMs: number; readonly p99Ms: number };
  readonly together: {
    readonly callers: number;
    readonly perSecond: number;
    readonly medianMs: number;
    readonly p99Ms: number;
  };
  /** What `verify` found, and how long it looked. */
  readonly faults: number;
  readonly verifyMs: number;
}

async function measure(name: string, options: DatabaseOptions, posts: number): Promise<LedgerFigures> {
  const store = await openStore(options);
  const ledger = store.ledger({ currency: currency('EUR'), termsOf: () => ({ kind: 'prepaid', limit: micros(0) }) });
  const user = (n: number) => `@user${n}:hs.test` as const;
  for (let n = 0; n < CALLERS; n++) {
    await ledger.post(
      [{ key: `in ${n}`, from: 'house:payments', to: `user:${user(n)}`, amount: TOPUP, reason: 'topup' }],
      Date.now(),
    );
  }

  let count = 0;
  async function correct(caller: number, waits: number[]): Promise<void> {
    const began = performance.now();
    const transfer = {
      key: `correction ${count++}`,
      from: `user:${user(caller)}`,
      to: 'house:adjustments',
      amount: micros(1_000),
      reason: 'adjustment',
    } as const;
    const posted = await ledger.post([transfer], Date.now());
    if (posted.kind !== 'posted') throw new Error(`nothing was posted: ${JSON.stringify(posted)}`);
    waits.push(performance.now() - began);
  }
  async function run(callers: number): Promise<{ perSecond: number; medianMs: number; p99Ms: number }> {
    const waits: number[] = [];
    const began = performance.now();
    const one = async (caller: number) => {
      for (let n = 0; n < posts / callers; n++) await correct(caller, waits);
    };
    await Promise.all(Array.from({ length: callers }, (_, caller) => one(caller)));
    const seconds = (performance.now() - began) / 1_000;
    return {
      perSecond: Math.round(waits.length / seconds),
      medianMs: rounded(percentile(waits, 0.5)),
      p99Ms: rounded(percentile(waits, 0.99)),
    };
  }

  await run(1);
  const alone = await run(1);
  const together = { callers: CALLERS, ...(await run(CALLERS)) };
  const looked = performance.now();
  const faults = (await ledger.verify()).length;
  const verifyMs = Math.round(performance.now() - looked);
  await store.close();
  return { database: name, posts, alone, together, faults, verifyMs };
}

const posts = Number(process.argv[2] ?? 2_000);
const figures: LedgerFigures[] = [];

const folder = mkdtempSync(path.join(tmpdir(), 'trunkline-bench-ledger-'));
try {
  figures.push(await measure('SQLite', { path: path.join(folder, 'store.sqlite') }, posts));
} finally {
  rmSync(folder, { recursive: true });
}
if (postgresPrograms() !== undefined) {
  const server = await PostgresServer.start({ durable: true });
  try {
    figures.push(await measure('PostgreSQL', { url: await server.create('bench') }, posts));
  } finally {
    await server.remove();
  }
}
console.log(JSON.stringify(figures));
