/** The room in which a text is shown: where its telephone was last written to, else the chat with its ghost. */
import type { CallingParty, MatrixUserId, RingTarget, RoomId } from '../../matrix/index.ts';
import type { Conversation, WaitingArrival } from '../ports.ts';
import type { InboundParts } from './parts.ts';
import { canBeAnswered } from './sender.ts';
import { whomItMeans } from './whom.ts';

export interface Place {
  readonly roomId: RoomId;
  readonly ghost: MatrixUserId;
  readonly presence: 'joined' | 'invited' | 'declined';
  /** The conversation that it is in; undefined for the first text. */
  readonly conversation?: Conversation;
}

/** Older ones are not looked at. */
const MOST_CONVERSATIONS = 8;

type PlacesParts = Pick<InboundParts, 'rooms' | 'books' | 'decide' | 'partyOf'>;

export class Places {
  readonly #parts: PlacesParts;

  constructor(parts: PlacesParts) {
    this.#parts = parts;
  }

  /**
   * Rejects with CallRoomError, and with what the store rejects with.
   * @param but a room that refused it
   */
  async find(arrival: WaitingArrival, signal: AbortSignal, but?: RoomId): Promise<Place> {
    const { rooms, books, partyOf } = this.#parts;
    const party = partyOf(arrival);
    const met = canBeAnswered(arrival) ? await conversationsOf(arrival, books) : [];
    const others = met.filter(({ roomId }) => roomId !== but);
    const place = await this.#where(arrival, others, party);
    if (place !== undefined) return place;
    const room = await rooms.roomFor(arrival.target, party, signal);
    const conversation = met.find(({ roomId }) => roomId === room.roomId);
    return conversation === undefined ? room : { ...room, conversation };
  }

  /** The latest of the rooms that wrote from this number by somebody whom the number means, and where the user is. */
  async #where(arrival: WaitingArrival, met: readonly Conversation[], party: CallingParty): Promise<Place | undefined> {
    const { target } = arrival;
    if (target.kind !== 'user') return undefined;
    let means: ReadonlySet<MatrixUserId> | undefined;
    for (const conversation of met.slice(0, MOST_CONVERSATIONS)) {
      const { roomId, user } = conversation;
      if (user === undefined) continue;
      if (user !== target.user) {
        // Whose number this was before must not read what others are written.
        means ??= usersOf(await whomItMeans(arrival, this.#parts));
        if (!means.has(user)) continue;
      }
      const room = await this.#parts.rooms.look(roomId);
      if (room === undefined || !room.users.includes(target.user)) continue;
      const ghost = await this.#parts.rooms.ghostIn(roomId, party);
      if (ghost !== undefined) return { roomId, ghost, presence: 'joined', conversation };
    }
    return undefined;
  }
}

/** The latest first; also those from the default number of its transport, which need not be known to us. */
async function conversationsOf(
  { sender, called, transport }: WaitingArrival,
  { conversations }: PlacesParts['books'],
): Promise<readonly Conversation[]> {
  const named = await conversations.between(sender, called);
  const byDefault = called === '' ? [] : await conversations.between(sender, '');
  const ofTransport = byDefault.filter((conversation) => conversation.transport === transport);
  return ofTransport.length === 0 ? named : [...named, ...ofTransport].sort((a, b) => b.lastAt - a.lastAt);
}

function usersOf(whom: Awaited<ReturnType<typeof whomItMeans>>): ReadonlySet<MatrixUserId> {
  const targets: readonly RingTarget[] = whom.kind === 'for' ? whom.targets : [];
  return new Set(targets.flatMap((target) => (target.kind === 'user' ? [target.user] : [])));
}
