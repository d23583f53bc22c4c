import { describe, expect, it } from 'vitest';
import type { EventId, MatrixUserId, RoomId } from '../../../../src/matrix/index.ts';
import { accepted, ALICE, allow, BOB, CAROL, eventId, FakeTransport, failure, OWN, ROOM, TextHouse } from './house.ts';

const MINUTE = 60_000;

describe('a text that goes out', () => {
  it('is stored, sent from the number of the user, and shown as sent', async () => {
    const house = await TextHouse.open();
    await house.write('Hello');
    await house.settle();
    expect(house.transport.tries).toMatchObject([
      { text: 'Hello', target: BOB.dialled, sender: OWN, index: 1, total: 1, wantsReceipts: true },
    ]);
    expect(house.signalling.of('$Hello')).toEqual(['sent']);
    const [conversation] = await house.store.conversations.inRoom(ROOM);
    expect(conversation).toMatchObject({ telephone: BOB.dialled, ghost: BOB.ghost, number: OWN, transport: 'a', user: ALICE });
    expect(house.out.stats).toEqual({ sent: 1, failed: 0, lanes: 0 });
  });

  it('is one text, however often the homeserver hands it over', async () => {
    const house = await TextHouse.open();
    await Promise.all([house.write('Hello'), house.write('Hello')]);
    await house.write('Hello', { recovered: true });
    await house.settle();
    expect(house.bodies()).toEqual(['Hello']);
    expect(house.transport.tries).toHaveLength(1);
  });
});
