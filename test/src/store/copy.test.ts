import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { currency, micros } from '../../../src/money.ts';
import { copyDatabase, type DatabaseOptions, openStore, type Store } from '../../../src/store/index.ts';
import { runIn } from '../cli/run-in.ts';
import { describeOnPostgres } from './databases.ts';
import { arrival, delivery } from './texts/samples.ts';

const LEDGER = { currency: currency('EUR'), termsOf: () => ({ kind: 'prepaid', limit: micros(0) }) as const };
const MANY = 1_203;

describeOnPostgres('copying a database file', (database) => {
  let folder: string;
  let file: string;
  let url: string;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'trunkline-copy-'));
    file = path.join(folder, 'store.sqlite');
    url = (await database.makeBlank()).url ?? '';
    await within({ path: file }, async (store) => {
      for (let n = 0; n < MANY; n++) await store.ghosts.save({ userId: `@g${n}:hs`, displayName: 'G \u0000 👋' }, n);
      await store.deliveries.add([delivery('a'), delivery('b', { lane: 'other' })]);
      await store.deliveries.progressed(
        'a',
        { route: 0, partsAccepted: 1, partsTotal: 1, tries: 1, underWay: false, nextTryAt: 1 },
        { index: 1, transport: 'trunk', messageId: 'm' },
      );
      await store.arrivals.take(arrival('c'));
      await store
        .ledger(LEDGER)
        .post([{ key: 'k', from: 'house:payments', to: 'user:@a:hs', amount: micros(5), reason: 'topup' }], 1_000.5);
      await store.versions.bump('lines');
    });
    const raw = new DatabaseSync(file);
    // A fraction, which only SQLite keeps.
    raw.exec("insert into notices values ('old', 1000.5)");
    raw.close();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function within<T>(options: DatabaseOptions, work: (store: Store) => Promise<T>): Promise<T> {
    const store = await openStore(options);
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  it('leaves nothing out, and the gateway goes on with it', async () => {
    const copied = await copyDatabase(file, url);
    const counts = await within({ path: file }, (store) => store.rowCounts());
    expect(Object.fromEntries(copied.map(({ table, rows }) => [table, rows]))).toEqual(counts);
    await within({ url }, async (store) => {
      expect(await store.rowCounts()).toEqual(counts);
      expect(await store.ghosts.find(`@g${MANY - 1}:hs`)).toMatchObject({ displayName: 'G \u0000 👋' });
      expect((await store.deliveries.byMessageId('trunk', 'm'))?.textRef).toBe('a');
      expect(await store.arrivals.take(arrival('c'))).toBe(false);
      const ledger = store.ledger(LEDGER);
      expect(await ledger.balance('user:@a:hs')).toBe(5);
      expect(await ledger.verify()).toEqual([]);
      await ledger.post(
        [{ key: 'l', from: 'user:@a:hs', to: 'house:revenue', amount: micros(2), reason: 'adjustment' }],
        2,
      );
      expect(await ledger.verify()).toEqual([]);
      expect(await store.versions.current('lines')).toBe(1);
    });
  });

  it('is refused while somebody writes to the file', async () => {
    const writes = `
      const { parentPort, workerData } = require('node:worker_threads');
      const db = new (require('node:sqlite').DatabaseSync)(workerData, { timeout: 5000 });
      for (let n = 0; ; n++) {
        db.exec('insert or ignore into notices values (' + n + ', 1)');
        if (n === 0) parentPort.postMessage('writing');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      }`;
    const other = new Worker(writes, { eval: true, workerData: file });
    await once(other, 'message');
    await expect(copyDatabase(file, url)).rejects.toMatchObject({ name: 'StoreError', code: 'busy' });
    await other.terminate();
    await within({ url }, async (store) => {
      expect(Object.values(await store.rowCounts()).every((rows) => rows === 0)).toBe(true);
    });
  });

  it('is a command, once the configuration names both', async () => {
    const config = (more: string) => `
homeserver: {url: 'http://localhost:8008', domain: example.org}
appservice: {url: 'http://localhost:9993'}
ghosts: {gateway_host: sip.example.org}
permissions: {call_out: ['@*:example.org']}
numbers: {region: GB}
trunks: [{name: office, host: sip.example.net}]
store: {path: ${file}${more}}`;
    writeFileSync(path.join(folder, 'trunkline.yaml'), config(''));
    expect(await runIn(folder, ['database', 'copy'])).toMatchObject({
      status: 78,
      told: expect.stringContaining('store.url is not set'),
    });
    writeFileSync(path.join(folder, 'trunkline.yaml'), config(`, url: '${url}'`));
    expect(await runIn(folder, ['database', 'copy'])).toMatchObject({
      status: 0,
      told: expect.stringMatching(/^12\d\d rows/),
    });
    expect(await runIn(folder, ['database', 'copy'])).toMatchObject({
      status: 1,
      told: expect.stringContaining('an empty one'),
    });
  });

  it('is refused where something is already, and changes nothing there', async () => {
    await within({ url }, (store) => store.petNames.set('@a:hs' as never, '+1', 'mine'));
    await expect(copyDatabase(file, url)).rejects.toMatchObject({ name: 'StoreError', code: 'not-empty' });
    await within({ url }, async (store) => {
      const filled = Object.entries(await store.rowCounts()).filter(([, rows]) => rows > 0);
      expect(filled).toEqual([['pet_names', 1]]);
    });
  });
});
