/** The room in which a number is called: a direct room with its ghost user, found again or made. */
import { ClientEvent, EventType, KnownMembership, type MatrixClient, Preset, type Room } from 'matrix-js-sdk';
import { warn } from './log.ts';

/** A direct room with nobody else in it and no encryption, in which the ghost is or to which it is invited. */
function findRoom(client: MatrixClient, ghost: string): Room | undefined {
  return client.getRooms().find((room) => {
    const membership = room.getMember(ghost)?.membership;
    return (
      room.getMyMembership() === KnownMembership.Join &&
      (membership === KnownMembership.Join || membership === KnownMembership.Invite) &&
      room.getInvitedAndJoinedMemberCount() === 2 &&
      !room.hasEncryptionStateEvent()
    );
  });
}

/** Settles with the room as soon as the sync has brought it. */
function roomOf(client: MatrixClient, roomId: string): Promise<Room> {
  const known = client.getRoom(roomId);
  if (known !== null) return Promise.resolve(known);
  return new Promise((resolve) => {
    const onRoom = (room: Room) => {
      if (room.roomId !== roomId) return;
      client.off(ClientEvent.Room, onRoom);
      resolve(room);
    };
    client.on(ClientEvent.Room, onRoom);
  });
}

/** The direct room with a ghost. */
export async function directRoom(client: MatrixClient, ghost: string): Promise<Room> {
  const found = findRoom(client, ghost);
  if (found !== undefined) return found;
  const { room_id } = await client.createRoom({
    preset: Preset.TrustedPrivateChat,
    invite: [ghost],
    is_direct: true,
  });
  void markDirect(client, ghost, room_id);
  return roomOf(client, room_id);
}

/** Tells the user's other clients that the room is a direct one; the call does not wait for it, nor fail with it. */
async function markDirect(client: MatrixClient, ghost: string, roomId: string): Promise<void> {
  try {
    const direct = client.getAccountData(EventType.Direct)?.getContent() ?? {};
    const rooms = direct[ghost] ?? [];
    await client.setAccountData(EventType.Direct, { ...direct, [ghost]: [...rooms, roomId] });
  } catch (error) {
    warn('the room could not be marked as direct', error);
  }
}
