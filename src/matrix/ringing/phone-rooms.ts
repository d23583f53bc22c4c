/**
 * The phone room: a direct chat of a user with the gateway's own user, made in advance. Commands are given there, notices come
 * there, and where a homeserver lets nobody be joined to a new room, the first call of a new caller rings there: the user is in
 * it already, and the caller's ghost can come in at any time.
 */

import { KeyedQueue } from '../../keyed-queue.ts';
import type { StoredPortal } from '../../store/index.ts';
import { type CallingParty, CallRoomError, type RingRoom } from '../call-rooms.ts';
import type { RoomCalls } from '../calls/room-calls.ts';
import { createRoom, inviteUser, joinedRooms, joinRoom, membershipOf, sendState } from '../client/rooms.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import type { GhostNames } from './names.ts';
import { CALL_ROOM_POWER_LEVELS, type RingingParts, whileItRings } from './parts.ts';

const NAME = 'Phone';
const TOPIC = 'Calls from numbers that are new to you ring here. Write “help” to see what else can be done.';
const HELPERS = 'io.element.functional_members';

export class PhoneRooms {
  readonly #parts: RingingParts;
  readonly #calls: RoomCalls;
  readonly #names: GhostNames;
  readonly #queue = new KeyedQueue();

  constructor(parts: RingingParts, calls: RoomCalls, names: GhostNames) {
    this.#parts = parts;
    this.#calls = calls;
    this.#names = names;
  }

  /** The user's phone room; undefined when there is none. */
  async find(user: MatrixUserId): Promise<StoredPortal | undefined> {
    const { madeRooms, portals, bot } = this.#parts;
    const made = await madeRooms.find(user, bot);
    if (made?.roomId === undefined) return undefined;
    return (await portals.inRoom(made.roomId as RoomId)).find((portal) => portal.ghost === bot);
  }

  /** Whose phone room it is; undefined when it is none. */
  async ownerOf(roomId: RoomId): Promise<MatrixUserId | undefined> {
    const { portals, bot } = this.#parts;
    return (await portals.inRoom(roomId)).find((portal) => portal.ghost === bot)?.userId as MatrixUserId | undefined;
  }

