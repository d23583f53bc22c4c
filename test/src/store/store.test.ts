import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/store/index.ts';
import { sqliteDialect } from '../../../src/store/sqlite.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'trunkline-store-'));
  file = path.join(folder, 'store.sqlite');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('opening the store', () => {
  it('makes a database that survives a power cut', async () => {
    const store = await openStore({ path: file });
    await store.check();
    await store.close();
    const raw = new DatabaseSync(file);
    expect(raw.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' });
    raw.close();
  });

  it('opens it again with what is in it', async () => {
    const first = await openStore({ path: file });
    await first.ghosts.save({ userId: '@g:hs', displayName: 'G' }, 1);
    await first.close();
    const second = await openStore({ path: file });
    expect(await second.ghosts.find('@g:hs')).toEqual({ userId: '@g:hs', displayName: 'G' });
    await second.close();
  });

  it('says what to do when the file is no database, or cannot be made', async () => {
    await writeFile(file, 'not a database, and long enough to be read as one'.repeat(100));
    await expect(openStore({ path: file })).rejects.toMatchObject({ name: 'StoreError', code: 'cannot-open' });
    const nowhere = path.join(folder, 'no', 'such', 'folder', 'x.sqlite');
    await expect(openStore({ path: nowhere })).rejects.toMatchObject({ code: 'cannot-open' });
  });

  it('waits for another process that writes', async () => {
    const store = await openStore({ path: file });
    const holdsTheLock = `
      const { parentPort, workerData } = require('node:worker_threads');
      const db = new (require('node:sqlite').DatabaseSync)(workerData);
      db.exec('begin immediate');
      parentPort.postMessage('locked');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      db.exec('commit');
      db.close();`;
    const other = new Worker(holdsTheLock, { eval: true, workerData: file });
    await once(other, 'message');
    await store.ghosts.save({ userId: '@g:hs' }, 1);
    expect(await store.ghosts.find('@g:hs')).toEqual({ userId: '@g:hs' });
    await store.close();
  });
});

describe('a transaction of the database', () => {
  it('has the write lock from its beginning, so that it never fails half way for another writer', async () => {
    const db = new Kysely<unknown>({ dialect: sqliteDialect({ path: file }) });
    const other = new DatabaseSync(file, { timeout: 0 });
    await db.transaction().execute(async (transaction) => {
      await sql`select 1`.execute(transaction);
      expect(() => other.exec('begin immediate')).toThrow('locked');
    });
    other.exec('begin immediate; commit');
    other.close();
    await db.destroy();
  });
});
