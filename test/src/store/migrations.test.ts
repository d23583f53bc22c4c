import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DatabaseOptions, openStore } from '../../../src/store/index.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { migrations } from '../../../src/store/migrations/index.ts';
import { describeOnEach, dialectOf } from './databases.ts';

const kyselyOf = (options: DatabaseOptions) =>
  new Kysely<Record<string, Record<string, unknown>>>({ dialect: dialectOf(options) });

/** A database as an earlier release left it, with a ghost in it. */
async function leaveOld(options: DatabaseOptions, last = '0005'): Promise<void> {
  const old = Object.entries(migrations).filter(([name]) => name.slice(0, 4) <= last);
  const db = kyselyOf(options);
  await migrate(db, Object.fromEntries(old));
  await db.insertInto('ghosts').values({ user_id: '@g:hs', display_name: 'G', registered_at: 7 }).execute();
  await db.destroy();
}

async function columnsOf(options: DatabaseOptions): Promise<readonly string[]> {
  const db = kyselyOf(options);
  const tables = await db.introspection.getTables();
  await db.destroy();
  return tables
    .flatMap((table) =>
      table.columns.map(({ name, dataType, isNullable }) => `${table.name}.${name} ${dataType} ${isNullable}`),
    )
    .sort();
}

/** @returns the migrations that it ran */
async function openedElsewhere(options: DatabaseOptions): Promise<readonly string[]> {
  const worker = new Worker(new URL('./opener.ts', import.meta.url), { execArgv: [], workerData: options });
  const [[done]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  return done as string[];
}

describeOnEach('bringing a database up to date', (database) => {
  const good = { up: (to: Kysely<unknown>) => to.schema.createTable('one').addColumn('a', 'text').execute() };
  const bad = {
    async up(to: Kysely<unknown>) {
      await to.schema.createTable('two').addColumn('a', 'text').execute();
      throw new Error('disk full');
    },
  };

  it('leaves it unchanged when a step fails half way', async () => {
    const db = kyselyOf(await database.makeBlank());
    await expect(migrate(db, { '1': good, '2': bad })).rejects.toMatchObject({
      code: 'migration-failed',
      message: expect.stringContaining('migration 2'),
    });
    const tables = (await db.introspection.getTables()).map(({ name }) => name);
    expect(tables.filter((name) => name === 'one' || name === 'two')).toEqual([]);
    expect(await migrate(db, { '1': good })).toEqual({ migrations: ['1'] });
    expect(await migrate(db, { '1': good })).toEqual({ migrations: [] });
    await db.destroy();
  });

  it('refuses one of a newer release, and leaves it as it was', async () => {
    const options = await database.makeBlank();
    await (await openStore(options)).close();
    const db = kyselyOf(options);
    await db.insertInto('kysely_migration').values({ name: '9999-future', timestamp: '2030-01-01' }).execute();
    await db.destroy();
    await expect(openStore(options)).rejects.toMatchObject({
      name: 'StoreError',
      code: 'newer-than-program',
      message: expect.stringContaining('9999-future'),
    });
  });

  it('keeps what an earlier release wrote, and ends with the same tables as a new one', async () => {
    const [old, fresh] = [await database.makeBlank(), await database.makeBlank()];
    await leaveOld(old);
    const store = await openStore(old);
    expect(store.upgrade.migrations[0]).toBe(Object.keys(migrations).sort()[5]);
    expect(await store.ghosts.find('@g:hs')).toEqual({ userId: '@g:hs', displayName: 'G' });
    await store.close();
    await (await openStore(fresh)).close();
    expect(await columnsOf(old)).toEqual(await columnsOf(fresh));
  });

  it('is done once by two that start together', async () => {
    const options = await database.makeBlank();
    const done = await Promise.all([1, 2, 3].map(() => openedElsewhere(options)));
    expect(done.flat().sort()).toEqual(Object.keys(migrations).sort());
    const store = await openStore(options);
    expect(store.upgrade.migrations).toEqual([]);
    expect(await store.versions.current('opened')).toBe(3);
    await store.close();
  });
});

describe('the copy of a file before it is changed', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trunkline-backup-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('has what was in it, for those who could read it, and is made once', async () => {
    const options = { path: path.join(folder, 'store.sqlite') };
    const file = options.path;
    await leaveOld(options);
    const { mode } = await stat(file);
    const store = await openStore(options);
    const { backup } = store.upgrade;
    await store.ghosts.save({ userId: '@new:hs' }, 1);
    await store.close();
    expect(backup).toBe(`${file}.before-${Object.keys(migrations).sort()[5]?.slice(0, 4)}.bak`);
    expect((await stat(backup ?? '')).mode).toBe(mode);

    const again = await openStore(options);
    expect(again.upgrade).toEqual({ migrations: [] });
    await again.close();

    const copy = kyselyOf({ path: backup ?? '' });
    expect(await copy.selectFrom('ghosts').select('user_id').execute()).toEqual([{ user_id: '@g:hs' }]);
    expect((await copy.introspection.getTables()).map(({ name }) => name)).not.toContain('versions');
    await copy.destroy();
  });

  it('is not made of a new database', async () => {
    const options = { path: path.join(folder, 'store.sqlite') };
    const store = await openStore(options);
    expect(store.upgrade.migrations).toHaveLength(Object.keys(migrations).length);
    expect(store.upgrade.backup).toBeUndefined();
    await store.close();
    expect((await readdir(path.dirname(options.path))).filter((name) => name.includes('.bak'))).toEqual([]);
  });

  it('must be there before anything is changed', async () => {
    const options = { path: path.join(folder, 'store.sqlite') };
    await leaveOld(options);
    const before = await columnsOf(options);
    const first = Object.keys(migrations).sort()[5]?.slice(0, 4);
    await mkdir(`${options.path}.before-${first}.bak.part`);
    await expect(openStore(options)).rejects.toMatchObject({ name: 'StoreError', code: 'backup-failed' });
    expect(await columnsOf(options)).toEqual(before);
  });
});
