import { type Kysely as Database, Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { openStore, type Store } from '../../../src/store/index.ts';
import { postgresDialect } from '../../../src/store/postgres/dialect.ts';
import { databaseName } from '../../../src/store/postgres/errors.ts';
import { fromStored, toStored } from '../../../src/store/postgres/text.ts';
import type { Schema } from '../../../src/store/schema.ts';
import { Batch } from '../../../src/store/texts/batch.ts';
import { freePort } from '../../world/ports.ts';
import { PostgresServer } from '../../world/postgres.ts';
import { describeOnPostgres, dialectOf } from './databases.ts';

// Servers are started and stopped.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const isThere = inject('postgresFolder') !== '';

describe('text that PostgreSQL cannot hold', () => {
  it('is told apart from all other text, and comes back as it was', () => {
    const samples = ['', 'plain', '\u0000', 'a\u0000b\u0000', '\u{10FFFE}0', '\u{10FFFE}\u0000\u{10FFFE}1', 'Grüße 👋'];
    for (const text of samples) {
      expect(String(toStored(text))).not.toContain('\u0000');
      expect(fromStored(String(toStored(text)))).toBe(text);
    }
    expect(new Set(samples.map(toStored)).size).toBe(samples.length);
    expect(toStored(7)).toBe(7);
  });
});

describe('the name of a database in words', () => {
  it.each([
    [
      'postgres://trunkline:s3cret@db.example.org:5433/trunkline?sslmode=verify-full',
      'postgres://trunkline@db.example.org:5433/trunkline',
    ],
    ['postgres://trunkline:s3@cret@db/trunkline', 'postgres://trunkline@db/trunkline'],
    ['postgres://db/trunkline?user=a&password=s3cret', 'postgres://db/trunkline'],
  ])('of %s has no password', (url, name) => {
    expect(databaseName(url)).toBe(name);
  });
});

describe.skipIf(!isThere)('a PostgreSQL server', () => {
  let server: PostgresServer;
  let url: string;
  beforeEach(async () => {
    server = await PostgresServer.start({ port: await freePort() });
    url = await server.create('trunkline');
  });
  afterEach(() => server.remove());

  const refused = async (options: { readonly url: string; readonly patienceMs?: number }) => {
    const error = await openStore(options).then(
      () => expect.unreachable('it was opened'),
      (reason: unknown) => reason as Error & { readonly code: string },
    );
    expect(error.name).toBe('StoreError');
    expect(error.message).not.toContain('s3cret');
    return error;
  };

  it('that cannot be used is told of in words, without the password', async () => {
    const withUser = (user: string, database = 'trunkline') =>
      url.replace('trunkline@', `${user}:s3cret@`).replace(/trunkline$/, database);
    expect(await refused({ url: withUser('nobody') })).toMatchObject({
      code: 'cannot-open',
      message: expect.stringContaining('refuses the user'),
    });
    expect(await refused({ url: withUser('trunkline', 'nowhere') })).toMatchObject({
      message: expect.stringContaining('createdb'),
    });
    await server.query('create role guest login');
    await server.query("create database latin encoding 'SQL_ASCII' locale 'C' locale_provider libc template template0");
    expect(await refused({ url: withUser('guest') })).toMatchObject({
      message: expect.stringContaining("database's owner"),
    });
    expect(await refused({ url: withUser('trunkline', 'latin') })).toMatchObject({
      message: expect.stringContaining('encoding SQL_ASCII'),
    });
    await server.query('alter database trunkline set default_transaction_read_only = on');
    expect(await refused({ url })).toMatchObject({ message: expect.stringContaining('primary') });
    expect(await refused({ url: 'mysql://db/trunkline' })).toMatchObject({
      message: expect.stringContaining('postgres://'),
    });
    await server.stop();
    expect(await refused({ url: withUser('trunkline'), patienceMs: 0 })).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('that starts while the gateway does is waited for', async () => {
    await server.stop();
    const opening = openStore({ url });
    await server.run();
    await (await opening).close();
  });

  describe('that is restarted', () => {
    let store: Store;
    beforeEach(async () => {
      store = await openStore({ url, patienceMs: 30_000 });
    });
    afterEach(() => store.close());

    it.each(['fast', 'crash'] as const)('(%s) is waited for by reads, changes and transactions', async (how) => {
      await store.ghosts.save({ userId: '@g:hs' }, 1);
      await server.stop(how);
      const work = [
        store.ghosts.find('@g:hs'),
        store.versions.bump('lines'),
        store.inbox.add([{ eventId: '$e', roomId: '!r', body: '{}' }], 1),
        store.petNames.set('@a:hs' as never, '+1', 'one'),
      ] as const;
      await server.run();
      const [ghost, , events] = await Promise.all(work);
      expect(ghost).toEqual({ userId: '@g:hs' });
      expect(events).toHaveLength(1);
      expect(await store.versions.current('lines')).toBe(1);
      await store.check();
    });

    it('has changes that keys make known done again, though their connection was lost in the middle', async () => {
      const db = new Kysely<Schema>({ dialect: postgresDialect({ url }) });
      const batch = new Batch(db, async () => {});
      let restarts = 0;
      const change = batch.commit(async (within) => {
        await within.insertInto('notices').values({ key: 'k', given_at: 1 }).execute();
        if (restarts++ > 0) return;
        await server.stop('crash');
        await server.run();
      });
      await change;
      expect(restarts).toBe(2);
      expect(await db.selectFrom('notices').selectAll().execute()).toEqual([{ key: 'k', given_at: 1 }]);
      await db.destroy();
    });

    it('and stays away lets the first wait, and then tells all', async () => {
      const db = new Kysely<Schema>({ dialect: postgresDialect({ url, patienceMs: 200 }) });
      const batch = new Batch(db, async () => {});
      await server.stop();
      const changes = ['a', 'b', 'c'].map((key) =>
        batch.commit((within) => within.insertInto('notices').values({ key, given_at: 1 }).execute()),
      );
      const all = await Promise.allSettled(changes);
      expect(all.map((one) => one.status === 'rejected' && one.reason.code)).toEqual(Array(3).fill('unreachable'));
      await server.run();
      await batch.commit((within) => within.insertInto('notices').values({ key: 'd', given_at: 1 }).execute());
      await db.destroy();
    });

    it('loses what a transaction had begun, and says so', async () => {
      const db = new Kysely<Record<string, Record<string, unknown>>>({ dialect: postgresDialect({ url }) });
      const cut = db.transaction().execute(async (within) => {
        await within.insertInto('notices').values({ key: 'k', given_at: 1 }).execute();
        await server.stop();
        await server.run();
        await within.insertInto('notices').values({ key: 'l', given_at: 1 }).execute();
      });
      await expect(cut).rejects.toMatchObject({ name: 'StoreError', code: 'connection-lost' });
      expect(await db.selectFrom('notices').selectAll().execute()).toEqual([]);
      await db.destroy();
    });
  });
});

describeOnPostgres('a database that is used by several', (database) => {
  let here: Database<Record<string, Record<string, unknown>>>;
  let there: typeof here;
  beforeEach(async () => {
    const options = await database.make();
    here = new Kysely({ dialect: dialectOf(options) });
    there = new Kysely({ dialect: dialectOf(options) });
  });
  afterEach(() => Promise.all([here.destroy(), there.destroy()]));

  it('lets one transaction at a time write, so that nothing changes between what it reads and what it writes', async () => {
    await here.insertInto('versions').values({ area: 'a', version: 0 }).execute();
    const raise = (db: typeof here) =>
      db.transaction().execute(async (within) => {
        const row = await within
          .selectFrom('versions')
          .select('version')
          .where('area', '=', 'a')
          .executeTakeFirstOrThrow();
        await within
          .updateTable('versions')
          .set({ version: Number(row.version) + 1 })
          .where('area', '=', 'a')
          .execute();
      });
    await Promise.all(Array.from({ length: 50 }, (_, n) => raise(n % 2 ? here : there)));
    expect(await here.selectFrom('versions').select('version').execute()).toEqual([{ version: 50 }]);
  });

  it('shows a transaction that only reads one moment, and lets it wait for nobody', async () => {
    const seen = await here.transaction().execute(async (writing) => {
      await writing.insertInto('notices').values({ key: 'k', given_at: 1 }).execute();
      return there
        .transaction()
        .setAccessMode('read only')
        .execute((reading) => reading.selectFrom('notices').selectAll().execute());
    });
    expect(seen).toEqual([]);
  });

  it('ends the connection of one that holds the lock and does nothing', async () => {
    const [row] = (
      await sql<{ t: string }>`select current_setting('idle_in_transaction_session_timeout') as t`.execute(here)
    ).rows;
    expect(row).toEqual({ t: '1min' });
  });

  it('tells no contents of rows in its errors', async () => {
    await here.insertInto('notices').values({ key: '+441632960001', given_at: 1 }).execute();
    const again = here.insertInto('notices').values({ key: '+441632960001', given_at: 1 }).execute();
    const error: unknown = await again.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: '23505' });
    expect(JSON.stringify(error) + String(error)).not.toContain('441632960001');
  });

  it('gives whole numbers as numbers, and sorts text by its bytes in any language', async () => {
    for (const [key, at] of [
      ['b', 2 ** 52],
      ['a', 3],
      ['B', 1],
      ['_', 0],
    ] as const) {
      await here.insertInto('notices').values({ key, given_at: at }).execute();
    }
    const rows = await here.selectFrom('notices').select('key').where('key', '>', 'B').orderBy('key').execute();
    expect(rows.map(({ key }) => key)).toEqual(['_', 'a', 'b']);
    const sums = await here
      .selectFrom('notices')
      .select((e) => [e.fn.sum('given_at').as('sum'), e.fn.countAll().as('count'), e.fn.max('given_at').as('max')])
      .executeTakeFirst();
    expect(sums).toEqual({ sum: 2 ** 52 + 4, count: 4, max: 2 ** 52 });
  });
});
