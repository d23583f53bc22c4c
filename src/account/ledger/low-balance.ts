/** Tells users whose credit sinks below a threshold: once, until it is above it again. */
import type { Logger } from 'pino';
import { Lru } from '../../lru.ts';
import { formatAmount, type Micros, sum } from '../../money.ts';
import { spendable } from './available.ts';
import type { LedgerBook } from './ports.ts';

export interface LowBalanceParts {
  readonly book: Pick<LedgerBook, 'balance' | 'terms' | 'currency'>;
  readonly threshold: Micros;
  readonly tell: (user: string, words: string) => Promise<void>;
  readonly logger: Logger;
}

export interface LowBalance {
  /** The user's credit sank by so much just now. Never rejects. */
  spent(user: string, amount: Micros): Promise<void>;
}

/** Others are told by what was spent last. */
const MOST_KNOWN = 10_000;

export function lowBalanceWords(left: string): string {
  return `Your credit is low: ${left} is left. When it is used up, calls end and texts are not sent.`;
}

/**
 * What is set aside for calls counts as there: it may come back. After a restart it is known from what was spent whether the user was
 * above the threshold before.
 */
export function createLowBalance({ book, threshold, tell, logger }: LowBalanceParts): LowBalance {
  const last = new Lru<string, Micros>(MOST_KNOWN);

  async function look(user: string, amount: Micros): Promise<void> {
    const credit = await spendable(book, user);
    if (credit.kind === 'free') return;
    const left = sum(credit.available, await book.balance(`held:${user}`));
    const before = Math.max(last.get(user) ?? Number.NEGATIVE_INFINITY, sum(left, amount));
    last.set(user, left);
    if (left >= threshold || before < threshold) return;
    const words = lowBalanceWords(formatAmount(left, book.currency));
    logger.info({ user }, 'The credit of this user is low');
    await tell(user, words);
  }

  return {
    async spent(user, amount) {
      try {
        await look(user, amount);
      } catch (error) {
        logger.warn({ err: error, user }, 'A user could not be told that their credit is low');
      }
    },
  };
}
