/** Lines that control rooms share: their rooms, and who is in them. */
import type { CallSignalling } from '../call-events.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import type { MatrixListener } from '../settings.ts';
import { SharedMembers, type SharedMembersParts } from './shared-members.ts';
import { SharedRooms, type SharedRoomsParts } from './shared-rooms.ts';

export type SharedLinesParts = Omit<SharedRoomsParts, 'members'> &
  Omit<SharedMembersParts, 'onSentAway' | 'onClosed' | 'say'> & {
    readonly signalling: Pick<CallSignalling, 'notice'>;
    /** Settles when calls that were ended in a room are known to be over by those who are there, or after a while. */
    readonly callsOver: (roomId: RoomId) => Promise<void>;
    /** Settles at the start: until then nobody has calls that could end. */
    readonly listener: () => Promise<MatrixListener>;
  };

export interface SharedLinesSide {
  readonly rooms: SharedRooms;
  readonly members: SharedMembers;
  /** Whether this user may call and write from a room: of rooms of shared lines only those who share the line. */
  mayUse(roomId: RoomId, user: MatrixUserId): Promise<boolean>;
}

export function createSharedLines(parts: SharedLinesParts): SharedLinesSide {
  const { listener, signalling, logger } = parts;
  const told = async (what: string, tell: (listener: MatrixListener) => void | Promise<void>) => {
    try {
      await tell(await listener());
    } catch (error) {
      logger.warn({ err: error }, what);
    }
  };
  const members = new SharedMembers({
    ...parts,
    async onSentAway(roomId, user) {
      await told('calls of a user who is sent away could not be ended', (to) => to.onSentAway?.(roomId, user));
      await parts.callsOver(roomId);
    },
    onClosed: (roomId, ghost) =>
      told('calls in a room that is left could not be ended', ({ onRoomClosed }) => onRoomClosed?.(roomId, ghost)),
    say: (roomId, ghost, text, key) => signalling.notice(roomId, ghost, text, key),
  });
  const rooms = new SharedRooms({ ...parts, members });
  return {
    rooms,
    members,
    async mayUse(roomId, user) {
      const room = await rooms.lineIn(roomId);
      // While it is not known who is in the control room nobody is kept from anything.
      return room === undefined || (members.of(room.controlRoom)?.has(user) ?? true);
    },
  };
}
