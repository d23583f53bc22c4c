/** What networks say of texts that they accepted. */
import type { Clock } from '../ports.ts';
import type { Receipt, TextFailure } from '../transport.ts';
import type { OutboundParts } from './parts.ts';
import type { Runner } from './runner.ts';

/** A receipt may overtake the answer to its text; of one that is nobody's no more is heard. */
const EARLY_MS = 60_000;
const MOST_EARLY = 10_000;

export class Receipts {
  readonly #parts: Pick<OutboundParts, 'books' | 'logger'> & { readonly clock: Clock; readonly runner: Runner };
  readonly #early = new Map<string, Receipt[]>();

  constructor(parts: Pick<OutboundParts, 'books' | 'logger'> & { readonly clock: Clock; readonly runner: Runner }) {
    this.#parts = parts;
  }

  /** Settles when it is on the disk. */
  async take(receipt: Receipt): Promise<void> {
    const { transport, messageId, state } = receipt;
    const found = await this.#parts.books.deliveries.receipted(transport, messageId, state);
    if (found === undefined) {
      this.#keep(receipt);
      return;
    }
    const { delivery, outstanding } = found;
    if (state !== 'failed') {
      if (outstanding === 0) await this.#parts.runner.tell(delivery, { type: 'receipt', state });
      return;
    }
    const failure: TextFailure = receipt.failure ?? lost;
    this.#parts.logger.info({ textRef: delivery.textRef, transport }, `The network lost a text: ${failure.said}`);
    await this.#parts.runner.tell(delivery, { type: 'receipt', state, failure });
  }

  /** A part was accepted under this ID: what came for it before is taken now. */
  accepted(transport: string, messageId: string): void {
    const key = keyOf({ transport, messageId });
    const early = this.#early.get(key);
    if (early === undefined) return;
    this.#early.delete(key);
    for (const receipt of early) {
      this.take(receipt).catch((error: unknown) => {
        this.#parts.logger.error({ err: error, transport }, 'A receipt could not be stored');
      });
    }
  }

  #keep(receipt: Receipt): void {
    const { transport, messageId } = receipt;
    if (this.#early.size >= MOST_EARLY) {
      this.#parts.logger.debug({ transport, messageId }, 'a receipt for no text of ours');
      return;
    }
    const key = keyOf(receipt);
    const kept = this.#early.get(key);
    if (kept) {
      if (kept.length < 3) kept.push(receipt);
      return;
    }
    this.#early.set(key, [receipt]);
    this.#parts.clock.after(EARLY_MS, () => this.#early.delete(key));
  }
}

function keyOf({ transport, messageId }: Pick<Receipt, 'transport' | 'messageId'>): string {
  return `${transport}|${messageId}`;
}

const lost: TextFailure = {
  kind: 'refused',
  isTemporary: false,
  isTrunkFault: false,
  said: 'not delivered',
  mayHaveArrived: false,
};
