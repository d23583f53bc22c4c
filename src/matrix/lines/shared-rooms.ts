/**
 * Rooms in which a shared line and a telephone talk: the telephone's ghost makes one for each, with all members of the line's
 * control room in it. There calls from it ring all, texts of both ways are seen by all, and what a member writes goes to it.
 */
import { KeyedQueue } from '../../keyed-queue.ts';
import { Lru } from '../../lru.ts';
import type { LineRoom, Store, StoredPortal } from '../../store/index.ts';
import { type CallingParty, CallRoomError, type RingRoom, type RingTarget } from '../call-rooms.ts';
import { createRoom, joinedRooms, sendState } from '../client/rooms.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import type { CallerGhosts } from '../ringing/caller-ghosts.ts';
import type { Joins } from '../ringing/joins.ts';
import type { GhostNames } from '../ringing/names.ts';
import { NewRoomsLimit } from '../ringing/new-rooms-limit.ts';
import { type RingingParts, whileItRings } from '../ringing/parts.ts';
import type { SharedLines } from '../settings.ts';
import type { SharedMembers } from './shared-members.ts';
import { isLineRoomName, LINE_ROOM_POWER_LEVELS, lineRoomName, lineRoomTopic } from './words.ts';

const REMEMBERED = 10_000;
/** Between who is told the room's number first and whoever joins: afterwards it rings for those who are there. */
const MOST_WAITED_FOR = 50;

/** One room for all above the limit. */
const UNKNOWN: CallingParty = { kind: 'withheld', trunk: 'unknown' };

type LineTarget = Extract<RingTarget, { kind: 'line' }>;

export interface SharedRoomsParts extends RingingParts {
  readonly lineRooms: Store['lineRooms'];
  readonly lines: SharedLines;
  readonly callers: CallerGhosts;
  readonly names: GhostNames;
  readonly joins: Joins;
  readonly members: SharedMembers;
}

export class SharedRooms {
  readonly #parts: SharedRoomsParts;
  readonly #making = new KeyedQueue();
  readonly #known = new Lru<RoomId, LineRoom | 'none'>(REMEMBERED);

  readonly #newRooms: NewRoomsLimit;

  constructor(parts: SharedRoomsParts) {
    this.#parts = parts;
    this.#newRooms = new NewRoomsLimit(parts.clock);
  }

  /** Which line and telephone talk in a room; undefined when it is none of these rooms. Quick where it is known. */
  async lineIn(roomId: RoomId): Promise<LineRoom | undefined> {
    const known = this.#known.get(roomId) ?? (await this.#parts.lineRooms.inRoom(roomId)) ?? 'none';
    this.#known.set(roomId, known);
    return known === 'none' ? undefined : known;
  }

  /** A room in which a call rings all who are there. Rejects with CallRoomError or HomeserverError. */
  async ring(meant: LineTarget, caller: CallingParty, signal: AbortSignal): Promise<RingRoom> {
    const { callers, names, logger } = this.#parts;
    const target = this.#asItIsNow(meant);
    const own = callers.ghost(caller);
    const isOpen = await this.#mayOpen(target, own);
    if (!isOpen)
      logger.warn({ controlRoom: target.room }, 'more new numbers call a shared line than get rooms of their own');
    const { roomId, ghost } = await this.open(target, isOpen ? own : callers.ghost(UNKNOWN));
    await this.#show(roomId, ghost, target, await names.show(roomId, ghost, caller));
    await this.#waitForAnybody(roomId, ghost, target.room, signal);
    return { roomId, ghost };
  }

  /** The room in which texts of a telephone reach all. Rejects with CallRoomError or HomeserverError. */
  async forTexts(meant: LineTarget, sender: CallingParty): Promise<LineRoom> {
    const { callers, names } = this.#parts;
    const target = this.#asItIsNow(meant);
    const ghost = callers.sender(sender);
    if (!(await this.#mayOpen(target, ghost))) {
      throw new CallRoomError(
        'homeserver',
        `${target.line} gets texts of more new numbers than rooms are made for at once.`,
      );
    }
    const room = await this.open(target, ghost);
    await this.#show(room.roomId, room.ghost, target, await names.show(room.roomId, room.ghost, sender));
    return room;
  }

  /**
   * The room of a line and a telephone, made when there is none; whoever shares the line and is not there is brought in. One at a
   * time for each pair. Rejects with CallRoomError or HomeserverError.
   */
  open(target: LineTarget, ghost: MatrixUserId): Promise<LineRoom> {
    const { line, room: controlRoom } = target;
    return this.#making.run(`${line} ${controlRoom} ${ghost}`, async () => {
      const { lineRooms, portals, members, clock, logger } = this.#parts;
      const which = { line, ghost, controlRoom };
      const stored = await lineRooms.find(which);
      if (stored?.roomId !== undefined) {
        const room: LineRoom = { ...which, roomId: stored.roomId };
        const portal = (await portals.inRoom(room.roomId)).find((one) => one.ghost === ghost);
        if (portal !== undefined) {
          mustBeOpen(portal);
          await members.bring(room);
          return room;
        }
      }
      const people = members.of(controlRoom);
      if (people === undefined || people.size === 0) {
        throw new CallRoomError(
          'no-such-room',
          `Nobody is known to be in ${controlRoom}, whose members share ${line}. Invite ${this.#parts.bot} into it.`,
        );
      }
      await lineRooms.begin(which, clock.now());
      // Begun and never finished: the process may have died just after the homeserver made it.
      const found = stored !== undefined && stored.roomId === undefined ? await this.#findMade(which) : undefined;
      const roomId = found ?? (await this.#create(which, [...people]));
      const room: LineRoom = { ...which, roomId };
      await lineRooms.made(room, clock.now());
      this.#known.set(roomId, room);
      logger.info({ roomId, controlRoom }, 'a room was made for a shared line and a telephone');
      mustBeOpen(await this.#parts.rooms.adopt(roomId, ghost, controlRoom as string as MatrixUserId));
      await members.bring(room);
      return room;
    });
  }

  /** It is none of the line's rooms any more. */
  async forget(roomId: RoomId): Promise<void> {
    this.#known.delete(roomId);
    await this.#parts.lineRooms.forget(roomId);
  }

  /** Shows which line a room uses: in its topic. What goes wrong is only logged. */
  async showLine(room: LineRoom, number: string): Promise<void> {
    const { ghosts, lines } = this.#parts;
    const topic = lineRoomTopic(lines.title(number), ghosts.displayName(room.ghost));
    await this.#setState(room.roomId, room.ghost, 'm.room.topic', { topic });
  }

  /** A text may have waited while the line was given to others: those who had it before do not read it. */
  #asItIsNow(target: LineTarget): LineTarget {
    const room = this.#parts.lines.controlRoomOf(target.line) as RoomId | undefined;
    if (room === undefined)
      throw new CallRoomError('no-such-room', `${target.line} is not shared by anybody any more.`);
    return { ...target, room };
  }

