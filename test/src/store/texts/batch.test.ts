import { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { migrate } from '../../../../src/store/migrate.ts';
import type { Schema } from '../../../../src/store/schema.ts';
import { Batch } from '../../../../src/store/texts/batch.ts';
import { describeOnEach, dialectOf, type TestDatabase } from '../databases.ts';

let db: Kysely<Schema>;
let commits = 0;
async function open(database: TestDatabase): Promise<void> {
  db = new Kysely<Schema>({
    dialect: dialectOf(await database.make()),
    log: ({ query }) => {
      if (query.sql === 'commit') commits += 1;
    },
  });
  await migrate(db);
  commits = 0;
}

const insert = (batch: Batch, key: string) =>
  batch.commit(async (within) => {
    await within.insertInto('notices').values({ key, given_at: 1 }).execute();
    return key;
  });
const keys = async () => (await db.selectFrom('notices').select('key').orderBy('key').execute()).map(({ key }) => key);
const nothing = async () => {};

describeOnEach('changes that are asked for together', (database) => {
  beforeEach(() => open(database));
  afterEach(() => db.destroy());

  it('share a commit, in their order, and each has its answer', async () => {
    const batch = new Batch(db, nothing);
    const order: string[] = [];
    const all = ['a', 'b', 'c'].map((key) => insert(batch, key).then((done) => order.push(done)));
    await Promise.all(all);
    expect(order).toEqual(['a', 'b', 'c']);
    expect(commits).toBe(1);
    expect(await keys()).toEqual(['a', 'b', 'c']);
  });

  it('share the next commit when they come a turn later', async () => {
    const batch = new Batch(db, nothing);
    const first = insert(batch, 'a');
    const later = new Promise<void>((resolve) => setImmediate(resolve)).then(() =>
      Promise.all([insert(batch, 'b'), insert(batch, 'c')]),
    );
    await Promise.all([first, later]);
    expect(commits).toBe(2);
    expect(await keys()).toEqual(['a', 'b', 'c']);
  });

  it('fail alone', async () => {
    const batch = new Batch(db, nothing);
    const all = await Promise.allSettled([insert(batch, 'a'), insert(batch, 'a'), insert(batch, 'b')]);
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await keys()).toEqual(['a', 'b']);
  });

  it('can be many', async () => {
    const batch = new Batch(db, nothing);
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => insert(batch, `k${n}`)));
    expect(await keys()).toHaveLength(1_000);
    expect(commits).toBeLessThan(20);
  });
});

describeOnEach('a change that must be on the disk', (database) => {
  beforeEach(() => open(database));
  afterEach(() => db.destroy());

  it('settles only then, and rejects when it does not get there', async () => {
    const disk = Promise.withResolvers<void>();
    const batch = new Batch(db, () => disk.promise);
    let isSettled = false;
    const change = batch
      .durably(async (within) => within.insertInto('notices').values({ key: 'a', given_at: 1 }).execute())
      .finally(() => {
        isSettled = true;
      });
    await batch.commit(nothing);
    expect(isSettled).toBe(false);
    disk.reject(new Error('EIO'));
    await expect(change).rejects.toThrow('EIO');
  });
});
