/** Says in the room what becomes of a text. */
import type { SendStatus } from '../../matrix/index.ts';
import type { Delivery, StoredDelivery } from '../ports.ts';
import { type Sentence, type SentenceParameters, say } from '../sentences.ts';
import { NOWHERE, type OutboundParts } from './parts.ts';

export class Teller {
  readonly #parts: Pick<OutboundParts, 'signalling' | 'displayNumber' | 'logger'>;

  constructor(parts: Pick<OutboundParts, 'signalling' | 'displayNumber' | 'logger'>) {
    this.#parts = parts;
  }

  /** The words that are kept with a failed text. */
  failureWords(delivery: Pick<Delivery, 'target'>, sentence: Sentence): string {
    return say(sentence, this.#common(delivery));
  }

  /** Settles when it is said or cannot be; never rejects. */
  got(delivery: Delivery, state: 'sent' | 'delivered' | 'displayed'): Promise<void> {
    return this.#status(delivery, state, { state });
  }

  waiting(delivery: Delivery, why: Sentence): Promise<void> {
    const params = { why: this.failureWords(delivery, why), until: timeOf(delivery.expiresAt) };
    // Once for each reason: a text that is tried ten times does not say so ten times.
    return this.#status(delivery, `waiting-${why.key}`, {
      state: 'waiting',
      words: say({ key: 'will-be-tried', params }),
    });
  }

  failed(delivery: Delivery, why: Sentence): Promise<void> {
    const params = { why: this.failureWords(delivery, why) };
    return this.#status(delivery, 'failed', {
      state: 'failed',
      words: say({ key: 'can-be-sent-again', params }),
      canBeSentAgain: true,
    });
  }

  tooLate(delivery: StoredDelivery): Promise<void> {
    const { roomId, ghost, eventId } = delivery;
    if (roomId === NOWHERE) return Promise.resolve();
    const text = say({ key: 'taken-back-too-late' });
    // One for the event, however many telephones got it.
    const notice = { key: `too-late|${eventId}`, roomId, as: ghost, text };
    return this.#parts.signalling.notice(notice).catch((error: unknown) => this.#failure(delivery, error));
  }

  async #status(delivery: Delivery, what: string, status: SendStatus): Promise<void> {
    const { textRef, roomId, ghost, eventId } = delivery;
    if (roomId === NOWHERE) return;
    try {
      await this.#parts.signalling.status({ key: `${textRef}|${what}`, roomId, ghost, eventId, status });
    } catch (error) {
      this.#failure(delivery, error);
    }
  }

  #common({ target }: Pick<Delivery, 'target'>): SentenceParameters {
    return { who: this.#parts.displayNumber(target) };
  }

  #failure({ textRef }: Delivery, error: unknown): void {
    this.#parts.logger.warn({ textRef, err: error }, 'What became of a text could not be shown in its room');
  }
}

/** `2026-11-21 15:04 UTC`: users are in any zone. */
export function timeOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
