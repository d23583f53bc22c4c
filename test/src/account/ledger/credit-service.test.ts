import { beforeEach, expect, it } from 'vitest';
import { micros } from '../../../../src/money.ts';
import type { Ledger } from '../../../../src/store/index.ts';
import { describeOnEach } from '../../store/databases.ts';
import { CreditHouse } from './credit-house.ts';
import { free, ledgerOf, postpaid, purse, tariff, topUp } from './ledger-house.ts';

const ALICE = '@alice:hs';
/** One unit a second. */
const perSecond = tariff(60);
const minutes = tariff(60, { firstS: 60, nextS: 60 });

describeOnEach('credit of calls', (database) => {
  let ledger: Ledger;
  let house: CreditHouse;
  beforeEach(async () => {
    ledger = ledgerOf(await database.open());
    house = new CreditHouse(ledger);
  });

  it('for 12 seconds: a warning at once, the end at the right second, and not a millionth more', async () => {
    await topUp(ledger, ALICE, 12);
    expect(await house.begin('c1', ALICE, [perSecond])).toBe('made');
    const heard = house.answered('c1', ALICE, perSecond);
    await house.pass(13);
    expect(heard).toEqual([
      [0, { type: 'low', leftMs: 12_000 }],
      [12, { type: 'used-up' }],
    ]);
    // The BYE takes its time.
    expect(await house.end('c1', ALICE, perSecond, 12_040)).toMatchObject({ price: 12 });
    expect(await purse(ledger, ALICE)).toEqual([0, 0]);
    expect(house.spent).toEqual([[ALICE, 12]]);
    expect(await ledger.verify()).toEqual([]);
  });

  it('is not enough for a call whose first increment and fee it does not pay', async () => {
    await topUp(ledger, ALICE, 69);
    const dear = tariff(60, { firstS: 60, connectFee: micros(10) });
    expect(await house.credit.reserve({ callRef: 'c1', user: ALICE, tariffs: [perSecond, dear] })).toEqual({
      kind: 'too-low',
      needed: 70,
      available: 69,
    });
    await topUp(ledger, ALICE, 1);
    expect(await house.begin('c1', ALICE, [perSecond, dear])).toBe('made');
    expect(await purse(ledger, ALICE)).toEqual([0, 70]);
  });

  it('comes back when the call was never answered', async () => {
    await topUp(ledger, ALICE, 70);
    await house.begin('c1', ALICE, [minutes]);
    expect(await house.end('c1', ALICE, undefined)).toMatchObject({ price: 0 });
    expect(await purse(ledger, ALICE)).toEqual([70, 0]);
  });

  it('is never spent twice by calls at once', async () => {
    await topUp(ledger, ALICE, 90);
    expect(await Promise.all(['c1', 'c2'].map((ref) => house.begin(ref, ALICE, [perSecond])))).toEqual([
      'made',
      'made',
    ]);
    const one = house.answered('c1', ALICE, perSecond);
    const other = house.answered('c2', ALICE, perSecond);
    await house.pass(95);
    const ends = [one, other].map((heard) => heard.find(([, { type }]) => type === 'used-up')?.[0] ?? 0);
    expect(ends[0] ?? 0).toBeGreaterThan(0);
    expect((ends[0] ?? 0) + (ends[1] ?? 0)).toBe(90);
    for (const [index, ref] of ['c1', 'c2'].entries()) {
      await house.end(ref, ALICE, perSecond, (ends[index] ?? 0) * 1_000 + 300);
    }
    expect(await purse(ledger, ALICE)).toEqual([0, 0]);
    expect(await ledger.balance('house:revenue')).toBe(90);
  });

  it('lets a second call begin only with what is left', async () => {
    await topUp(ledger, ALICE, 60);
    expect(await Promise.all(['c1', 'c2'].map((ref) => house.begin(ref, ALICE, [minutes])))).toContain('refused');
    expect(await purse(ledger, ALICE)).toEqual([0, 60]);
  });

  it('goes in whole increments: a minute that cannot be paid is not begun', async () => {
    await topUp(ledger, ALICE, 150);
    await house.begin('c1', ALICE, [minutes]);
    const heard = house.answered('c1', ALICE, minutes);
    await house.pass(121);
    expect(heard).toEqual([
      [90, { type: 'low', leftMs: 30_000 }],
      [120, { type: 'used-up' }],
    ]);
    expect(await house.end('c1', ALICE, minutes, 120_020)).toMatchObject({ price: 120 });
    expect(await purse(ledger, ALICE)).toEqual([30, 0]);
  });

  it('goes on when something is paid in after the warning, and warns again later', async () => {
    await topUp(ledger, ALICE, 100);
    await house.begin('c1', ALICE, [perSecond]);
    const heard = house.answered('c1', ALICE, perSecond);
    await house.pass(95);
    expect(heard).toEqual([[70, { type: 'low', leftMs: 30_000 }]]);
    await topUp(ledger, ALICE, 101);
    await house.pass(110);
    expect(heard.slice(1)).toEqual([
      [171, { type: 'low', leftMs: 30_000 }],
      [201, { type: 'used-up' }],
    ]);
  });

  it('goes on with what another call gives back', async () => {
    await topUp(ledger, ALICE, 70);
    await house.begin('c1', ALICE, [perSecond]);
    await house.begin('c2', ALICE, [minutes]);
    const heard = house.answered('c1', ALICE, perSecond);
    await house.pass(9);
    expect(heard).toEqual([[0, { type: 'low', leftMs: 10_000 }]]);
    await house.end('c2', ALICE, undefined);
    await house.pass(62);
    expect(heard.slice(1)).toEqual([
      [40, { type: 'low', leftMs: 30_000 }],
      [70, { type: 'used-up' }],
    ]);
  });

  it('may sink to its limit, no further, for who pays later', async () => {
    await ledger.setTerms(ALICE, postpaid(50));
    await house.begin('c1', ALICE, [perSecond]);
    const heard = house.answered('c1', ALICE, perSecond);
    await house.pass(60);
    expect(heard.at(-1)).toEqual([50, { type: 'used-up' }]);
    await house.end('c1', ALICE, perSecond, 50_100);
    expect(await purse(ledger, ALICE)).toEqual([-50, 0]);
    expect(await house.begin('c2', ALICE, [perSecond])).toBe('refused');
  });

  it('is not asked of who calls for free, nor where nothing is charged', async () => {
    await ledger.setTerms(ALICE, free);
    expect(await house.begin('c1', ALICE, [perSecond])).toBe('free');
    expect(await house.begin('c2', '@bob:hs', [])).toBe('free');
    expect(await house.begin('c3', '@bob:hs', [tariff(0)])).toBe('free');
    const heard = [house.answered('c1', ALICE, perSecond), house.answered('c2', '@bob:hs', undefined)];
    await house.pass(200, 10_000);
    expect(heard).toEqual([[], []]);
    expect(await house.end('c1', ALICE, perSecond, 200_000)).toEqual({ price: 0, transfers: [] });
    expect(house.clock.pending).toBe(0);
  });

  it('is charged by the route that was answered', async () => {
    await topUp(ledger, ALICE, 500);
    const dear = tariff(600, { firstS: 30 });
    await house.begin('c1', ALICE, [perSecond, dear]);
    expect(await purse(ledger, ALICE)).toEqual([200, 300]);
    house.answered('c1', ALICE, perSecond);
    await house.pass(20);
    expect(await house.end('c1', ALICE, perSecond, 20_001)).toMatchObject({ price: 21 });
    expect(await purse(ledger, ALICE)).toEqual([479, 0]);
  });

  it('is settled once, however often that is asked for', async () => {
    await topUp(ledger, ALICE, 100);
    await house.begin('c1', ALICE, [perSecond]);
    house.answered('c1', ALICE, perSecond);
    await house.pass(10);
    const first = await house.credit.settle({ callRef: 'c1', user: ALICE, tariff: perSecond, talkMs: 10_000 });
    const again = await house.credit.settle({ callRef: 'c1', user: ALICE, tariff: perSecond, talkMs: 10_000 });
    expect(again).toEqual(first);
    await ledger.post(first.transfers, 1);
    expect(await house.end('c1', ALICE, perSecond, 99_000)).toEqual({ price: 10, transfers: [] });
    expect(await purse(ledger, ALICE)).toEqual([90, 0]);
  });

  it('is settled after a restart by what the ledger says', async () => {
    await topUp(ledger, ALICE, 100);
    await house.begin('c1', ALICE, [perSecond]);
    house.answered('c1', ALICE, perSecond);
    await house.pass(40);
    house.restart();
    expect(await house.end('c1', ALICE, perSecond, 38_000)).toMatchObject({ price: 38 });
    expect(await purse(ledger, ALICE)).toEqual([62, 0]);
    expect(await ledger.open()).toEqual([]);
  });

  it('sets nothing more aside once the call is over', async () => {
    await topUp(ledger, ALICE, 1_000);
    await house.begin('c1', ALICE, [perSecond]);
    house.answered('c1', ALICE, perSecond);
    // In the middle of the first extension.
    await house.end('c1', ALICE, perSecond, 500);
    await house.pass(100, 10_000);
    expect(await purse(ledger, ALICE)).toEqual([999, 0]);
    expect(await ledger.open()).toEqual([]);
  });

  it('survives a ledger that fails for a while, and a post of which nobody knows whether it was done', async () => {
    await topUp(ledger, ALICE, 200);
    const halves = tariff(60, { firstS: 30, nextS: 30 });
    await house.begin('c1', ALICE, [halves]);
    let fails = 3;
    const failing = async () => {
      if (fails === 0) return;
      fails -= 1;
      throw new Error('the disk is full');
    };
    house.beforePost = failing;
    const heard = house.answered('c1', ALICE, halves);
    await house.pass(5);
    expect(fails).toBe(0);
    house.beforePost = async () => {};
    await house.pass(30);
    fails = 1;
    house.afterPost = failing;
    await house.pass(60);
    house.afterPost = async () => {};
    await house.pass(60);
    expect(heard.filter(([, { type }]) => type === 'used-up')).toEqual([]);
    await house.end('c1', ALICE, halves, 155_000);
    expect(await purse(ledger, ALICE)).toEqual([20, 0]);
    expect(await ledger.verify()).toEqual([]);
  });

  it('ends a call that the ledger cannot extend: nobody talks on without paying', async () => {
    await topUp(ledger, ALICE, 200);
    await house.begin('c1', ALICE, [perSecond]);
    const heard = house.answered('c1', ALICE, perSecond);
    await house.pass(1);
    house.beforePost = () => Promise.reject(new Error('the disk is full'));
    await house.pass(100);
    expect(heard.map(([, { type }]) => type)).toEqual(['low', 'used-up']);
  });
});
