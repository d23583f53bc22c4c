/** Ringing everybody in a room: the caller's ghost comes in, brought by the gateway's own user or through an open door. */
import { CallRoomError, type RingRoom } from '../call-rooms.ts';
import { isRefusal } from '../client/errors.ts';
import { inviteUser, joinRoom, roomOfAlias } from '../client/rooms.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import { type RingingParts, whileItRings } from './parts.ts';

export class WholeRooms {
  readonly #parts: RingingParts;

  constructor(parts: RingingParts) {
    this.#parts = parts;
  }

  /** @param room a room ID or an alias. Rejects with CallRoomError or HomeserverError. */
  async ring(room: string, ghost: MatrixUserId): Promise<RingRoom> {
    const roomId = await this.find(room);
    const { portals, ghosts } = this.#parts;
    const known = (await portals.inRoom(roomId)).find((portal) => portal.ghost === ghost);
    if (known === undefined) {
      await whileItRings(this.#parts, () => ghosts.ensure(ghost));
      await this.#enter(roomId, ghost, room);
    }
    const portal = known ?? (await this.#parts.rooms.adopt(roomId, ghost, this.#parts.bot));
    if (portal.encrypted) throw new CallRoomError('encrypted', `${room} is encrypted: calls cannot ring there.`);
    return { roomId, ghost };
  }

  /** The ID of a room. Rejects with CallRoomError `no-such-room`. */
  async find(room: string): Promise<RoomId> {
    if (room.startsWith('!')) return room as RoomId;
    const roomId = await whileItRings(this.#parts, () => roomOfAlias(this.#parts.homeserver, room));
    if (roomId === undefined) throw new CallRoomError('no-such-room', `There is no room ${room}.`);
    return roomId;
  }

  async #enter(roomId: RoomId, ghost: MatrixUserId, room: string): Promise<void> {
    const { homeserver, bot } = this.#parts;
    try {
      await whileItRings(this.#parts, () => inviteUser(homeserver, bot, roomId, ghost));
    } catch (error) {
      // Not in the room, not allowed to invite, or the ghost is in it already: joining tells.
      if (!isRefusal(error)) throw error;
    }
    try {
      await whileItRings(this.#parts, () => joinRoom(homeserver, ghost, roomId));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      throw new CallRoomError(
        'no-such-room',
        `Callers cannot enter ${room}: invite ${bot} into it and let it invite others (power level 50 in most rooms).`,
        { cause: error },
      );
    }
  }
}
