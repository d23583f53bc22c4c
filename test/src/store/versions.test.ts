import { beforeEach, expect, it } from 'vitest';
import { openStore, type Store } from '../../../src/store/index.ts';
import { describeOnEach } from './databases.ts';

describeOnEach('versions', (database) => {
  let store: Store;
  beforeEach(async () => {
    store = await database.open();
  });

  it('rise with each change of their area, and of no other', async () => {
    expect(await store.versions.current('lines')).toBe(0);
    await store.versions.bump('lines');
    await store.versions.bump('lines');
    await store.versions.bump('rates');
    expect(await store.versions.current('lines')).toBe(2);
    expect(await store.versions.current('rates')).toBe(1);
  });

  it('lose no change of those who come at once, and are seen by others', async () => {
    const options = await database.make();
    const [here, there] = [await openStore(options), await openStore(options)];
    await Promise.all(Array.from({ length: 40 }, (_, n) => (n % 2 ? here : there).versions.bump('lines')));
    expect(await here.versions.current('lines')).toBe(40);
    expect(await there.versions.current('lines')).toBe(40);
    await Promise.all([here.close(), there.close()]);
  });
});
