import { describe, expect, it } from 'vitest';
import type { MatrixUserId, RoomId } from '../../../../src/matrix/ids.ts';
import { CallRoomError } from '../../../../src/matrix/index.ts';
import { RoomPeople, type RoomPeopleParts } from '../../../../src/matrix/texts/people.ts';
import type { StoredPortal } from '../../../../src/store/index.ts';

const ROOM = '!room:hs.test' as RoomId;
const ALICE = '@alice:hs.test' as MatrixUserId;
const portals = [{ roomId: ROOM, ghost: '@_sip_1:hs.test', userId: ALICE }] as unknown as StoredPortal[];

function people(facts: RoomPeopleParts['facts']): RoomPeople {
  const ghosts = {
    writable: () => ({ dialled: '1' }),
    address: () => undefined,
  } as unknown as RoomPeopleParts['ghosts'];
  return new RoomPeople({
    ghosts,
    portals: {} as RoomPeopleParts['portals'],
    bot: '@bot:hs.test' as MatrixUserId,
    facts,
  });
}

describe('who is in a room, when the homeserver does not say so', () => {
  it('is whoever wrote', async () => {
    const room = await people(async () => undefined).roomOf(ROOM, portals, ALICE);
    expect(room.users).toEqual([ALICE]);
  });

  it('is not nobody: a text of the telephone must not go elsewhere for that', async () => {
    await expect(people(async () => undefined).roomOf(ROOM, portals)).rejects.toThrow(CallRoomError);
  });
});
