import { beforeEach, expect, it } from 'vitest';
import type { AccountId, CreditTerms, Transfer } from '../../../../src/account/ledger/ports.ts';
import { currency, micros } from '../../../../src/money.ts';
import type { Ledger, Store } from '../../../../src/store/index.ts';
import { describeOnEach } from '../databases.ts';

const EUR = currency('EUR');
const prepaid: CreditTerms = { kind: 'prepaid', limit: micros(0) };
const ALICE = '@alice:example.org';

function transfer(key: string, from: AccountId, to: AccountId, amount: number, about?: string): Transfer {
  return { key, from, to, amount: micros(amount), reason: 'adjustment', ...(about === undefined ? {} : { about }) };
}

const topup = (amount: number, key = `topup-${amount}`) => transfer(key, 'house:payments', `user:${ALICE}`, amount);
const hold = (key: string, amount: number, about = 'c1') =>
  transfer(key, `user:${ALICE}`, `held:${ALICE}`, amount, about);

describeOnEach('the ledger', (database) => {
  let store: Store;
  let ledger: Ledger;
  beforeEach(async () => {
    store = await database.open();
    ledger = store.ledger({ currency: EUR, termsOf: () => prepaid });
  });

  it('moves money from one account to another, and knows both', async () => {
    expect(await ledger.post([topup(10)], 5.75)).toEqual({ kind: 'posted', fresh: 1 });
    expect(await ledger.balance(`user:${ALICE}`)).toBe(10);
    expect(await ledger.balance('house:payments')).toBe(-10);
    expect(await ledger.balance('house:revenue')).toBe(0);
    expect(await ledger.verify()).toEqual([]);
  });

  it('posts the same key once, whoever repeats it', async () => {
    await ledger.post([{ ...topup(10), actor: 'cli', note: 'cash' }], 5);
    expect(await ledger.post([{ ...topup(10), actor: '@admin:hs' }], 9)).toEqual({ kind: 'posted', fresh: 0 });
    expect(await ledger.post([topup(10), topup(3), topup(3)], 9)).toEqual({ kind: 'posted', fresh: 1 });
    expect(await ledger.balance(`user:${ALICE}`)).toBe(13);
  });

  it.each([
    ['another amount', transfer('topup-10', 'house:payments', `user:${ALICE}`, 11)],
    ['another account', transfer('topup-10', 'house:adjustments', `user:${ALICE}`, 10)],
    ['another reason', { ...topup(10), reason: 'topup' } as const],
    ['about something else', { ...topup(10), about: 'c9' }],
  ])('refuses a key that is known with other contents: %s', async (_what, other) => {
    await ledger.post([topup(10)], 5);
    await expect(ledger.post([topup(7), other], 6)).rejects.toMatchObject({ name: 'LedgerError', code: 'key-reused' });
    expect(await ledger.balance(`user:${ALICE}`)).toBe(10);
  });

  it.each([
    ['nothing', topup(0)],
    ['less than nothing', topup(-5)],
    ['a fraction', { ...topup(1), amount: 0.5 as never }],
    ['to itself', transfer('x', `user:${ALICE}`, `user:${ALICE}`, 1)],
  ])('refuses a transfer of %s', async (_what, wrong) => {
    await expect(ledger.post([wrong], 1)).rejects.toMatchObject({ code: 'not-a-transfer' });
  });

  it('posts all transfers or none, and lets nobody spend what they do not have', async () => {
    await ledger.post([topup(10)], 1);
    const posting = await ledger.post([hold('h1', 4), hold('h2', 7)], 2);
    expect(posting).toEqual({ kind: 'short', account: `user:${ALICE}`, available: 10 });
    expect(await ledger.balance(`held:${ALICE}`)).toBe(0);
    expect(await ledger.post([hold('h1', 4), hold('h2', 6)], 3)).toEqual({ kind: 'posted', fresh: 2 });
    expect(await ledger.post([transfer('r', `held:${ALICE}`, 'house:revenue', 11)], 4)).toMatchObject({
      kind: 'short',
      account: `held:${ALICE}`,
      available: 10,
    });
  });

  it('takes what is held for one call for no other', async () => {
    await ledger.post([topup(10)], 1);
    await ledger.post([hold('h1', 4, 'c1'), hold('h2', 4, 'c2')], 2);
    const back = (key: string, amount: number) => transfer(key, `held:${ALICE}`, `user:${ALICE}`, amount, 'c1');
    expect(await ledger.post([back('b1', 3)], 3)).toMatchObject({ kind: 'posted' });
    expect(await ledger.post([back('b2', 2)], 3)).toEqual({ kind: 'short', account: `held:${ALICE}`, available: 1 });
    expect(await ledger.post([hold('h3', 1, 'c1'), back('b2', 2)], 3)).toMatchObject({ kind: 'posted' });
  });

  it('gives the terms of the configuration to those who have none of their own', async () => {
    expect(await ledger.terms(ALICE)).toEqual(prepaid);
    await ledger.setTerms(ALICE, { kind: 'postpaid', limit: micros(5) });
    expect(await ledger.terms(ALICE)).toEqual({ kind: 'postpaid', limit: 5 });
    expect(await ledger.post([hold('h1', 6)], 1)).toMatchObject({ kind: 'short', available: 5 });
    expect(await ledger.post([hold('h1', 5)], 1)).toMatchObject({ kind: 'posted' });
    await ledger.setTerms(ALICE, { kind: 'free', limit: micros(99) });
    expect(await ledger.terms(ALICE)).toEqual({ kind: 'free', limit: 0 });
    expect(await ledger.post([hold('h2', 1_000)], 1)).toMatchObject({ kind: 'posted' });
    await ledger.setTerms(ALICE, undefined);
    expect(await ledger.terms(ALICE)).toEqual(prepaid);
    // Who is below what they may have by now can still pay in.
    expect(await ledger.post([topup(1)], 1)).toMatchObject({ kind: 'posted' });
    expect(await ledger.post([hold('h3', 1)], 1)).toMatchObject({ kind: 'short', available: -1_004 });
  });

  it('shows what happened to an account, the latest first, by pages', async () => {
    for (const amount of [1, 2, 3, 4]) await ledger.post([topup(amount)], amount);
    await ledger.post([hold('h1', 5)], 9);
    const page = await ledger.statement(`user:${ALICE}`, 2);
    expect(page.map(({ key }) => key)).toEqual(['h1', 'topup-4']);
    const next = await ledger.statement(`user:${ALICE}`, 9, page.at(-1)?.seq);
    expect(next.map(({ key, at }) => [key, at])).toEqual([
      ['topup-3', 3],
      ['topup-2', 2],
      ['topup-1', 1],
    ]);
    expect((await ledger.statement('house:payments', 9)).length).toBe(4);
  });

  it('knows what was posted about a call, and what is held for what', async () => {
    await ledger.post([topup(100)], 1);
    await ledger.post([hold('h1', 5, 'c1'), hold('h2', 7, 'c1'), hold('h3', 9, 'c2')], 2);
    await ledger.post([transfer('back', `held:${ALICE}`, `user:${ALICE}`, 9, 'c2')], 3);
    expect((await ledger.about('c1')).map(({ key }) => key)).toEqual(['h1', 'h2']);
    expect(await ledger.open()).toEqual([{ ref: 'c1', user: ALICE, held: 12, at: 2 }]);
    expect(await ledger.users()).toEqual([{ user: ALICE, terms: prepaid, balance: 88, held: 12 }]);
  });

  it('lists users with terms and without an account too', async () => {
    await ledger.setTerms('@bob:hs', { kind: 'postpaid', limit: micros(8) });
    await ledger.post([topup(1)], 1);
    await ledger.post([hold('h1', 1)], 1);
    expect((await ledger.users()).map(({ user }) => user)).toEqual([ALICE, '@bob:hs']);
  });

  it('refuses another currency in words', async () => {
    await ledger.post([topup(1)], 1);
    const dollars = store.ledger({ currency: currency('USD'), termsOf: () => prepaid });
    await expect(dollars.post([topup(2)], 2)).rejects.toMatchObject({
      code: 'other-currency',
      message: expect.stringContaining('Set credit.currency to EUR'),
    });
    expect(await dollars.verify()).toMatchObject([{ words: expect.stringContaining('kept in EUR') }]);
  });
});
