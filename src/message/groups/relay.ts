/**
 * A telephone's text for the other telephones of its room, by the room's choice. Not to numbers of our own, and so many a minute:
 * two rooms that pass texts on to one another would never end.
 */
import type { EventId, MatrixUserId, RoomId, TextRoom } from '../../matrix/index.ts';
import { cleanName } from '../content/index.ts';
import { canBeAnswered } from '../inbound/sender.ts';
import type { MessageParts, OutboundDesk } from '../parts.ts';
import type { Arrival, DecideInboundText } from '../ports.ts';
import { say } from '../sentences.ts';

export interface GroupRelayParts extends Pick<MessageParts, 'rooms' | 'signalling' | 'clock' | 'logger'> {
  readonly policy: { readonly relay: boolean; readonly relayedPerMinute: number };
  /** The room's own choice; undefined: it made none. */
  readonly relays?: (roomId: RoomId) => boolean | undefined | Promise<boolean | undefined>;
  readonly decide: DecideInboundText;
  readonly desk: Pick<OutboundDesk, 'relay'>;
}

export interface ToRelay {
  readonly text: Pick<Arrival, 'textRef' | 'transport' | 'sender' | 'withheld' | 'text'>;
  readonly roomId: RoomId;
  readonly ghost: MatrixUserId;
  readonly eventId: EventId;
  /** Who wrote to the telephone last, if anybody did. */
  readonly user?: MatrixUserId;
  /** The writer as the room knows it. */
  readonly who: string;
}

const MINUTE_MS = 60_000;
const MOST_REMEMBERED = 1_000;

export class GroupRelay {
  readonly #parts: GroupRelayParts;
  readonly #minutes = new Map<RoomId, { readonly start: number; count: number }>();

  constructor(parts: GroupRelayParts) {
    this.#parts = parts;
  }

  /** Settles when it is on the disk for each of the others, or will not be sent. */
  async relay({ text, roomId, ghost, eventId, user, who }: ToRelay): Promise<void> {
    const { rooms, desk, logger } = this.#parts;
    if (!canBeAnswered(text)) return;
    const room = await rooms.look(roomId);
    const others = room?.ghosts.filter((other) => other.ghost !== ghost) ?? [];
    if (room === undefined || others.length === 0 || !(await this.#isWanted(roomId))) return;
    const { textRef, transport } = text;
    const to = others.filter(({ dialled }) => !this.#isOurs(transport, dialled));
    const by = writerFor(room, user);
    if (to.length === 0 || by === undefined) return;
    if (this.#isOurs(transport, text.sender)) {
      logger.info({ textRef, roomId }, 'A text of a number of our own is not passed on: it could come back');
      return;
    }
    if (!this.#mayPass(roomId, eventId)) return this.#tellPaused(roomId, ghost);
    await desk.relay({ eventId, roomId, user: by, to, text: `${cleanName(who)}: ${text.text}` });
  }

  async #tellPaused(roomId: RoomId, as: MatrixUserId): Promise<void> {
    const { signalling, logger } = this.#parts;
    const key = `relay-paused|${roomId}|${this.#minutes.get(roomId)?.start}`;
    try {
      await signalling.notice({ key, roomId, as, text: say({ key: 'relay-paused' }) });
    } catch (error) {
      logger.warn({ roomId, err: error }, 'It cannot be said that texts are not passed on');
    }
  }

  async #isWanted(roomId: RoomId): Promise<boolean> {
    return (await this.#parts.relays?.(roomId)) ?? this.#parts.policy.relay;
  }

  #isOurs(transport: string, number: string): boolean {
    return this.#parts.decide({ transport, called: number, sender: '' }).kind !== 'nobody';
  }

  #mayPass(roomId: RoomId, eventId: EventId): boolean {
    const now = this.#parts.clock.now();
    const minute = this.#minutes.get(roomId);
    if (minute === undefined || now - minute.start >= MINUTE_MS) {
      if (this.#minutes.size >= MOST_REMEMBERED) {
        for (const [room, { start }] of this.#minutes) if (now - start >= MINUTE_MS) this.#minutes.delete(room);
      }
      this.#minutes.set(roomId, { start: now, count: 1 });
      return true;
    }
    minute.count += 1;
    if (minute.count <= this.#parts.policy.relayedPerMinute) return true;
    this.#parts.logger.warn({ roomId, eventId }, 'Too many texts to pass on in a room');
    return false;
  }
}

/** In whose name it goes out: who wrote last, if they are there still, else anybody who is. */
function writerFor({ users }: TextRoom, last: MatrixUserId | undefined): MatrixUserId | undefined {
  return last !== undefined && users.includes(last) ? last : users[0];
}
