/** Texts from the telephone network: taken, put together, and posted to whom they are for. */

import { KeyedQueue } from '../../keyed-queue.ts';
import type { EventId, MatrixUserId, RoomId } from '../../matrix/index.ts';
import { OptOut } from '../consent/opt-out.ts';
import { GroupRelay } from '../groups/index.ts';
import type { InboundCounts, InboundSide, OutboundDesk } from '../parts.ts';
import type { ArrivedText, Taken } from '../transport.ts';
import { Fragments } from './fragments.ts';
import { Notifying } from './notifying.ts';
import type { InboundParts } from './parts.ts';
import { Poster } from './poster.ts';
import { Taking } from './taking.ts';

export type { InboundOptions, InboundParts } from './parts.ts';
export { defaultInboundPolicy, type InboundPolicy } from './policy.ts';

export function createInboundTexts(parts: InboundParts, desk: OutboundDesk): InboundSide {
  return new Inbound(parts, desk);
}

class Inbound implements InboundSide {
  readonly #parts: InboundParts;
  readonly #notifying: Notifying;
  readonly #poster: Poster;
  readonly #fragments: Fragments;
  readonly #taking: Taking;

  constructor(parts: InboundParts, desk: OutboundDesk) {
    this.#parts = parts;
    const optOut = new OptOut({ ...parts, desk });
    const order = new KeyedQueue();
    this.#notifying = new Notifying(parts);
    this.#poster = new Poster({
      ...parts,
      optOut,
      relay: new GroupRelay({ ...parts, desk }),
      onPosted: (arrival) => this.#notifying.posted(arrival),
    });
    this.#fragments = new Fragments({
      ...parts,
      order,
      onJoined: (text, parts) => {
        this.#notifying.joined(text, parts);
        this.#poster.added();
      },
    });
    this.#taking = new Taking({
      ...parts,
      order,
      fragments: this.#fragments,
      optOut,
      onTaken: () => this.#poster.added(),
    });
  }

  arrived(text: ArrivedText): Promise<Taken> {
    return this.#taking.arrived(text);
  }

  onJoined(roomId: RoomId): Promise<void> {
    return this.#poster.joined(roomId);
  }

  onDeclined(roomId: RoomId, user: MatrixUserId): Promise<void> {
    return this.#poster.declined(roomId, user);
  }

  onRead(roomId: RoomId, eventId: EventId): Promise<void> {
    return this.#notifying.read(roomId, eventId);
  }

  async recover(): Promise<void> {
    await this.#fragments.recover();
    this.#poster.start();
  }

  counts(): Promise<InboundCounts> {
    return this.#parts.books.arrivals.counts();
  }

  async close(graceMs: number): Promise<void> {
    await this.#taking.close();
    this.#fragments.close();
    await this.#poster.stop(graceMs);
  }
}
