/** Calls, texts, payments and crashes in any order and at once: what must hold whatever happens. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Transfer, userOf } from '../../../../src/account/ledger/ports.ts';
import { createTextCharging } from '../../../../src/account/ledger/text-charging.ts';
import type { Tariff } from '../../../../src/call/index.ts';
import type { MatrixUserId } from '../../../../src/matrix/index.ts';
import type { TextCharging } from '../../../../src/message/index.ts';
import { type Micros, micros } from '../../../../src/money.ts';
import { type Ledger, openStore } from '../../../../src/store/index.ts';
import { silent } from '../../call/fakes.ts';
import { around } from '../../message/around.ts';
import { describeOnEach } from '../../store/databases.ts';
import { CreditHouse } from './credit-house.ts';
import { EUR, free, ledgerOf, postpaid, tariff, topUp } from './ledger-house.ts';

const USERS = ['@prepaid:hs', '@postpaid:hs', '@free:hs'] as const;
type User = (typeof USERS)[number];
const FLOORS: Readonly<Record<User, number>> = {
  '@prepaid:hs': 0,
  '@postpaid:hs': -300,
  '@free:hs': Number.NEGATIVE_INFINITY,
};
const TARIFFS = [
  tariff(60),
  tariff(45, { firstS: 30, nextS: 6, connectFee: micros(7) }),
  tariff(61, { firstS: 60, nextS: 60 }),
];

type Does =
  | { readonly does: 'topup'; readonly user: User; readonly amount: number; readonly key: number }
  | { readonly does: 'call'; readonly user: User; readonly tariffs: readonly number[] }
  | { readonly does: 'answer' | 'end' | 'text-accepted' | 'text-failed' | 'text-sent'; readonly which: number }
  | { readonly does: 'text'; readonly user: User; readonly segments: number }
  | { readonly does: 'pass'; readonly seconds: number }
  | { readonly does: 'crash' };

const user = fc.constantFrom(...USERS);
const which = fc.nat(9);
const does: fc.Arbitrary<Does> = fc.oneof(
  fc.record({ does: fc.constant('topup' as const), user, amount: fc.integer({ min: 1, max: 400 }), key: fc.nat(5) }),
  fc.record({
    does: fc.constant('call' as const),
    user,
    tariffs: fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ does: fc.constantFrom('answer' as const, 'end', 'text-accepted', 'text-failed', 'text-sent'), which }),
  fc.record({ does: fc.constant('text' as const), user, segments: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ does: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 90 }) }),
  fc.record({ does: fc.constant('crash' as const) }),
);
/** What comes together happens at once. */
const courses = fc.array(fc.array(does, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 });

interface MadeCall {
  readonly ref: string;
  readonly user: User;
  readonly tariffs: readonly Tariff[];
  answeredAt?: number;
  tariff?: Tariff;
}

