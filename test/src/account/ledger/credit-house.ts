/** Credit of calls on a real ledger, with time that tests turn. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CallSettlement, CreditService } from '../../../../src/account/ledger/credit.ts';
import { createCreditService } from '../../../../src/account/ledger/credit-service.ts';
import type { LedgerBook } from '../../../../src/account/ledger/ports.ts';
import type { CreditEvent, Tariff } from '../../../../src/call/index.ts';
import { FakeClock, silent } from '../../call/fakes.ts';
import { around } from '../../message/around.ts';

export const settings = { warnBeforeMs: 30_000, reserveS: 30 };

/** What a call heard of its credit, with the seconds since its answer. */
export type Heard = readonly [atS: number, event: CreditEvent];

export class CreditHouse {
  readonly clock = new FakeClock();
  readonly book: LedgerBook;
  readonly spent: (readonly [string, number])[] = [];
  /** Runs before a post, and may reject in its place. */
  beforePost: () => Promise<void> = async () => {};
  /** Runs after a post was committed. */
  afterPost: () => Promise<void> = async () => {};
  credit: CreditService;
  #asked = 0;

  constructor(book: LedgerBook) {
    this.book = book;
    this.credit = this.#open();
  }

  /** kill -9 and another start: what ran is not settled. */
  restart(): void {
    this.credit.close();
    this.credit = this.#open();
  }

  async begin(callRef: string, user: string, tariffs: readonly Tariff[]): Promise<'made' | 'free' | 'refused'> {
    const reserve = await this.credit.reserve({ callRef, user, tariffs });
    if (reserve.kind === 'free') return 'free';
    if (reserve.kind === 'too-low') return 'refused';
    const posting = await this.book.post(reserve.transfers, this.clock.now());
    return posting.kind === 'posted' ? 'made' : 'refused';
  }

  answered(callRef: string, user: string, tariff: Tariff | undefined): Heard[] {
    const heard: Heard[] = [];
    const at = this.clock.now();
    this.credit.answered({ callRef, user, at, ...(tariff === undefined ? {} : { tariff }) }, (event) =>
      heard.push([(this.clock.now() - at) / 1_000, event]),
    );
    return heard;
  }

  async end(callRef: string, user: string, tariff: Tariff | undefined, talkMs?: number): Promise<CallSettlement> {
    const settlement = await this.credit.settle({
      callRef,
      user,
      ...(tariff === undefined ? {} : { tariff }),
      ...(talkMs === undefined ? {} : { talkMs }),
    });
    await this.book.post(settlement.transfers, this.clock.now());
    this.credit.settled(user, settlement.price);
    return settlement;
  }

  /** So many seconds, in steps that leave the ledger time to answer. */
  async pass(seconds: number, stepMs = 500): Promise<void> {
    await this.settle();
    for (let left = seconds * 1_000; left > 0; left -= stepMs) {
      this.clock.advance(Math.min(stepMs, left));
      await this.settle();
    }
  }

  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 5; quiet += 1) {
      await nextTurn();
      if (this.#asked > 0) quiet = 0;
    }
  }

  #open(): CreditService {
    const counted = around(this.book, (call) => {
      const result = call();
      if (!(result instanceof Promise)) return result;
      this.#asked += 1;
      return result.finally(() => {
        this.#asked -= 1;
      });
    });
    const book: LedgerBook = Object.assign(Object.create(counted), {
      post: async (...given: Parameters<LedgerBook['post']>) => {
        await this.beforePost();
        const posting = await counted.post(...given);
        await this.afterPost();
        return posting;
      },
    });
    return createCreditService({
      book,
      clock: this.clock,
      logger: silent,
      settings,
      onSpent: (user, amount) => this.spent.push([user, amount]),
    });
  }
}
