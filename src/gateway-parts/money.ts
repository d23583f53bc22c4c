/** Money: the ledger, prices, credit, limits and the books of calls, put together. */
import type { Logger } from 'pino';
import type { Config } from '../../config/index.ts';
import { Accounting } from '../account/accounting/index.ts';
import { type CreditService, createCreditService, createLowBalance, createTextCharging } from '../account/index.ts';
import { createFraudLimits, type FraudLimits } from '../account/limits/index.ts';
import { createRating, type Rating } from '../account/rating/index.ts';
import { createActivityBook, forgetRecords, type RecordBook, type StoredRecord } from '../account/records/index.ts';
import type { Clock } from '../call/index.ts';
import type { Accounts } from '../gateway-settings/index.ts';
import { creditSettings, fraudRules, ledgerSettings, lowBalanceOf, ratingRules } from '../gateway-settings/index.ts';
import type { Started } from '../lifecycle.ts';
import type { TextCharging } from '../message/index.ts';
import type { Micros } from '../money.ts';
import { repeatedly } from '../repeatedly.ts';
import type { Ledger, Store } from '../store/index.ts';

export interface MoneyParts {
  readonly config: Config;
  readonly store: Store;
  readonly accounts: Accounts;
  /** Beginnings of numbers that are known for fraud. */
  readonly revenueShare: readonly string[];
  /** Into the administrators' room: once for each `about`. */
  readonly tell: (about: string, words: string) => Promise<void>;
  /** Of their credit, in words; `key`: told once. */
  readonly tellUser: (user: string, words: string, key: string) => Promise<void>;
  /** Told of each record that is closed. */
  readonly onClosed: (record: StoredRecord) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly started: Started;
}

export interface Money {
  readonly ledger: Ledger;
  readonly credit: CreditService;
  readonly records: RecordBook;
  readonly rating: Rating;
  readonly limits: FraudLimits;
  readonly accounting: Accounting;
  readonly charging: TextCharging;
  /** How many things are wrong with the ledger, as far as it was looked at. */
  readonly faults: () => number;
}

const LOOK_EVERY_MS = 1_000;

/** Settles when decks and limits are read, and calls of an earlier process are closed in the books. */
export async function startMoney(parts: MoneyParts): Promise<Money> {
  const { config, store, accounts, tell, onClosed, clock, logger, started } = parts;
  const now = () => clock.now();
  const ledger = store.ledger(ledgerSettings(config, accounts.isMember));
  const records = store.records(ledger);
  const rating = await createRating({ rules: ratingRules(config), book: store.rates, now, logger });
  for (const deck of rating.missing()) {
    logger.warn(
      { deck },
      `The deck ${deck} was never imported: trunkline rates import ${deck} FILE. Nothing leaves by its trunks`,
    );
  }
  const limits = await createFraudLimits({
    rules: fraudRules(config, accounts.isMember, parts.revenueShare),
    currency: ledger.currency,
    trips: store.trips,
    activity: createActivityBook(records),
    numbersOf: accounts.numbersOf,
    tell,
    logger,
  });
  const onSpent = lowBalance(parts, ledger);
  const credit = createCreditService({ book: ledger, clock, logger, settings: creditSettings(config), ...onSpent });
  started.add('credit of calls', () => credit.close());
  const accounting = new Accounting({ records, credit, limits, clock, logger, onClosed });
  started.add('books of calls', () => accounting.stop());
  await accounting.recover();
  started.add('old records', forgetRecords({ records, keepDays: config.records.keep_days, clock, logger }));
  const faults = verify(ledger, logger, started);
  started.add('watch of prices and limits', watch(clock, logger, [() => rating.refresh(), () => limits.refresh()]));
  const charging = createTextCharging({ book: ledger, prices: rating, now, logger, ...onSpent });
  return { ledger, credit, records, rating, limits, accounting, charging, faults };
}

/** Beside all else: of a long ledger it takes a while, and calls need not wait for it. */
function verify(ledger: Ledger, logger: Logger, started: Started): () => number {
  let found = 0;
  let isStopping = false;
  started.add('check of the ledger', () => {
    isStopping = true;
  });
  const check = async () => {
    for (const { words, ...where } of await ledger.verify()) {
      found += 1;
      logger.error(where, `The ledger does not add up: ${words}`);
    }
  };
  check().catch((error: unknown) => {
    if (!isStopping) logger.error({ err: error }, 'The ledger could not be checked');
  });
  return () => found;
}

/** Users are told when their credit is low, where a threshold is set. */
function lowBalance(
  { config, tellUser, clock, logger }: MoneyParts,
  book: Ledger,
): { readonly onSpent?: (user: string, amount: Micros) => void } {
  const threshold = lowBalanceOf(config);
  if (threshold === undefined) return {};
  const tell = (user: string, words: string) => tellUser(user, words, `low-balance|${user}|${Math.floor(clock.now())}`);
  const low = createLowBalance({ book, threshold, tell, logger });
  return { onSpent: (user, amount) => void low.spent(user, amount) };
}

/** Looks each second what other processes changed. @returns what stops it */
function watch(clock: Clock, logger: Logger, looks: readonly (() => Promise<void>)[]): () => void {
  return repeatedly({
    after: (delayMs, task) => clock.after(delayMs, task),
    everyMs: LOOK_EVERY_MS,
    async task() {
      for (const each of looks) await each();
    },
    onTrouble: (error) => logger.warn({ err: error }, 'Prices and limits cannot be read; what was known counts'),
  });
}
