/** Tells senders who asked for it that their text was shown (RFC 5438), and read. */
import type { EventId, RoomId } from '../../matrix/index.ts';
import type { Arrival, Fragment } from '../ports.ts';
import type { InboundParts } from './parts.ts';

const MOST_REMEMBERED = 5_000;

export class Notifying {
  readonly #parts: Pick<InboundParts, 'transports' | 'books' | 'logger'>;
  /** Each part of a joined text has its own sender's request. */
  readonly #keys = new Map<string, readonly string[]>();

  constructor(parts: Pick<InboundParts, 'transports' | 'books' | 'logger'>) {
    this.#parts = parts;
  }

  joined({ textRef }: Arrival, parts: readonly Fragment[]): void {
    this.#keys.set(
      textRef,
      parts.map(({ key }) => key),
    );
    const [oldest] = this.#keys.keys();
    if (this.#keys.size > MOST_REMEMBERED && oldest !== undefined) this.#keys.delete(oldest);
  }

  posted({ textRef, transport, key }: Pick<Arrival, 'textRef' | 'transport' | 'key'>): void {
    for (const one of this.#keys.get(textRef) ?? [key]) this.#notify({ transport, key: one }, 'delivered');
    this.#keys.delete(textRef);
  }

  /** A user has read as far as this event. */
  async read(roomId: RoomId, eventId: EventId): Promise<void> {
    const text = await this.#parts.books.arrivals.byEvent(roomId, eventId);
    if (text !== undefined) this.#notify(text, 'displayed');
  }

  /** Nobody waits for it: a transport looks itself whether the sender wants to know. */
  #notify(text: Pick<Arrival, 'transport' | 'key'>, state: 'delivered' | 'displayed'): void {
    const transport = this.#parts.transports.find(({ name }) => name === text.transport);
    transport?.notify(text, state).catch((error: unknown) => {
      this.#parts.logger.warn({ err: error, transport: text.transport }, `A sender could not be told: ${state}`);
    });
  }
}
