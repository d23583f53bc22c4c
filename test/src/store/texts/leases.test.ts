import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import type { MatrixUserId } from '../../../../src/matrix/index.ts';
import type { LeaseBook, Lent } from '../../../../src/message/index.ts';
import { type DatabaseOptions, openStore, type Store } from '../../../../src/store/index.ts';
import { Leases } from '../../../../src/store/texts/leases.ts';
import { describeOnEach } from '../databases.ts';
import type { LeaseAsk, LeaseQuestion } from './lease-worker.ts';
import { user, WatchedDatabase } from './samples.ts';

const TELEPHONE = '+441632960001';
const pool = { name: 'main', numbers: ['+441632960901', '+441632960902'], restMs: 1_000 };

type LeaseAnswers = Pick<LeaseBook, 'lend' | 'holder'>;

class LeaseThread implements LeaseAnswers {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #asked = 0;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', ({ id, value, error }: { id: number; value?: unknown; error?: string }) => {
      if (error === undefined) this.#waiting.get(id)?.resolve(value);
      else this.#waiting.get(id)?.reject(new Error(error));
      this.#waiting.delete(id);
    });
  }

  static async start(): Promise<LeaseThread> {
    const worker = new Worker(new URL('./lease-worker.ts', import.meta.url), { execArgv: [] });
    await once(worker, 'online');
    return new LeaseThread(worker);
  }

  async open(options: DatabaseOptions): Promise<void> {
    await this.#ask({ asks: 'open', options });
  }

  async lend(...of: Parameters<LeaseBook['lend']>): Promise<Lent> {
    return (await this.#ask({ asks: 'lend', of })) as Lent;
  }

  async holder(...of: Parameters<LeaseBook['holder']>): Promise<MatrixUserId | undefined> {
    return (await this.#ask({ asks: 'holder', of })) as MatrixUserId | undefined;
  }

  async stop(): Promise<void> {
    await this.#ask({ asks: 'close' });
    await this.#worker.terminate();
  }

  #ask(question: LeaseAsk): Promise<unknown> {
    const id = ++this.#asked;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answer);
    this.#worker.postMessage({ id, ...question } satisfies LeaseQuestion);
    return answer.promise;
  }
}

let store: Store;

const lend = (who: string, now: number, telephone = TELEPHONE) => store.leases.lend(pool, user(who), telephone, now);

describeOnEach('lending numbers', (database) => {
  beforeEach(async () => {
    store = await database.open();
  });

  it('gives a user the same number again, and a reply to it its user', async () => {
    const lent = await lend('ada', 0);
    if (lent.kind !== 'lent') throw new Error('nothing was lent');
    expect(lent.isNew).toBe(true);
    expect(await lend('ada', 5_000)).toEqual({ ...lent, isNew: false });
    expect(await store.leases.holder(lent.number, TELEPHONE)).toBe(user('ada'));
    expect(await store.leases.holder(lent.number, '+441632960002')).toBeUndefined();
  });

  it('gives two users two numbers for one telephone, and says when there is one for the third', async () => {
    const lent = [await lend('ada', 0), await lend('ben', 10)];
    expect(new Set(lent.map((one) => one.kind === 'lent' && one.number)).size).toBe(2);
    expect(await lend('cleo', 20)).toEqual({ kind: 'exhausted', freeAt: 1_000 });
    expect(await lend('cleo', 20, '+441632960002')).toMatchObject({ kind: 'lent' });
  });

  it('gives a number to the next when it has rested since its last use, a text from the telephone too', async () => {
    const ada = await lend('ada', 0);
    await lend('ben', 10);
    if (ada.kind !== 'lent') throw new Error('nothing was lent');
    await store.leases.used(ada.number, TELEPHONE, 500);
    expect(await lend('cleo', 1_005)).toEqual({ kind: 'exhausted', freeAt: 1_010 });
    expect(await lend('cleo', 1_500)).toMatchObject({ kind: 'lent', isNew: true });
    expect(await store.leases.holder(ada.number, TELEPHONE)).toBe(user('ada'));
  });

  it('is forgotten two years after its last use, or later where numbers rest longer', async () => {
    const day = 24 * 3_600_000;
    const other = await database.open({ keepTexts: { leasesDays: 800 } });
    for (const { leases } of [store, other])
      await leases.lend({ ...pool, restMs: 790 * day }, user('ada'), TELEPHONE, 0);
    for (const one of [store, other]) await one.prune(750 * day);
    expect(await store.leases.list()).toEqual([]);
    expect(await other.leases.list()).toHaveLength(1);
  });

  it('is not misled by a use that is told late', async () => {
    const ada = await lend('ada', 5_000);
    if (ada.kind !== 'lent') throw new Error('nothing was lent');
    await store.leases.used(ada.number, TELEPHONE, 10);
    await lend('ada', 20);
    expect(await store.leases.list()).toEqual([
      { number: ada.number, telephone: TELEPHONE, user: user('ada'), lastUsedAt: 5_000 },
    ]);
    await store.leases.used('+449', TELEPHONE, 9_000);
  });

  it('asks no more of the database than it needs', async () => {
    const watched = await WatchedDatabase.open();
    const leases = new Leases(watched.db, watched.batch);
    for (const who of ['ada', 'ben', 'ben']) await leases.lend(pool, user(who), TELEPHONE, 1);
    await leases.lend({ ...pool, restMs: 0 }, user('cleo'), TELEPHONE, 9);
    await leases.holder('+449', TELEPHONE);
    await leases.used('+449', TELEPHONE, 1);
    await leases.prune(1);
    expect(watched.costlyPlans()).toEqual([]);
    await watched.close();
  });
});

