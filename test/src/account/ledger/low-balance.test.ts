import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { createLowBalance, type LowBalance, lowBalanceWords } from '../../../../src/account/ledger/low-balance.ts';
import { micros } from '../../../../src/money.ts';
import { type Ledger, openStore } from '../../../../src/store/index.ts';
import { silent } from '../../call/fakes.ts';
import { free, ledgerOf, postpaid, topUp } from './ledger-house.ts';

const ALICE = '@alice:hs';

let ledger: Ledger;
let told: string[];
let low: LowBalance;
beforeEach(async () => {
  ledger = ledgerOf(await openStore({ path: ':memory:' }));
  told = [];
  low = open();
});

function open(): LowBalance {
  return createLowBalance({
    book: ledger,
    threshold: micros(50_000),
    tell: async (_user, words) => {
      told.push(words);
    },
    logger: silent,
  });
}

it('says what the guide for users says', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../../docs/users/phone-room.md'), 'utf8');
  expect(guide.replaceAll(/\s+/g, ' ')).toContain(lowBalanceWords('…'));
});

let keys = 0;
async function spend(amount: number, to: 'house:revenue' | `held:${string}` = 'house:revenue') {
  keys += 1;
  const about = `c${keys}`;
  await ledger.post(
    [{ key: `k${keys}`, from: `user:${ALICE}`, to, amount: micros(amount), reason: 'call-charge', about }],
    1,
  );
  await low.spent(ALICE, micros(to === 'house:revenue' ? amount : 0));
}

it('tells once when the balance sinks below the threshold, and again after it was above', async () => {
  await topUp(ledger, ALICE, 120_000);
  await spend(70_000);
  expect(told).toEqual([]);
  await spend(1);
  expect(told).toEqual([lowBalanceWords('0.049999 EUR')]);
  await spend(10_000);
  expect(told).toHaveLength(1);
  await topUp(ledger, ALICE, 60_000);
  await spend(20_000);
  expect(told).toHaveLength(1);
  await spend(40_000);
  expect(told).toHaveLength(2);
});

it('says nothing again after a restart', async () => {
  await topUp(ledger, ALICE, 60_000);
  await spend(20_000);
  expect(told).toHaveLength(1);
  low = open();
  await spend(5_000);
  expect(told).toHaveLength(1);
});

it('counts what is only set aside as there', async () => {
  await topUp(ledger, ALICE, 60_000);
  await spend(40_000, `held:${ALICE}`);
  expect(told).toEqual([]);
});

it('counts what may still be spent below zero, and asks nothing of who calls for free', async () => {
  await ledger.setTerms(ALICE, postpaid(100_000));
  await spend(40_000);
  expect(told).toEqual([]);
  await spend(20_000);
  expect(told).toEqual([lowBalanceWords('0.04 EUR')]);
  await ledger.setTerms(ALICE, free);
  await spend(500_000);
  expect(told).toHaveLength(1);
});

it('never fails, whoever cannot be told', async () => {
  low = createLowBalance({
    book: ledger,
    threshold: micros(50_000),
    tell: () => Promise.reject(new Error('the homeserver is away')),
    logger: silent,
  });
  await topUp(ledger, ALICE, 60_000);
  await expect(spend(20_000)).resolves.toBeUndefined();
});