class World {
  readonly house: CreditHouse;
  readonly posted: Transfer[][] = [];
  readonly #ledger: Ledger;
  #charging: TextCharging;
  readonly #calls: MadeCall[] = [];
  readonly #texts: { readonly ref: string; readonly user: User; parts: number }[] = [];
  #names = 0;
  price = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    const book = around(ledger, (call) => call());
    // What was posted can be posted again.
    const watched: Ledger = Object.assign(Object.create(book), {
      post: async (transfers: Transfer[], now: number) => {
        const posting = await ledger.post(transfers, now);
        if (posting.kind === 'posted') this.posted.push(transfers);
        return posting;
      },
    });
    this.house = new CreditHouse(watched);
    this.#charging = this.#openCharging(watched);
    this.#watched = watched;
  }

  readonly #watched: Ledger;

  async run(step: Does): Promise<void> {
    switch (step.does) {
      case 'topup':
        return topUp(this.#watched, step.user, step.amount, `topup-${step.user}-${step.amount}-${step.key}`);
      case 'call': {
        const ref = `c${this.#names++}`;
        const tariffs = step.tariffs.flatMap((index) => TARIFFS[index] ?? []);
        if ((await this.house.begin(ref, step.user, tariffs)) !== 'refused') {
          this.#calls.push({ ref, user: step.user, tariffs });
        }
        return;
      }
      case 'answer': {
        const call = this.#calls[step.which % Math.max(1, this.#calls.length)];
        if (call === undefined || call.answeredAt !== undefined) return;
        const [tariffOf] = call.tariffs;
        call.answeredAt = this.house.clock.now();
        if (tariffOf) call.tariff = tariffOf;
        const heard = this.house.answered(call.ref, call.user, tariffOf);
        // A call that is told to end ends.
        Object.assign(heard, {
          push: (...events: unknown[]) => {
            if (JSON.stringify(events).includes('used-up')) this.#mustEnd.push(call);
            return 0;
          },
        });
        return;
      }
      case 'end': {
        const [call] = this.#calls.splice(step.which % Math.max(1, this.#calls.length), 1);
        return this.#end(call);
      }
      case 'text': {
        const ref = `out-${this.#names++}`;
        const text = { textRef: ref, user: step.user as MatrixUserId, target: '+4915111111111' };
        const hold = await this.#charging.hold([{ ...text, routes: [{ transport: 't', segments: step.segments }] }]);
        if (hold.kind === 'held') this.#texts.push({ ref, user: step.user, parts: 0 });
        return;
      }
      case 'text-accepted': {
        const text = this.#texts[step.which % Math.max(1, this.#texts.length)];
        if (text === undefined) return;
        text.parts += 1;
        const part = { index: text.parts, transport: 't', segments: 1 };
        return this.#charging.accepted({ textRef: text.ref, target: '+4915111111111' }, part);
      }
      case 'text-failed':
      case 'text-sent': {
        const [text] = this.#texts.splice(step.which % Math.max(1, this.#texts.length), 1);
        if (text) await this.#charging.ended(text.ref, step.does === 'text-failed');
        return;
      }
      case 'pass':
        await this.house.pass(step.seconds, 5_000);
        for (const call of this.#mustEnd.splice(0)) {
          const index = this.#calls.indexOf(call);
          if (index >= 0) await this.#end(this.#calls.splice(index, 1)[0]);
        }
        return;
      case 'crash':
        this.house.restart();
        this.#charging = this.#openCharging(this.#watched);
        // What every start does: calls of the process that died end with the last known time.
        for (const call of this.#calls.splice(0)) await this.#end(call);
        return;
      default:
        return step satisfies never;
    }
  }

  async finish(): Promise<void> {
    for (const call of this.#calls.splice(0)) await this.#end(call);
    for (const text of this.#texts.splice(0)) await this.#charging.ended(text.ref, false);
  }

  readonly #mustEnd: MadeCall[] = [];

  async #end(call: MadeCall | undefined): Promise<void> {
    if (call === undefined) return;
    const { ref, user: who, tariff: each, answeredAt } = call;
    const talkMs = answeredAt === undefined ? undefined : this.house.clock.now() - answeredAt;
    const { price } = await this.house.end(ref, who, answeredAt === undefined ? undefined : each, talkMs);
    this.price += price;
  }

  #openCharging(book: Ledger): TextCharging {
    return createTextCharging({
      book,
      prices: { text: () => ({ kind: 'price', price: micros(9), currency: EUR, rate: 'r' }) },
      now: () => this.house.clock.now(),
      logger: silent,
    });
  }

  async balances(): Promise<Readonly<Record<string, Micros>>> {
    const accounts = ['house:revenue', 'house:payments', 'house:adjustments'] as const;
    const entries = await Promise.all(accounts.map(async (each) => [each, await this.#ledger.balance(each)] as const));
    for (const { user: who, balance, held } of await this.#ledger.users()) {
      entries.push([`user:${who}`, balance] as never, [`held:${who}`, held] as never);
    }
    return Object.fromEntries(entries);
  }
}

describeOnEach('whatever happens', (database) => {
  it('all accounts together are 0, nobody passes their limit, nothing counts twice, and nothing stays held', async () => {
    await fc.assert(
      fc.asyncProperty(courses, async (course) => {
        const store = await database.open();
        const ledger = ledgerOf(store);
        await ledger.setTerms('@postpaid:hs', postpaid(300));
        await ledger.setTerms('@free:hs', free);
        const world = new World(ledger);
        for (const together of course) {
          await Promise.all(together.map((step) => world.run(step)));
          await world.house.settle();
          const balances = await world.balances();
          expect(Object.values(balances).reduce<number>((total, each) => total + each, 0)).toBe(0);
          for (const [account, balance] of Object.entries(balances)) {
            const who = userOf(account as never) as User | undefined;
            if (who) expect(balance).toBeGreaterThanOrEqual(FLOORS[who]);
            if (account.startsWith('held:')) expect(balance).toBeGreaterThanOrEqual(0);
          }
        }
        await world.finish();
        const balances = await world.balances();
        for (const each of USERS) expect(balances[`held:${each}`] ?? 0).toBe(0);
        expect(await ledger.open()).toEqual([]);
        expect(balances['user:@free:hs'] ?? 0).toBeGreaterThanOrEqual(0);
        const earned = await ledger.statement('house:revenue', 10_000);
        const ofCalls = earned.filter(({ reason }) => reason === 'call-charge');
        expect(ofCalls.reduce((total, { amount }) => total + amount, 0)).toBe(world.price);
        // Every post once more, and by another process.
        const other = ledgerOf(store);
        for (const transfers of world.posted) {
          expect(await other.post(transfers, 9_000_000_000)).toEqual({ kind: 'posted', fresh: 0 });
        }
        expect(await world.balances()).toEqual(balances);
        expect(await ledger.verify()).toEqual([]);
        await store.close();
      }),
      { numRuns: database.runs(60) },
    );
  }, 90_000);

  it('two nodes cannot spend the same money', async () => {
    const options = await database.make();
    const stores = [await openStore(options)];
    // Two on one file would wait for one another in one process.
    if (options.url !== undefined) stores.push(await openStore(options));
    const books = stores.map((store) => ledgerOf(store));
    const [book] = books;
    if (book === undefined) throw new Error('no ledger');
    await topUp(book, '@prepaid:hs', 25);
    const hold = {
      from: 'user:@prepaid:hs',
      to: 'held:@prepaid:hs',
      amount: micros(2),
      reason: 'text-hold',
    } as const;
    const postings = await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const transfer: Transfer = { ...hold, key: `k${index}`, about: `out-${index}` };
        return (books[index % books.length] ?? book).post([transfer], 1);
      }),
    );
    expect(postings.filter(({ kind }) => kind === 'posted').length).toBe(12);
    expect(await book.balance('user:@prepaid:hs')).toBe(1);
    expect(await book.verify()).toEqual([]);
    for (const store of stores) await store.close();
  });
});