describeOnEach('lending numbers to many at once', (database) => {
  interface Ask {
    readonly who: string;
    readonly telephone: string;
    /** Since the asks before. */
    readonly afterMs: number;
    readonly store: 0 | 1;
  }
  /** Asks of one batch are made at once; batches follow one another. */
  const batches = fc.array(
    fc.array(
      fc.record<Ask>({
        who: fc.constantFrom('ada', 'ben', 'cleo', 'dan', 'eve'),
        telephone: fc.constantFrom('+441632960001', '+441632960002', '+441632960003'),
        afterMs: fc.constantFrom(0, 1, 400, 1_000),
        store: fc.constantFrom(0, 1),
      }),
      { minLength: 1, maxLength: 12 },
    ),
    { minLength: 1, maxLength: 8 },
  );

  it('never gives one number to two for one telephone, keeps users their number, and replies find exactly their user', async () => {
    const beside = await LeaseThread.start();
    await fc.assert(
      fc.asyncProperty(batches, async (course) => {
        const options = await database.make();
        const here = await openStore(options);
        await beside.open(options);
        const books: readonly LeaseAnswers[] = [here.leases, beside];
        const of = (ask: Ask) => books[ask.store] ?? here.leases;
        /** The model: who has which number for a telephone, and since when it has not been used. */
        const held = new Map<string, { who: string; number: string; telephone: string; lastUsedAt: number }>();
        let now = 10_000;
        for (const asks of course) {
          now += asks[0]?.afterMs ?? 0;
          const answers = await Promise.all(asks.map((ask) => of(ask).lend(pool, user(ask.who), ask.telephone, now)));
          const before = new Map(held);
          for (const [index, lent] of answers.entries()) {
            const ask = asks[index];
            if (ask === undefined) throw new Error('more answers than asks');
            checkAnswer(ask, lent, before, now);
            if (lent.kind === 'exhausted') continue;
            const key = `${lent.number} ${ask.telephone}`;
            const holder = held.get(key);
            // Within one batch nobody takes over what another of the batch was just given.
            if (holder !== undefined && holder.lastUsedAt === now) expect(holder.who).toBe(ask.who);
            held.set(key, { who: ask.who, number: lent.number, telephone: ask.telephone, lastUsedAt: now });
          }
          for (const one of held.values()) {
            for (const book of books) {
              expect(await book.holder(one.number, one.telephone)).toBe(user(one.who));
            }
          }
          expect(await here.leases.list()).toHaveLength(held.size);
        }
        await here.close();
      }),
      { numRuns: database.runs(40) },
    );
    await beside.stop();
  }, 60_000);

  function checkAnswer(
    ask: Ask,
    lent: Lent,
    before: ReadonlyMap<string, { who: string; number: string; telephone: string; lastUsedAt: number }>,
    now: number,
  ): void {
    const ofTelephone = [...before.values()].filter(({ telephone }) => telephone === ask.telephone);
    const own = ofTelephone.find(({ who }) => who === ask.who);
    const rested = (lastUsedAt: number) => lastUsedAt + pool.restMs <= now;
    if (lent.kind === 'exhausted') {
      expect(lent.freeAt).toBeGreaterThan(now);
      // Whoever has a number loses it only to another of the same batch, after its rest.
      if (own !== undefined) expect(rested(own.lastUsedAt)).toBe(true);
      return;
    }
    expect(pool.numbers).toContain(lent.number);
    if (own !== undefined && !rested(own.lastUsedAt)) expect(lent.number).toBe(own.number);
    const holder = before.get(`${lent.number} ${ask.telephone}`);
    if (holder !== undefined && holder.who !== ask.who) expect(rested(holder.lastUsedAt)).toBe(true);
  }
});
