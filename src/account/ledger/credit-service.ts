/** Credit of calls on a ledger: timers and posts around the meter of each call that was answered. */
import type { Logger } from 'pino';
import type { Clock, CreditEvent } from '../../call/index.ts';
import { type Micros, micros, minus, NOTHING } from '../../money.ts';
import { charge, priceOfSeconds } from '../rating/charge.ts';
import { moneyAbout, moving } from './about.ts';
import { spendable } from './available.ts';
import type { CallReserve, CallSettlement, CallToPay, CallToSettle, CreditService } from './credit.ts';
import type { MeterSettings } from './meter.ts';
import type { LedgerBook } from './ports.ts';
import { RunningCredit } from './running-credit.ts';

export interface CreditParts {
  readonly book: LedgerBook;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: MeterSettings;
  /** The user's credit sank by so much: for those who tell of low balances. */
  readonly onSpent?: (user: string, amount: Micros) => void;
}

export function createCreditService(parts: CreditParts): CreditService {
  return new LedgerCredit(parts);
}

class LedgerCredit implements CreditService {
  readonly #parts: CreditParts;
  readonly #running = new Map<string, RunningCredit>();
  #isClosed = false;

  constructor(parts: CreditParts) {
    this.#parts = parts;
  }

  get currency() {
    return this.#parts.book.currency;
  }

  async reserve({ callRef, user, tariffs }: CallToPay): Promise<CallReserve> {
    const amount = micros(Math.max(0, ...tariffs.map((tariff) => priceOfSeconds(tariff, tariff.firstS))));
    if (amount === 0) return { kind: 'free' };
    const credit = await spendable(this.#parts.book, user);
    if (credit.kind === 'free') return credit;
    if (credit.available < amount) return { kind: 'too-low', needed: amount, available: credit.available };
    return {
      kind: 'reserve',
      amount,
      transfers: [
        {
          key: `call:${callRef}:reserve`,
          from: `user:${user}`,
          to: `held:${user}`,
          amount,
          reason: 'call-reserve',
          about: callRef,
        },
      ],
    };
  }

  answered(
    { callRef, user, tariff, at }: Parameters<CreditService['answered']>[0],
    onCredit: (event: CreditEvent) => void,
  ): void {
    if (tariff === undefined || this.#isClosed || this.#running.has(callRef)) return;
    const running = new RunningCredit({ callRef, user, tariff, at }, onCredit, this.#parts);
    this.#running.set(callRef, running);
    running.start();
  }

  async settle({ callRef, user, tariff, talkMs }: CallToSettle): Promise<CallSettlement> {
    const running = this.#running.get(callRef);
    this.#running.delete(callRef);
    await running?.stop();
    const { held, charged, wasHeld } = moneyAbout(await this.#parts.book.about(callRef));
    if (!wasHeld || held <= 0) return { transfers: [], price: charged };
    const due = tariff === undefined ? NOTHING : charge(tariff, talkMs).amount;
    // A call whose credit ended is heard for some moments more, until the BYE is there.
    const price = micros(Math.min(due, held));
    const base = { from: `held:${user}`, about: callRef } as const;
    const transfers = moving(
      { ...base, key: `call:${callRef}:charge`, to: 'house:revenue', amount: price, reason: 'call-charge' },
      {
        ...base,
        key: `call:${callRef}:release`,
        to: `user:${user}`,
        amount: minus(held, price),
        reason: 'call-release',
      },
    );
    return { transfers, price };
  }

  settled(user: string, price: Micros): void {
    this.refresh(user);
    if (price > 0) this.#parts.onSpent?.(user, price);
  }

  refresh(user?: string): void {
    for (const running of this.#running.values()) if (user === undefined || running.user === user) running.refresh();
  }

  close(): void {
    this.#isClosed = true;
    for (const running of this.#running.values()) void running.stop();
    this.#running.clear();
  }
}
