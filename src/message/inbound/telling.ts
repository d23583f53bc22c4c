/** What users are told about texts that come, besides the texts. What cannot be said keeps no text from being shown. */
import { Lru } from '../../lru.ts';
import type { EventId, MatrixUserId, RoomId } from '../../matrix/index.ts';
import type { OptOut } from '../consent/opt-out.ts';
import type { WaitingArrival } from '../ports.ts';
import { say } from '../sentences.ts';
import type { InboundParts } from './parts.ts';
import type { Place } from './places.ts';
import { canBeAnswered } from './sender.ts';
import { whoItIs } from './who.ts';

const MOST_ROOMS = 10_000;

export interface TellingParts extends Pick<InboundParts, 'signalling' | 'books' | 'displayNumber' | 'logger'> {
  readonly optOut: OptOut;
}

/** None of its methods rejects. */
export class Telling {
  readonly #parts: TellingParts;
  /** Rooms that were told how texts are answered there. */
  readonly #told = new Lru<RoomId, true>(MOST_ROOMS);

  constructor(parts: TellingParts) {
    this.#parts = parts;
  }

  /** Once for each time that they decline: until they have read what is kept. */
  declined(arrival: WaitingArrival, user: MatrixUserId, roomId: RoomId): Promise<void> {
    return this.#say(arrival, async () => {
      const { books, signalling } = this.#parts;
      const who = await whoItIs(arrival, { user }, this.#parts);
      const [first = arrival] = await books.arrivals.held(roomId);
      const key = `declined|${roomId}|${first.textRef}`;
      await signalling.tell(user, say({ key: 'chat-declined', params: { who } }), key);
    });
  }

  /** Once in a whole room. */
  howToAnswer(arrival: WaitingArrival, { roomId, ghost: as }: Place): Promise<void> {
    if (this.#told.get(roomId) || !canBeAnswered(arrival)) return Promise.resolve();
    this.#told.set(roomId, true);
    return this.#say(arrival, () => {
      const key = `answer-by-reply|${roomId}`;
      return this.#parts.signalling.notice({ key, roomId, as, text: say({ key: 'answer-by-reply' }) });
    });
  }

  /** What STOP, START or HELP has done. */
  ordered(
    arrival: WaitingArrival,
    shown: { readonly roomId: RoomId; readonly ghost: MatrixUserId; readonly eventId: EventId; readonly who: string },
  ): Promise<void> {
    return this.#say(arrival, () => this.#parts.optOut.tell(arrival, shown));
  }

  /** That more wait than are shown at once: in the room where they are shown, if the user is there. */
  many(arrival: WaitingArrival, find: () => Promise<Place>): Promise<void> {
    return this.#say(arrival, async () => {
      const { roomId, ghost: as, presence } = await find();
      if (presence !== 'joined') return;
      const { target, textRef } = arrival;
      const of = { roomId, ...(target.kind === 'user' ? { user: target.user } : {}) };
      const who = await whoItIs(arrival, of, this.#parts);
      const text = say({ key: 'many-texts', params: { who } });
      await this.#parts.signalling.notice({ key: `many|${textRef}|${roomId}`, roomId, as, text });
    });
  }

  async #say({ textRef }: WaitingArrival, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.#parts.logger.warn({ textRef, err: error }, 'Something about a text cannot be said to its user');
    }
  }
}
