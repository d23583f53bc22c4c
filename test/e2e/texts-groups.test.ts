/** A room with three telephones and three users: everybody reads everybody, once, and knows who wrote. */
import { expect, it } from 'vitest';
import { until } from '../world/wait.ts';
import { useWorld } from '../world/world.ts';
import { bodiesTo, newNumber, textPeer, textWorld, Writer } from './texting.ts';

const world = useWorld(textWorld());

async function group() {
  const peer = await textPeer(world.current);
  const writers = [
    await Writer.join(world.current),
    await Writer.join(world.current),
    await Writer.join(world.current),
  ] as const;
  const telephones = [newNumber(), newNumber(), newNumber()] as const;
  const [first, ...others] = writers;
  const chat = await first.groupWith(telephones, others);
  return { peer, writers, telephones, chat };
}

it('a text of a user reaches each telephone with who wrote it, and the room is told first what that costs', async () => {
  const { peer, writers, telephones, chat } = await group();
  const [, second] = writers;
  await second.in(chat).write('Hello all');
  for (const telephone of telephones) await peer.receivesMany(telephone, 1);
  for (const telephone of telephones) expect(bodiesTo(peer, telephone)).toEqual([`${second.user.name}: Hello all`]);
  await chat.notice(/3 telephones/);
  await chat.write('And another');
  for (const telephone of telephones) await peer.receivesMany(telephone, 2);
  expect((await chat.notices()).filter(({ content }) => /3 telephones/.test(String(content.body)))).toHaveLength(1);
});

it('a text of a telephone reaches the room and the other telephones, and itself not', async () => {
  const { peer, writers, telephones, chat } = await group();
  const [first] = writers;
  const [one, two, three] = telephones;
  // It answers a text of the group, hence is meant for it.
  await chat.write('Who comes?');
  for (const telephone of telephones) await peer.receivesMany(telephone, 1);
  const from = peer.texts.find(({ to }) => to === two)?.from ?? '';
  expect(from).toBe(first.number);
  expect(await peer.send({ from: two, to: from, body: 'I do' })).toBe(200);
  const text = await chat.receives('I do');
  expect(text.sender).toBe(await first.client.lookUp(two));
  await until('the text at the other telephones', () =>
    [one, three].every((telephone) => bodiesTo(peer, telephone).length === 2),
  );
  for (const telephone of [one, three]) expect(bodiesTo(peer, telephone).at(-1)).toMatch(/: I do$/);
  expect(bodiesTo(peer, two)).toHaveLength(1);
});

it('a telephone that is sent away gets no more, the others do', async () => {
  const { peer, writers, telephones, chat } = await group();
  const [first] = writers;
  const [one, two, three] = telephones;
  await chat.write('before');
  for (const telephone of telephones) await peer.receivesMany(telephone, 1);
  const ghost = await first.client.lookUp(two);
  await world.current.synapse.request('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(chat.roomId)}/kick`, {
    token: first.user.session.accessToken,
    body: { user_id: ghost },
  });
  await first.client.sees(chat.roomId, ghost, 'leave');
  await chat.write('after');
  for (const telephone of [one, three]) await peer.receivesMany(telephone, 2);
  await chat.write('and after');
  for (const telephone of [one, three]) await peer.receivesMany(telephone, 3);
  expect(bodiesTo(peer, two)).toHaveLength(1);
});
