/** Rooms for texts that come from the telephone: the same chats as those of calls. */

import { KeyedQueue } from '../../keyed-queue.ts';
import { type CallingParty, CallRoomError, type RingTarget, targetKey } from '../call-rooms.ts';
import { isRefusal } from '../client/errors.ts';
import { userExists } from '../client/rooms.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import type { SharedRooms } from '../lines/shared-rooms.ts';
import type { ActingForUsers } from '../ringing/acting.ts';
import type { CallerGhosts } from '../ringing/caller-ghosts.ts';
import type { DirectRooms } from '../ringing/direct-rooms.ts';
import type { Invitations, Presence } from '../ringing/invitations.ts';
import type { GhostNames } from '../ringing/names.ts';
import { NewRoomsLimit } from '../ringing/new-rooms-limit.ts';
import { asCallRoomError, type RingingParts, whileItRings } from '../ringing/parts.ts';
import type { WholeRooms } from '../ringing/whole-rooms.ts';
import type { TextRoom } from '../text-events.ts';
import type { TextRoomFor, TextRooms } from '../text-rooms.ts';
import type { RoomPeople } from './people.ts';

export interface ChatsForTextsParts extends RingingParts {
  readonly settings: { readonly serverName: string; readonly ringFederated: boolean };
  readonly direct: DirectRooms;
  readonly callers: CallerGhosts;
  readonly names: GhostNames;
  readonly wholeRooms: WholeRooms;
  readonly invitations: Invitations;
  readonly acting: ActingForUsers;
  readonly people: RoomPeople;
  /** Rooms of shared lines; undefined where no line is shared. */
  readonly sharedRooms: () => Pick<SharedRooms, 'forTexts'> | undefined;
}

export class ChatsForTexts implements TextRooms {
  readonly #parts: ChatsForTextsParts;
  readonly #queue = new KeyedQueue();
  readonly #newRooms: NewRoomsLimit;

  constructor(parts: ChatsForTextsParts) {
    this.#parts = parts;
    this.#newRooms = new NewRoomsLimit(parts.clock);
  }

  async roomFor(target: RingTarget, sender: CallingParty, signal: AbortSignal): Promise<TextRoomFor> {
    const { callers } = this.#parts;
    const ghost = callers.sender(sender);
    try {
      return await this.#queue.run(`${targetKey(target)} ${ghost}`, () => {
        if (signal.aborted) throw new CallRoomError('homeserver', 'The gateway stops.');
        switch (target.kind) {
          case 'user':
            return this.#ofUser(target.user, sender);
          case 'room':
            return this.#ofRoom(target.room, ghost, sender);
          case 'line':
            return this.#ofLine(target, sender);
          default:
            return target satisfies never;
        }
      });
    } catch (error) {
      throw asCallRoomError(error);
    }
  }

  async ghostIn(roomId: RoomId, sender: CallingParty): Promise<MatrixUserId | undefined> {
    const { portals, callers, bot } = this.#parts;
    for (const { ghost, userId } of await portals.inRoom(roomId)) {
      if (ghost === bot) return undefined;
      if ((await callers.knownAs(userId as MatrixUserId, sender)).includes(ghost as MatrixUserId)) {
        return ghost as MatrixUserId;
      }
    }
    return undefined;
  }

  async look(roomId: RoomId): Promise<TextRoom | undefined> {
    const known = await this.#parts.portals.inRoom(roomId);
    const [first] = known;
    if (first === undefined || known.some(({ ghost }) => ghost === this.#parts.bot)) return undefined;
    try {
      return await this.#parts.people.roomOf(roomId, known);
    } catch (error) {
      // Who asked may not be in there any more.
      const isThere = await this.#parts.rooms.verify(roomId, first.ghost as MatrixUserId).catch(() => true);
      if (isThere) throw error;
      return this.look(roomId);
    }
  }

  async #ofRoom(room: string, ghost: MatrixUserId, sender: CallingParty): Promise<TextRoomFor> {
    const { roomId } = await this.#parts.wholeRooms.ring(room, ghost);
    await this.#parts.names.show(roomId, ghost, sender);
    return { roomId, ghost, presence: 'joined' };
  }

  async #ofLine(target: Extract<RingTarget, { kind: 'line' }>, sender: CallingParty): Promise<TextRoomFor> {
    const shared = this.#parts.sharedRooms();
    if (shared === undefined) throw new CallRoomError('no-such-room', `${target.line} is not shared by anybody.`);
    const { roomId, ghost } = await shared.forTexts(target, sender);
    return { roomId, ghost, presence: 'joined' };
  }

  async #ofUser(user: MatrixUserId, sender: CallingParty, isAgain = false): Promise<TextRoomFor> {
    const { settings, callers, direct, names } = this.#parts;
    const isLocal = user.endsWith(`:${settings.serverName}`);
    if (!isLocal && !settings.ringFederated) {
      throw new CallRoomError('no-such-user', `${user} is of another server; rooms.ring_federated allows it.`);
    }
    const known = (await direct.find(user, await callers.knownAs(user, sender))).filter(({ encrypted }) => !encrypted);
    const open = known.find(({ userJoined }) => userJoined) ?? known[0];
    const portal = open ?? (await this.#make(user, isLocal, callers.sender(sender)));
    if (portal.encrypted) {
      throw new CallRoomError(
        'encrypted',
        'The homeserver encrypts new rooms by itself (encryption_enabled_by_default_for_room_type): texts cannot be shown there.',
      );
    }
    const roomId = portal.roomId as RoomId;
    const ghost = portal.ghost as MatrixUserId;
    try {
      const presence = await this.#bring(portal, user, isLocal);
      await names.show(roomId, ghost, sender);
      return { roomId, ghost, presence };
    } catch (error) {
      const isGone = isRefusal(error, 'M_FORBIDDEN') && !(await this.#parts.rooms.verify(roomId, ghost));
      if (!isGone || isAgain) throw error;
      return this.#ofUser(user, sender, true);
    }
  }

  async #make(user: MatrixUserId, isLocal: boolean, ghost: MatrixUserId) {
    const { homeserver, direct, ghosts, logger } = this.#parts;
    if (isLocal && !(await whileItRings(this.#parts, () => userExists(homeserver, user)))) {
      throw new CallRoomError('no-such-user', `The homeserver does not know ${user}.`);
    }
    if (!ghosts.isWithheld(ghost) && !this.#newRooms.take(user)) {
      logger.warn({ user }, 'more new numbers write to a user than get rooms at once: their texts wait');
      throw new CallRoomError('homeserver', `${user} gets texts of more new numbers than rooms are made for at once.`);
    }
    return direct.make(user, ghost);
  }

  async #bring(portal: Parameters<Invitations['bring']>[0], user: MatrixUserId, isLocal: boolean): Promise<Presence> {
    const { invitations, acting, portals } = this.#parts;
    const presence = await invitations.bring(portal, user);
    if (presence !== 'invited' || !isLocal || !acting.isPossible) return presence;
    const roomId = portal.roomId as RoomId;
    if (!(await acting.join(roomId, user))) return presence;
    await portals.save({ ...portal, userJoined: true });
    void acting.markDirect(roomId, user, portal.ghost as MatrixUserId);
    return 'joined';
  }
}