  /** Makes the user's phone room and invites them, if they have none. Rejects with HomeserverError. */
  prepare(user: MatrixUserId): Promise<StoredPortal> {
    return this.#queue.run(`prepare ${user}`, async () => {
      const { madeRooms, bot, clock, logger } = this.#parts;
      const already = await this.find(user);
      if (already !== undefined) return already;
      const begun = await madeRooms.find(user, bot);
      await madeRooms.begin(user, bot, clock.now());
      const found = begun !== undefined && begun.roomId === undefined ? await this.#findMade(user) : undefined;
      const roomId = found ?? (await this.#create(user));
      logger.info({ roomId, user }, 'a user was invited to their phone room');
      return this.#adopt(roomId, user);
    });
  }

  /** The user has invited the gateway's own user into a direct chat: that is their phone room from now on. */
  async take(roomId: RoomId, user: MatrixUserId): Promise<StoredPortal> {
    return this.#adopt(roomId, user);
  }

  /**
   * Lets a caller ring in the user's phone room; undefined when there is none, the user is not in it, or a call is going on
   * there: clients would not ring for a second one.
   */
  ring(user: MatrixUserId, ghost: MatrixUserId, caller: CallingParty): Promise<RingRoom | undefined> {
    return this.#queue.run(`ring ${user}`, async () => {
      const phone = await this.find(user);
      if (phone === undefined || phone.encrypted) return undefined;
      const roomId = phone.roomId as RoomId;
      if (this.#calls.isBusy(roomId) || !(await this.#isIn(user, phone))) return undefined;
      this.#calls.promise(roomId);
      await this.#enter(roomId, ghost, user);
      const shown = await this.#names.show(roomId, ghost, caller);
      // Clients show the room's name while it rings, not the caller's.
      await this.#rename(roomId, `${NAME}: ${shown}`);
      void this.#tidy(roomId, ghost);
      return { roomId, ghost, invitee: user };
    });
  }

  /** A call there is over: the room is called as before. */
  async callEnded(roomId: RoomId): Promise<void> {
    if (!this.#calls.isBusy(roomId)) await this.#rename(roomId, NAME);
  }

  /** Asked when it is not known: they may have accepted a moment ago. */
  async #isIn(user: MatrixUserId, phone: StoredPortal): Promise<boolean> {
    const { homeserver, bot } = this.#parts;
    if (phone.userJoined) return true;
    return (
      (await whileItRings(this.#parts, () => membershipOf(homeserver, bot, phone.roomId as RoomId, user))) === 'join'
    );
  }

  async #enter(roomId: RoomId, ghost: MatrixUserId, user: MatrixUserId): Promise<void> {
    const { homeserver, ghosts, portals, rooms, bot } = this.#parts;
    if ((await portals.inRoom(roomId)).some((portal) => portal.ghost === ghost)) return;
    await whileItRings(this.#parts, () => ghosts.ensure(ghost));
    await whileItRings(this.#parts, () => inviteUser(homeserver, bot, roomId, ghost));
    await whileItRings(this.#parts, () => joinRoom(homeserver, ghost, roomId));
    await rooms.adopt(roomId, ghost, user);
  }

  /** Earlier callers leave: the room would be called after all of them. */
  async #tidy(roomId: RoomId, stays: MatrixUserId): Promise<void> {
    const { portals, rooms, bot, logger } = this.#parts;
    try {
      const calling = this.#calls.ghostsCalling(roomId);
      for (const { ghost } of await portals.inRoom(roomId)) {
        const id = ghost as MatrixUserId;
        if (id !== stays && id !== bot && !calling.includes(id)) await rooms.leave(roomId, id);
      }
    } catch (error) {
      logger.debug({ roomId }, error instanceof Error ? error.message : String(error));
    }
  }

  async #rename(roomId: RoomId, name: string): Promise<void> {
    const { homeserver, bot, logger } = this.#parts;
    try {
      await sendState(homeserver, { as: bot, roomId, type: 'm.room.name', stateKey: '', content: { name } });
    } catch (error) {
      logger.debug({ roomId }, error instanceof Error ? error.message : String(error));
    }
  }

  async #create(user: MatrixUserId): Promise<RoomId> {
    const { homeserver, bot } = this.#parts;
    return createRoom(homeserver, bot, {
      preset: 'private_chat',
      visibility: 'private',
      is_direct: true,
      name: NAME,
      topic: TOPIC,
      invite: [user],
      power_level_content_override: CALL_ROOM_POWER_LEVELS,
      initial_state: [{ type: HELPERS, state_key: '', content: { service_members: [bot] } }],
    });
  }

  async #adopt(roomId: RoomId, user: MatrixUserId): Promise<StoredPortal> {
    const { madeRooms, rooms, bot, clock } = this.#parts;
    await madeRooms.made(user, bot, roomId, clock.now());
    return rooms.adopt(roomId, bot, user);
  }

  async #findMade(user: MatrixUserId): Promise<RoomId | undefined> {
    const { homeserver, rooms, bot } = this.#parts;
    for (const roomId of await whileItRings(this.#parts, () => joinedRooms(homeserver, bot))) {
      const facts = await rooms.facts(roomId, bot);
      const people = [...(facts?.members ?? [])].filter((member) => member !== bot);
      if (people.length === 1 && people[0] === user) return roomId;
    }
    return undefined;
  }
}

/** For administrators: what to do about a user who could not be rung at once. */
export function notJoined(user: MatrixUserId): CallRoomError {
  return new CallRoomError(
    'not-joined',
    `${user} was invited to a room with the caller and did not come. So that calls of new numbers ring at once, let users be ` +
      'joined (rooms.join_users), turn on auto_accept_invites in Synapse, or ask the user to accept the invitation to their phone room.',
  );
}
