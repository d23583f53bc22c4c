import { describe, expect, it } from 'vitest';
import {
  ALICE,
  BOB,
  CAROL,
  DAVE,
  ERIN,
  ghostOf,
  type HouseOptions,
  InboundHouse,
  OWN,
  user,
} from '../inbound/house.ts';

const MINUTE = 60_000;
const others = (...telephones: string[]) => telephones.map((dialled) => ({ ghost: ghostOf(dialled), dialled }));

async function group(options: HouseOptions = {}, telephones = [BOB, CAROL, DAVE]) {
  const house = await InboundHouse.open(options);
  const roomId = house.rooms.set('!group', telephones, [ALICE, ERIN]);
  await house.wrote(roomId, ALICE, BOB);
  return { house, roomId };
}

describe('a text of one of several telephones', () => {
  it('is shown in the room, and passed on to the others with its writer', async () => {
    const { house, roomId } = await group();
    await house.arrive('hello');
    await house.settle();
    expect(house.bodies(roomId)).toEqual(['hello']);
    expect(house.desk.relayed).toEqual([
      { eventId: '$0', roomId, user: ALICE, to: others(CAROL, DAVE), text: `${BOB}: hello` },
    ]);
  });

  it('names its writer as the room does', async () => {
    const { house, roomId } = await group();
    await house.store.petNames.set(ALICE, BOB, 'Bobby');
    await house.arrive('1');
    await house.settle();
    await house.store.petNames.set(roomId, BOB, 'Bob\nthe builder');
    await house.arrive('2');
    await house.settle();
    expect(house.desk.relayed.map(({ text }) => text)).toEqual(['Bobby: 1', 'Bob the builder: 2']);
  });

  it.each<[string, HouseOptions, number]>([
    ['the room does not want it', { relays: () => false }, 0],
    ['the room wants it, though the administrator does not', { relays: () => true, policy: { relay: false } }, 1],
    ['the administrator does not want it', { policy: { relay: false } }, 0],
    ['the room has not chosen', { relays: (): undefined => undefined }, 1],
  ])('when %s', async (_, options, times) => {
    const { house } = await group(options);
    await house.arrive('hello');
    await house.settle();
    expect(house.desk.relayed).toHaveLength(times);
  });

  it('is passed on in the name of somebody who is there', async () => {
    const { house, roomId } = await group({
      numbers: { [OWN]: { kind: 'users', targets: [user(ALICE), user(ERIN)] } },
    });
    house.rooms.set(roomId, [BOB, CAROL], [ERIN]);
    await house.arrive('hello');
    await house.settle();
    expect(house.desk.relayed.map(({ user: by }) => by)).toEqual([ERIN]);
  });

  it('is not passed on to numbers of our own, nor from them', async () => {
    const ours = { kind: 'users', targets: [user(ERIN)] } as const;
    const { house, roomId } = await group({ numbers: { [CAROL]: ours } });
    await house.arrive('hello');
    await house.settle();
    expect(house.desk.relayed.map(({ to }) => to)).toEqual([others(DAVE)]);
    await house.wrote(roomId, ALICE, CAROL);
    await house.arrive({ sender: CAROL, text: 'hello again' });
    await house.settle();
    expect(house.bodies(roomId)).toEqual(['hello', 'hello again']);
    expect(house.desk.relayed).toHaveLength(1);
  });

  it('an order is not passed on', async () => {
    const { house } = await group();
    await house.arrive('STOP');
    await house.settle();
    expect(house.desk.relayed).toEqual([]);
  });

  it('is passed on so many times a minute; then it is only shown, and that is said once', async () => {
    const { house, roomId } = await group({ policy: { relayedPerMinute: 2 } });
    for (const text of ['1', '2', '3', '4']) await house.arrive(text);
    await house.settle();
    expect(house.bodies(roomId)).toEqual(['1', '2', '3', '4']);
    expect(house.desk.relayed).toHaveLength(2);
    expect(house.homeserver.notices.map(({ text }) => text)).toEqual([
      'Many texts came at once: those of the last minute are shown here, but were not all passed on to the other telephones.',
    ]);
    await house.pass(MINUTE);
    await house.arrive('5');
    await house.settle();
    expect(house.desk.relayed).toHaveLength(3);
  });

  it('is passed on once when the process dies before it has noted so', async () => {
    const { house, roomId } = await group();
    const posted = house.store.arrivals.posted.bind(house.store.arrivals);
    house.store.arrivals.posted = () => Promise.reject(new Error('the disk is full'));
    await house.arrive('hello');
    await house.settle();
    expect(house.desk.relayed).toHaveLength(1);
    house.store.arrivals.posted = posted;
    await house.restart();
    await house.settle();
    expect(house.bodies(roomId)).toEqual(['hello']);
    expect(house.desk.relayed).toHaveLength(1);
    expect(await house.side.counts()).toEqual({ waiting: 0, held: 0 });
  });

  it('in a room of one is passed on to nobody', async () => {
    const { house } = await group({}, [BOB]);
    await house.arrive('hello');
    await house.settle();
    expect(house.desk.relayed).toEqual([]);
  });
});
