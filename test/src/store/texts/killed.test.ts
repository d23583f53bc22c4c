import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../../../src/store/index.ts';
import { Process } from '../../../world/process.ts';
import { event, user } from './samples.ts';

const NODE = path.resolve(import.meta.dirname, '../../../../node_modules/.bin/node');
const WRITER = path.join(import.meta.dirname, 'crash-writer.ts');

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'trunkline-killed-'));
  file = path.join(folder, 'store.sqlite');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Kills a writer when it has said so many lines. @returns what it said was on the disk */
async function writeUntilKilled(run: number, lines: number): Promise<readonly string[]> {
  const said: string[] = [];
  const enough = Promise.withResolvers<void>();
  const writer = await Process.start(NODE, [WRITER, file, String(run)], {
    name: 'writer',
    onLine: (line) => {
      said.push(line);
      if (said.length >= lines) enough.resolve();
    },
  });
  await Promise.race([enough.promise, writer.ended]);
  writer.kill('SIGKILL');
  const { signal } = await writer.ended;
  expect(signal, writer.output).toBe('SIGKILL');
  return said;
}

async function expectThere(store: Store, said: string): Promise<void> {
  const [what, ref = '', telephone = '', who = ''] = said.split(' ');
  switch (what) {
    case 'added':
      for (const one of [ref, `${ref}-b`]) expect(await store.deliveries.ofEvent(event(one))).toHaveLength(1);
      return;
    case 'lent':
      expect(await store.leases.holder(ref, telephone)).toBe(who);
      return;
    case 'taken':
    case 'joined':
      // Looked for all together below.
      return;
    default:
      throw new Error(`the writer said: ${said}`);
  }
}

describe('a process that is killed while it writes', () => {
  it('leaves all that it said was stored, nothing by halves, and one first text in each lane', async () => {
    const said: string[] = [];
    for (const [run, lines] of [1, 40, 333, 900].entries()) said.push(...(await writeUntilKilled(run, lines)));
    const store = await openStore({ path: file });
    for (const line of said) await expectThere(store, line);
    const waiting = await store.arrivals.waiting(100_000);
    const targets = new Map<string, number>();
    for (const { textRef } of waiting) targets.set(textRef, (targets.get(textRef) ?? 0) + 1);
    for (const line of said) {
      const [what, ref = ''] = line.split(' ');
      if (what === 'taken') expect(targets.get(ref), line).toBe(2);
      if (what === 'joined') expect(targets.get(`${ref}-j`), line).toBe(1);
    }
    for (const [ref, count] of targets) expect(count, ref).toBe(ref.endsWith('-j') ? 1 : 2);
    expect(await store.leases.holder('+44', user('nobody'))).toBeUndefined();
    await store.close();
    expectWhole(file);
  }, 60_000);
});

function expectWhole(database: string): void {
  const raw = new DatabaseSync(database);
  const count = (sql: string) => (raw.prepare(sql).get() as { n: number }).n;
  expect(raw.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
  expect(raw.prepare('pragma foreign_key_check').all()).toEqual([]);
  // The pair of texts that was added together is there together.
  const pairs = "from deliveries d where not exists (select 1 from deliveries o where o.text_ref = d.text_ref || '-b')";
  expect(count(`select count(*) n ${pairs} and d.text_ref not like '%-b'`)).toBe(0);
  const wrongHeads = raw
    .prepare(
      `select lane, sum(is_head) heads, min(seq) first, min(case when is_head = 1 then seq end) head
       from deliveries where state = 'waiting' group by lane having heads <> 1 or first <> head`,
    )
    .all();
  expect(wrongHeads).toEqual([]);
  expect(count("select count(*) n from deliveries where is_head = 1 and state <> 'waiting'")).toBe(0);
  // A part that was joined, and the text that it became, are there together.
  const joined = 'select count(*) n from arrival_fragments f where joined = 1 and not exists';
  expect(count(`${joined} (select 1 from arrivals a where a.text_ref || 'x' = replace(f.text_ref, '-f', '-jx'))`)).toBe(
    0,
  );
  raw.close();
}
