import { Kysely } from 'kysely';
import { beforeEach, expect, it } from 'vitest';
import { micros } from '../../../../src/money.ts';
import { type Ledger, openStore, type Store } from '../../../../src/store/index.ts';
import type { Schema } from '../../../../src/store/schema.ts';
import { EUR, ledgerOf, topUp } from '../../account/ledger/ledger-house.ts';
import { describeOnEach, dialectOf } from '../databases.ts';

const ALICE = '@alice:hs';

describeOnEach('books that were changed by hand', (database) => {
  let options: Awaited<ReturnType<typeof database.make>>;
  let store: Store;
  let ledger: Ledger;
  beforeEach(async () => {
    options = await database.make();
    store = await openStore(options);
    ledger = ledgerOf(store);
    await topUp(ledger, ALICE, 100);
    const hold = { from: `user:${ALICE}`, to: `held:${ALICE}`, reason: 'text-hold', about: 'out-1' } as const;
    await ledger.post([{ ...hold, key: 'hold', amount: micros(40) }], 2);
    return () => store.close();
  });

  async function changed(change: (db: Kysely<Schema>) => Promise<unknown>): Promise<string> {
    await store.close();
    const db = new Kysely<Schema>({ dialect: dialectOf(options) });
    await change(db);
    await db.destroy();
    store = await openStore(options);
    const faults = await ledgerOf(store).verify();
    return faults.map(({ words }) => words).join('\n');
  }

  it('are told apart from those that are right', async () => {
    expect(await changed(async () => {})).toBe('');
  });

  it.each<[string, (db: Kysely<Schema>) => Promise<unknown>, string]>([
    [
      'a balance',
      (db) =>
        db.updateTable('ledger_accounts').set({ balance: 600_000 }).where('account', '=', `user:${ALICE}`).execute(),
      `The balance of user:${ALICE} is 0.60 EUR, but its transfers sum up to 0.00006 EUR.`,
    ],
    [
      'an amount',
      (db) => db.updateTable('ledger_transfers').set({ amount: 41 }).where('key', '=', 'hold').execute(),
      `The balance of held:${ALICE} is 0.00004 EUR, but its transfers sum up to 0.000041 EUR.`,
    ],
    [
      'a transfer that is gone',
      (db) => db.deleteFrom('ledger_transfers').where('key', '=', 'hold').execute(),
      '2 transfers were posted, but 1 are there',
    ],
    [
      'an account that is gone',
      (db) => db.deleteFrom('ledger_accounts').where('account', '=', `held:${ALICE}`).execute(),
      'All balances together are -0.00004 EUR; they must be 0.',
    ],
    [
      'a transfer that moves nothing',
      (db) =>
        db
          .updateTable('ledger_transfers')
          .set({ to_account: `user:${ALICE}` })
          .where('key', '=', 'hold')
          .execute(),
      'The transfer hold moves nothing.',
    ],
    [
      'what something is held for',
      (db) => db.updateTable('ledger_transfers').set({ about: null }).where('key', '=', 'hold').execute(),
      `Something of ${ALICE} was held for nothing that is known.`,
    ],
    [
      'what is held for a call',
      (db) => db.updateTable('ledger_holds').set({ amount: 41 }).execute(),
      `0.000041 EUR of ${ALICE} are said to be held for out-1, but its transfers sum up to 0.00004 EUR.`,
    ],
    [
      'a call that is over',
      (db) =>
        Promise.all([
          db.updateTable('ledger_holds').set({ ref: 'c1' }).execute(),
          db.updateTable('ledger_transfers').set({ about: 'c1' }).where('key', '=', 'hold').execute(),
        ]),
      `0.00004 EUR of ${ALICE} are held for the call c1, which is over.`,
    ],
    [
      'a transfer that was added',
      async (db) => {
        const added = { from_account: 'house:payments', to_account: `user:${ALICE}`, reason: 'topup' } as const;
        const row = { ...added, seq: 3, key: 'x', amount: 5, about: null, actor: null, note: null, at: 3 };
        await db.insertInto('ledger_transfers').values(row).execute();
      },
      'A transfer was added by hand.',
    ],
    [
      'the currency',
      (db) => db.updateTable('ledger_state').set({ currency: 'USD' }).execute(),
      'The ledger is kept in USD, but the configuration says EUR.',
    ],
  ])('say so: %s', async (_what, change, words) => {
    expect(await changed(change)).toContain(words);
  });

  it('say for which call more was taken than was set aside', async () => {
    const words = await changed(async (db) => {
      await db.updateTable('ledger_transfers').set({ amount: 30 }).where('key', '=', 'hold').execute();
      const away = { from_account: `held:${ALICE}`, to_account: 'house:revenue', reason: 'call-charge' } as const;
      await db.updateTable('ledger_state').set({ last_seq: 3 }).execute();
      const row = { ...away, seq: 3, key: 'charge', amount: 35, about: 'out-1', actor: null, note: null, at: 3 };
      await db.insertInto('ledger_transfers').values(row).execute();
    });
    expect(words).toContain('More was taken for out-1 than was set aside for it.');
  });

  it('are read page by page, while others post', async () => {
    const many = Array.from({ length: 5_000 }, (_, index) => ({
      key: `t${index}`,
      from: 'house:payments' as const,
      to: `user:@u${index % 7}:hs` as const,
      amount: micros(index + 1),
      reason: 'topup' as const,
    }));
    for (let from = 0; from < many.length; from += 500) await ledger.post(many.slice(from, from + 500), 5);
    const verifying = ledger.verify();
    await ledger.post(
      [{ key: 'meanwhile', from: 'house:payments', to: `user:${ALICE}`, amount: micros(1), reason: 'topup' }],
      6,
    );
    expect(await verifying).toEqual([]);
    expect(ledger.currency).toBe(EUR);
  }, 60_000);
});
