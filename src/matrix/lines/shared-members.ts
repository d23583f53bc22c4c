/**
 * Who is in the rooms of shared lines: whoever is in the control room, and nobody else. Who comes into the control room comes into
 * all of them, who leaves it leaves all of them at once, also when the gateway was not running then.
 */
import { KeyedQueue } from '../../keyed-queue.ts';
import { Lru } from '../../lru.ts';
import type { RoomFacts } from '../../room/index.ts';
import type { LineRoom, Store } from '../../store/index.ts';
import { isRefusal } from '../client/errors.ts';
import { retrying } from '../client/retry.ts';
import { inviteUser, kickUser } from '../client/rooms.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import type { ActingForUsers } from '../ringing/acting.ts';
import type { Invitations } from '../ringing/invitations.ts';
import { type RingingParts, whileItRings } from '../ringing/parts.ts';
import type { SharedLines } from '../settings.ts';
import { movedAway } from './words.ts';

const REMEMBERED = 10_000;
/** Rooms whose members are set right at the same time. */
const AT_ONCE = 8;
/** The homeserver may be restarting; what was not done then is done at the next look. */
const REMOVE_FOR_MS = 10 * 60_000;

export interface SharedMembersParts extends RingingParts {
  readonly settings: { readonly serverName: string };
  readonly lineRooms: Store['lineRooms'];
  readonly lines: SharedLines;
  readonly acting: ActingForUsers;
  readonly invitations: Pick<Invitations, 'hasDeclined'>;
  /** Who has joined a control room; undefined while that is not known. */
  readonly membersOf: (room: string) => ReadonlySet<MatrixUserId> | undefined;
  /** Calls of the user in this room end; settles when that is said to all. Never rejects. */
  readonly onSentAway: (roomId: RoomId, user: MatrixUserId) => Promise<void>;
  /** The ghost is about to leave the room. Never rejects. */
  readonly onClosed: (roomId: RoomId, ghost: MatrixUserId) => Promise<void>;
  /** Says something in the room. */
  readonly say: (roomId: RoomId, ghost: MatrixUserId, text: string, key: string) => Promise<void>;
}

export class SharedMembers {
  readonly #parts: SharedMembersParts;
  /** Rooms as their state was last read. */
  readonly #facts = new Lru<RoomId, RoomFacts>(REMEMBERED);
  readonly #rooms = new KeyedQueue();
  /** Rooms whose members could not be set right. */
  readonly #unsettled = new Map<RoomId, LineRoom>();

  constructor(parts: SharedMembersParts) {
    this.#parts = parts;
  }

  /** The people of a control room, without the gateway; undefined while they are not known. */
  of(controlRoom: RoomId): ReadonlySet<MatrixUserId> | undefined {
    const { membersOf, bot, ghosts } = this.#parts;
    const all = membersOf(controlRoom);
    // Of a room that it is not in nothing is known, whatever the answer was.
    if (all === undefined || !all.has(bot)) return undefined;
    return new Set([...all].filter((id) => id !== bot && ghosts.address(id) === undefined));
  }

  /** The state of a room was read. */
  learn(roomId: RoomId, facts: RoomFacts): void {
    this.#facts.set(roomId, facts);
  }

  facts(roomId: RoomId): RoomFacts | undefined {
    return this.#facts.get(roomId);
  }

  isAnybodyIn(roomId: RoomId): boolean {
    return this.#people(this.#facts.get(roomId)?.joined).length > 0;
  }

  /** Whoever shares the line and is not in its room comes in: joined where that is set up, else invited. */
  bring(room: LineRoom): Promise<void> {
    return this.#rooms.run(room.roomId, () => this.#bring(room));
  }

