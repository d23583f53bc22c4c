/** Whose number a text comes from: one's own, one of a pool that is lent, one that many share. */
import { describe, expect, it } from 'vitest';
import { useWorld } from '../world/world.ts';
import { bodiesTo, newNumber, textPeer, textWorld, userId, Writer } from './texting.ts';

const POOL = ['+447700900001', '+447700900002'];
const SHARED = 'EXAMPLE';
const LENDING = [1, 2, 3, 4];

const world = useWorld(
  textWorld({
    config: { lines: [] },
    texts: {
      pools: [{ name: 'mobiles', numbers: POOL, users: LENDING.map(userId) }],
      shared_senders: [{ sender: SHARED, users: ['@*:trunkline.test'] }],
    },
  }),
);

describe('a pool of two numbers', () => {
  it('lends one to each user who writes to a telephone, and answers reach the right one', async () => {
    const peer = await textPeer(world.current);
    const telephone = newNumber();
    const writers = [
      await Writer.join(world.current),
      await Writer.join(world.current),
      await Writer.join(world.current),
    ] as const;
    const [one, two, three] = writers;
    const chats = [
      await one.chatWith(telephone),
      await two.chatWith(telephone),
      await three.chatWith(telephone),
    ] as const;
    await chats[0].write('from one');
    await chats[1].write('from two');
    const first = await peer.receives(({ body }) => body === 'from one');
    const second = await peer.receives(({ body }) => body === 'from two');
    expect([first.from, second.from].toSorted()).toEqual(POOL);

    const refused = await chats[2].write('from three');
    expect(await chats[2].status(refused, 'FAIL_PERMANENT')).toMatch(/are in use/);

    expect(await peer.send({ from: telephone, to: second.from, body: 'for two' })).toBe(200);
    expect(await peer.send({ from: telephone, to: first.from, body: 'for one' })).toBe(200);
    await chats[1].receives('for two');
    await chats[0].receives('for one');
    expect(await chats[0].bodies()).toEqual(['for one']);
    expect(await chats[1].bodies()).toEqual(['for two']);

    await chats[0].write('again from one');
    expect((await peer.receives(({ body }) => body === 'again from one')).from).toBe(first.from);

    const other = newNumber();
    const chat = await three.chatWith(other);
    await chat.write('to another telephone');
    expect(POOL).toContain((await peer.receives(({ to }) => to === other)).from);
  });
});

describe('a shared sender', () => {
  it('sends, and the room is told once that nobody can answer', async () => {
    while (world.current.users.length < LENDING.length) await world.current.newUser();
    const peer = await textPeer(world.current);
    const telephone = newNumber();
    const writer = await Writer.join(world.current);
    const chat = await writer.chatWith(telephone);
    await chat.status(await chat.write('one'), 'SUCCESS');
    await chat.status(await chat.write('two'), 'SUCCESS');
    expect(bodiesTo(peer, telephone)).toEqual(['one', 'two']);
    expect(peer.texts.map(({ from }) => from)).toEqual([SHARED, SHARED]);
    expect(
      (await chat.notices()).filter(({ content }) => /cannot be answered/.test(String(content.body))),
    ).toHaveLength(1);
    expect(await peer.send({ from: telephone, to: SHARED, body: 'Who is it?' })).toBeGreaterThanOrEqual(400);
  });
});
