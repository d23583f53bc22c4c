import path from 'node:path';
import { Kysely, sql } from 'kysely';
import { expect, it } from 'vitest';
import { type DatabaseOptions, openStore, type Store } from '../../../../src/store/index.ts';
import type { Schema } from '../../../../src/store/schema.ts';
import { Process } from '../../../world/process.ts';
import { describeOnEach, dialectOf } from '../databases.ts';
import { event, user } from './samples.ts';

const NODE = path.resolve(import.meta.dirname, '../../../../node_modules/.bin/node');
const WRITER = path.join(import.meta.dirname, 'crash-writer.ts');

/** Kills a writer when it has said so many lines. @returns what it said was on the disk */
async function writeUntilKilled(options: DatabaseOptions, run: number, lines: number): Promise<readonly string[]> {
  const said: string[] = [];
  const enough = Promise.withResolvers<void>();
  const writer = await Process.start(NODE, [WRITER, JSON.stringify(options), String(run)], {
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

describeOnEach('a process that is killed while it writes', (database) => {
  it('leaves all that it said was stored, nothing by halves, and one first text in each lane', async () => {
    const options = await database.make();
    const said: string[] = [];
    for (const [run, lines] of [1, 40, 333, 900].entries()) said.push(...(await writeUntilKilled(options, run, lines)));
    const store = await openStore(options);
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
    await expectWhole(options);
  }, 60_000);
});

async function expectWhole(options: DatabaseOptions): Promise<void> {
  const db = new Kysely<Schema>({ dialect: dialectOf(options) });
  const count = async (query: string) => {
    const { rows } = await sql<{ n: number }>`select count(*) as n ${sql.raw(query)}`.execute(db);
    return rows[0]?.n;
  };
  if (options.url === undefined) {
    expect((await sql`pragma integrity_check`.execute(db)).rows).toEqual([{ integrity_check: 'ok' }]);
    expect((await sql`pragma foreign_key_check`.execute(db)).rows).toEqual([]);
  }
  // The pair of texts that was added together is there together.
  const pairs = "from deliveries d where not exists (select 1 from deliveries o where o.text_ref = d.text_ref || '-b')";
  expect(await count(`${pairs} and d.text_ref not like '%-b'`)).toBe(0);
  const wrongHeads = await sql`
    select lane, sum(is_head) as heads from deliveries where state = 'waiting' group by lane
    having sum(is_head) <> 1 or min(seq) <> min(case when is_head = 1 then seq end)`.execute(db);
  expect(wrongHeads.rows).toEqual([]);
  expect(await count("from deliveries where is_head = 1 and state <> 'waiting'")).toBe(0);
  // A part that was joined, and the text that it became, are there together.
  expect(
    await count(
      "from arrival_fragments f where joined = 1 and not exists (select 1 from arrivals a where a.text_ref = replace(f.text_ref, '-f', '-j'))",
    ),
  ).toBe(0);
  await db.destroy();
}
