/** Rooms for texts that come from the telephone. */
import type { CallingParty, RingTarget } from './call-rooms.ts';
import type { MatrixUserId, RoomId } from './ids.ts';
import type { TextRoom } from './text-events.ts';

export interface TextRoomFor {
  readonly roomId: RoomId;
  /** The sender's ghost; it is joined. */
  readonly ghost: MatrixUserId;
  /**
   * `invited`: the user was invited now, or again, or had been; a text waits until they come. A whole room is always `joined`.
   * `declined`: they declined the last invitation and are not invited again for a while.
   */
  readonly presence: 'joined' | 'invited' | 'declined';
}

export interface TextRooms {
  /**
   * The room in which texts of this telephone reach the target: their chat, made when there is none. Users are joined by the
   * same means as for calls, where the homeserver allows it. One at a time for each pair.
   * Rejects with CallRoomError.
   */
  roomFor(target: RingTarget, sender: CallingParty, signal: AbortSignal): Promise<TextRoomFor>;
  /** The sender's ghost in a room where it is already, such as that of a group; undefined when it is not there. */
  ghostIn(roomId: RoomId, sender: CallingParty): Promise<MatrixUserId | undefined>;
  /**
   * Who is in a room, as with each text that comes there; undefined when no ghost is. Quick where it is known.
   * Rejects with CallRoomError when the homeserver does not say who is there.
   */
  look(roomId: RoomId): Promise<TextRoom | undefined>;
}