  /**
   * A control room has other members: all rooms of its lines follow. Rejects with what the store rejects with.
   * @param came who was not there before: they are brought in even where they had left
   */
  async follow(controlRoom: RoomId, came: readonly MatrixUserId[] = []): Promise<void> {
    const rooms = (await this.#parts.lineRooms.all()).filter((room) => room.controlRoom === controlRoom);
    const next = rooms.values();
    const worker = async () => {
      for (const room of next) await this.#follow(room, came);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  /** The same for all of them, one after the other: at the start, and when lines were linked or unlinked. */
  async followAll(): Promise<void> {
    for (const room of await this.#parts.lineRooms.all()) {
      if (this.#parts.signal.aborted) return;
      await this.#follow(room);
    }
  }

  /** Those that could not be set right, once more. Never rejects. */
  async followUnsettled(): Promise<void> {
    for (const room of [...this.#unsettled.values()]) await this.#follow(room);
  }

  #follow(room: LineRoom, came: readonly MatrixUserId[] = []): Promise<void> {
    return this.#rooms.run(room.roomId, async () => {
      this.#unsettled.delete(room.roomId);
      try {
        if (this.#parts.lines.controlRoomOf(room.line) !== room.controlRoom) return await this.#close(room);
        await this.#send(room);
        await this.#bring(room, came);
      } catch (error) {
        const { logger } = this.#parts;
        this.#unsettled.set(room.roomId, room);
        const why = error instanceof Error ? error.message : String(error);
        logger.warn({ roomId: room.roomId }, `the room of a shared line does not have its members: ${why}`);
      }
    });
  }

  /** Whoever is there and does not share the line any more goes. */
  async #send({ roomId, ghost, controlRoom }: LineRoom): Promise<void> {
    const { homeserver, logger, onSentAway } = this.#parts;
    const members = this.of(controlRoom);
    if (members === undefined) return;
    const facts = await this.#look(roomId, ghost);
    const gone = this.#people(facts?.members).filter((user) => !members.has(user));
    for (const user of gone) {
      // Their client hears that the call is over as long as it is in the room.
      await onSentAway(roomId, user);
      const reason = 'Not in the group any more that shares this line.';
      await this.#again(() => kickUser(homeserver, ghost, roomId, user, reason));
      logger.info({ roomId, user }, 'a user who left the control room was sent out of a room of its line');
    }
    if (gone.length > 0) await this.#look(roomId, ghost);
  }

  async #bring({ roomId, ghost, controlRoom }: LineRoom, came: readonly MatrixUserId[] = []): Promise<void> {
    const { invitations } = this.#parts;
    const members = this.of(controlRoom);
    const facts = this.#facts.get(roomId) ?? (await this.#look(roomId, ghost));
    if (members === undefined || facts === undefined) return;
    const missing = [...members].filter((user) => !facts.joined.has(user));
    if (missing.length === 0) return;
    const wanted = await Promise.all(
      missing.map(async (user) => {
        // Whoever left the room alone, and not the control room, is left alone for a while.
        const isWanted =
          facts.members.has(user) || came.includes(user) || !(await invitations.hasDeclined(roomId, user));
        return isWanted ? [user] : [];
      }),
    );
    const changed = await Promise.all(wanted.flat().map((user) => this.#bringOne(roomId, ghost, user, facts)));
    if (changed.includes(true)) await this.#look(roomId, ghost);
  }

  async #bringOne(roomId: RoomId, ghost: MatrixUserId, user: MatrixUserId, facts: RoomFacts): Promise<boolean> {
    const { homeserver, acting, settings, logger } = this.#parts;
    const isInvited = facts.members.has(user);
    try {
      if (!isInvited) await whileItRings(this.#parts, () => inviteUser(homeserver, ghost, roomId, user, true));
      const joined = user.endsWith(`:${settings.serverName}`) && acting.isPossible && (await acting.join(roomId, user));
      return joined || !isInvited;
    } catch (error) {
      logger.warn({ roomId, user }, error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  /** The line is another owner's: its rooms here are over. */
  async #close({ roomId, ghost, line }: LineRoom): Promise<void> {
    const { lines, rooms, lineRooms, onClosed, say, logger } = this.#parts;
    await onClosed(roomId, ghost);
    await say(roomId, ghost, movedAway(lines.title(line)), `moved:${roomId}`).catch((error: unknown) => {
      logger.debug({ roomId }, String(error));
    });
    await rooms.leave(roomId, ghost);
    await lineRooms.forget(roomId);
    this.#facts.delete(roomId);
    logger.info({ roomId }, 'a room of a line that is not shared any more was left');
  }

  async #look(roomId: RoomId, ghost: MatrixUserId): Promise<RoomFacts | undefined> {
    const { rooms } = this.#parts;
    await rooms.look(roomId);
    return this.#facts.get(roomId) ?? (await rooms.facts(roomId, ghost));
  }

  #people(members: ReadonlySet<string> | undefined): readonly MatrixUserId[] {
    const { bot, ghosts } = this.#parts;
    return [...(members ?? [])].filter((id) => id !== bot && ghosts.address(id) === undefined) as MatrixUserId[];
  }

  async #again(request: () => Promise<void>): Promise<void> {
    const { clock, logger, signal, liveness } = this.#parts;
    try {
      await retrying(request, { clock, logger, giveUpAfterMs: REMOVE_FOR_MS, signal, liveness });
    } catch (error) {
      // They have gone meanwhile, or have as much power as the ghost.
      if (!isRefusal(error)) throw error;
      logger.warn(error.message);
    }
  }
}
