/** Charges for texts, over the ledger: held before they are taken, charged by the segment when accepted, given back when they fail. */
import type { Logger } from 'pino';
import type { ChargeableText, TextCharging, TextHold } from '../../message/index.ts';
import { formatAmount, type Micros, micros, NOTHING, sum } from '../../money.ts';
import type { Prices } from '../rating/ports.ts';
import { type MoneyAbout, moneyAbout, moving } from './about.ts';
import { spendable } from './available.ts';
import { holderOf, type LedgerBook, type PostedTransfer, type Posting, type Transfer } from './ports.ts';

export interface TextChargingParts {
  readonly book: LedgerBook;
  readonly prices: Pick<Prices, 'text'>;
  /** ms since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
  /** The user's credit sank by so much, or what was held came back: `amount` 0. */
  readonly onSpent?: (user: string, amount: Micros) => void;
}

/** So long a text may be on its way from the hold into the store. */
const TAKING_MS = 600_000;

export function createTextCharging(parts: TextChargingParts): TextCharging {
  return new LedgerTextCharging(parts);
}

interface Known extends MoneyAbout {
  readonly user?: string;
  readonly transfers: readonly PostedTransfer[];
  /** Which hold this is: a text for which all was given back can be held for again. */
  readonly round: number;
}

class LedgerTextCharging implements TextCharging {
  readonly #parts: TextChargingParts;

  constructor(parts: TextChargingParts) {
    this.#parts = parts;
  }

  async hold(texts: readonly ChargeableText[]): Promise<TextHold> {
    const transfers: Transfer[] = [];
    for (const text of texts) {
      const transfer = await this.#holdOf(text);
      if (transfer !== undefined) transfers.push(transfer);
    }
    const [first] = transfers;
    if (first === undefined) return { kind: 'held', fresh: [] };
    const { book, now } = this.#parts;
    const posting = await book.post(transfers, now());
    if (posting.kind === 'posted') return { kind: 'held', fresh: transfers.map(({ about }) => about ?? '') };
    return {
      kind: 'refused',
      price: formatAmount(sum(...transfers.map(({ amount }) => amount)), book.currency),
      left: formatAmount(micros(Math.max(0, posting.available)), book.currency),
    };
  }

  accepted(
    { textRef, target }: Parameters<TextCharging['accepted']>[0],
    { index, transport, segments }: Parameters<TextCharging['accepted']>[1],
  ): Promise<void> {
    return this.#settle(textRef, (known) => {
      const { user, round, held, transfers } = known;
      const key = `text:${textRef}:${round}:part:${index}`;
      if (user === undefined || transfers.some((each) => each.key === key)) return [];
      // The price of the moment, but never more than the user was asked for.
      const amount = micros(Math.min(held, this.#price(transport, target, segments)));
      return [{ key, from: `held:${user}`, to: 'house:revenue', amount, reason: 'text-charge', about: textRef }];
    });
  }

  ended(textRef: string, refund: boolean): Promise<void> {
    return this.#settle(textRef, ({ user, round, held, charged }) => {
      if (user === undefined) return [];
      const to = `user:${user}` as const;
      const key = `text:${textRef}:${round}`;
      const about = textRef;
      const released: Transfer = {
        key: `${key}:release`,
        from: `held:${user}`,
        to,
        amount: held,
        reason: 'text-release',
        about,
      };
      const given: Transfer = {
        key: `${key}:refund`,
        from: 'house:revenue',
        to,
        amount: charged,
        reason: 'text-refund',
        about,
      };
      return refund ? [released, given] : [released];
    });
  }

  async tidy(): Promise<void> {
    const { book, now, logger } = this.#parts;
    const loose = await book.looseTexts(now() - TAKING_MS);
    for (const { textRef, refund } of loose) await this.ended(textRef, refund);
    if (loose.length > 0) logger.info({ texts: loose.length }, 'What was held for texts that are over was given back');
  }

  /** Undefined: it costs nothing, or it is held. */
  async #holdOf({ textRef, user, target, routes }: ChargeableText): Promise<Transfer | undefined> {
    const { book } = this.#parts;
    const prices = routes.map(({ transport, segments }) => this.#price(transport, target, segments));
    const amount = micros(Math.max(0, ...prices));
    if (amount === 0) return undefined;
    if ((await spendable(book, user)).kind === 'free') return undefined;
    const { held, charged, round } = await this.#about(textRef);
    // A repeat, or a text that left already.
    if (held > 0 || charged > 0) return undefined;
    return {
      key: `text:${textRef}:${round + 1}:hold`,
      from: `user:${user}`,
      to: `held:${user}`,
      amount,
      reason: 'text-hold',
      about: textRef,
    };
  }

  #price(transport: string, target: string, segments: number): Micros {
    const { prices, now } = this.#parts;
    const price = prices.text(transport, target, now());
    // Without a rate it is not taken in the first place; where the rate went meanwhile, nobody knows a price.
    return price.kind === 'price' ? micros(BigInt(price.price) * BigInt(segments)) : NOTHING;
  }

  async #about(textRef: string): Promise<Known> {
    const transfers = await this.#parts.book.about(textRef);
    const holds = transfers.filter(({ reason }) => reason === 'text-hold');
    const user = holds.map(({ to }) => holderOf(to)).find((each) => each !== undefined);
    return { ...moneyAbout(transfers), transfers, round: holds.length, ...(user === undefined ? {} : { user }) };
  }

  /** Posts what follows from what is known; once more when somebody else was quicker. */
  async #settle(textRef: string, follows: (known: Known) => readonly Transfer[]): Promise<void> {
    const { book, now, onSpent } = this.#parts;
    let posting: Posting | undefined;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const known = await this.#about(textRef);
      const transfers = moving(...follows(known));
      if (transfers.length === 0) return;
      posting = await book.post(transfers, now());
      if (posting.kind === 'short') continue;
      const spent = transfers.flatMap(({ to, amount }) => (to === 'house:revenue' ? [amount] : []));
      if (known.user !== undefined && posting.fresh > 0) onSpent?.(known.user, sum(...spent));
      return;
    }
    throw new Error(`The money for ${textRef} could not be settled: ${JSON.stringify(posting)}`);
  }
}

const MOST_TRIES = 3;
