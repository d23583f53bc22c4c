import { expect, it } from 'vitest';
import { ALICE, accepted, BOB, OWN, ROOM, TextHouse } from './house.ts';

it('a telephone that answers before the network does finds the room that wrote to it', async () => {
  const house = await TextHouse.open();
  const network = Promise.withResolvers<typeof accepted>();
  house.transport.answers = [() => network.promise];
  await house.write('Are you there?');
  await house.settle();
  expect(house.transport.tries).toHaveLength(1);
  expect(await house.store.conversations.between(BOB.dialled, OWN)).toMatchObject([{ roomId: ROOM, user: ALICE }]);
  network.resolve(accepted);
  await house.settle();
  expect(house.signalling.of('$Are you there?')).toEqual(['sent']);
});