  /** A number that is new to the line counts towards what may write to it, or call it, from new numbers in a while. */
  async #mayOpen({ line, room: controlRoom }: LineTarget, ghost: MatrixUserId): Promise<boolean> {
    if (this.#parts.ghosts.isWithheld(ghost)) return true;
    const known = await this.#parts.lineRooms.find({ line, ghost, controlRoom });
    return known?.roomId !== undefined || this.#newRooms.take(`${line} ${controlRoom}`);
  }

  /** Where nobody is there yet, the call rings when the first has come. */
  async #waitForAnybody(roomId: RoomId, ghost: MatrixUserId, controlRoom: RoomId, signal: AbortSignal): Promise<void> {
    const { members, joins } = this.#parts;
    if (members.isAnybodyIn(roomId)) return;
    const people = [...(members.of(controlRoom) ?? [])].slice(0, MOST_WAITED_FOR);
    const found = new AbortController();
    const either = AbortSignal.any([signal, found.signal]);
    const waits = people.map(async (user) => {
      if ((await joins.wait(roomId, user, ghost, either)) !== 'joined') throw new Error('not here');
    });
    const isThere = await Promise.any(waits).then(
      () => true,
      () => false,
    );
    found.abort();
    if (isThere) return;
    throw new CallRoomError(
      'not-joined',
      `None of those who share ${controlRoom}'s line came into its room with the caller. So that calls of new numbers ring at ` +
        'once, let users be joined (rooms.join_users) or turn on auto_accept_invites in Synapse.',
    );
  }

  async #create({ line, ghost }: Pick<LineRoom, 'line' | 'ghost'>, people: readonly MatrixUserId[]): Promise<RoomId> {
    const { homeserver, ghosts, lines } = this.#parts;
    await whileItRings(this.#parts, () => ghosts.ensure(ghost));
    const title = lines.title(line);
    const number = ghosts.displayName(ghost);
    // Not tried again when no answer came: the room may have been made.
    return createRoom(homeserver, ghost, {
      preset: 'private_chat',
      visibility: 'private',
      // What accepts invitations by itself (Synapse's auto_accept_invites, clients) often does so for direct chats alone.
      is_direct: true,
      name: lineRoomName(title, number),
      topic: lineRoomTopic(title, number),
      invite: people,
      power_level_content_override: LINE_ROOM_POWER_LEVELS,
    });
  }

  /** A room of the ghost that no portal knows and that has the topic of this line. */
  async #findMade({ line, ghost }: Pick<LineRoom, 'line' | 'ghost'>): Promise<RoomId | undefined> {
    const { homeserver, portals, rooms, ghosts, lines } = this.#parts;
    const topic = lineRoomTopic(lines.title(line), ghosts.displayName(ghost));
    for (const roomId of await whileItRings(this.#parts, () => joinedRooms(homeserver, ghost))) {
      if ((await portals.inRoom(roomId)).some((portal) => portal.ghost === ghost)) continue;
      if ((await rooms.facts(roomId, ghost))?.topic === topic) return roomId;
    }
    return undefined;
  }

  /**
   * A room of several has a name of its own: clients would make one of all who are there. What its members called it stays.
   */
  async #show(roomId: RoomId, ghost: MatrixUserId, { line }: LineTarget, shown: string): Promise<void> {
    const { lines, members } = this.#parts;
    const title = lines.title(line);
    const facts = members.facts(roomId);
    const name = lineRoomName(title, shown);
    if (facts?.name === name || (facts?.name !== undefined && !isLineRoomName(facts.name, title))) return;
    if (facts !== undefined) members.learn(roomId, { ...facts, name });
    await this.#setState(roomId, ghost, 'm.room.name', { name });
  }

  async #setState(roomId: RoomId, as: MatrixUserId, type: string, content: Record<string, string>): Promise<void> {
    const { homeserver, logger } = this.#parts;
    try {
      await sendState(homeserver, { as, roomId, type, stateKey: '', content });
    } catch (error) {
      logger.debug({ roomId }, error instanceof Error ? error.message : String(error));
    }
  }
}

function mustBeOpen({ encrypted }: StoredPortal): void {
  if (!encrypted) return;
  throw new CallRoomError(
    'encrypted',
    'The homeserver encrypts new rooms by itself (encryption_enabled_by_default_for_room_type): calls cannot ring there.',
  );
}
