import { beforeEach, expect, it } from 'vitest';
import type { Store } from '../../../../src/store/index.ts';
import { alice, bob } from '../../account/samples.ts';
import { describeOnEach } from '../databases.ts';

describeOnEach('limits that were reached', (database) => {
  let store: Store;
  beforeEach(async () => {
    store = await database.open();
  });

  const reached = (at: number, more: object = {}) =>
    store.trips.trip({
      user: alice,
      limit: 'calls-per-hour',
      allowed: '10',
      actual: '11',
      callRef: 'out-1',
      at,
      until: at + 1000,
      ...more,
    });

  it('are one while they last, and another after it', async () => {
    const first = await reached(1000);
    expect(first).toEqual({
      id: 1,
      user: alice,
      limit: 'calls-per-hour',
      allowed: '10',
      actual: '11',
      callRef: 'out-1',
      at: 1000,
      lastAt: 1000,
      times: 1,
      until: 2000,
    });
    expect(await reached(1500)).toEqual({ ...first, lastAt: 1500, times: 2, until: 2500 });
    expect(await reached(2500)).toMatchObject({ id: 2, times: 1 });
    expect(await reached(2500, { user: bob })).toMatchObject({ id: 3 });
    expect(await reached(2500, { limit: 'spend-per-day' })).toMatchObject({ id: 4 });
    expect((await store.trips.open(2600)).map(({ id }) => id)).toEqual([4, 3, 2]);
    expect((await store.trips.open(2600, bob)).map(({ id }) => id)).toEqual([3]);
    expect((await store.trips.list(2)).map(({ id }) => id)).toEqual([4, 3]);
    expect((await store.trips.list(9, alice)).map(({ id }) => id)).toEqual([4, 2, 1]);
  });

  it('are lifted one by one, or all together, and only once', async () => {
    await reached(1000);
    await reached(1000, { limit: 'spend-per-day' });
    await reached(1000, { user: bob });
    const lifted = await store.trips.lift(alice, 'calls-per-hour', '@admin:example.org', 1500);
    expect(lifted).toMatchObject([{ limit: 'calls-per-hour', liftedAt: 1500, liftedBy: '@admin:example.org' }]);
    expect(await store.trips.liftedAt(alice)).toEqual({ 'calls-per-hour': 1500 });
    expect(await store.trips.lift(alice, undefined, 'cli', 1600)).toMatchObject([{ limit: 'spend-per-day' }]);
    expect(await store.trips.liftedAt(alice)).toMatchObject({ 'calls-per-hour': 1600, 'spend-per-day': 1600 });
    expect(await store.trips.lift(alice, undefined, 'cli', 1700)).toEqual([]);
    expect(await reached(1800)).toMatchObject({ id: 4, times: 1 });
    expect((await store.trips.open(1800)).map(({ user }) => user)).toEqual([alice, bob]);
  });

  it('settings of single users are kept until they are taken back, and others notice', async () => {
    const before = await store.trips.version();
    await store.trips.set(alice, { callsPerHour: 500, spendPerDay: null, countries: ['DE'] }, 'cli', 1000);
    await store.trips.set(alice, { callsPerHour: 600 }, 'cli', 1000);
    await store.trips.set(bob, { closed: [] }, 'cli', 1000);
    expect(await store.trips.settings()).toEqual(
      new Map([
        [alice, { callsPerHour: 600 }],
        [bob, { closed: [] }],
      ]),
    );
    await store.trips.set(alice, undefined, 'cli', 2000);
    expect([...(await store.trips.settings()).keys()]).toEqual([bob]);
    expect(await store.trips.version()).toBe(before + 4);
  });

  it('an alert is new once', async () => {
    expect(await store.trips.alert(alice, 'new-country:NG', 1000)).toBe(true);
    expect(await store.trips.alert(alice, 'new-country:NG', 2000)).toBe(false);
    expect(await store.trips.alert(bob, 'new-country:NG', 2000)).toBe(true);
    expect(await store.trips.alert(alice, 'new-country:JM', 2000)).toBe(true);
  });
});
