/** Where texts appear: users who are not there, who left, who declined; commands. Nobody can be joined by the gateway here. */
import { expect, it } from 'vitest';
import { until } from '../world/wait.ts';
import { useWorld, type World } from '../world/world.ts';
import { bodiesTo, Chat, newNumber, textPeer, textWorld, Writer } from './texting.ts';

const world = useWorld(textWorld({ config: { rooms: { join_users: 'invite' } } }));

/** The room to which the user is invited by a ghost. */
function invitation(writer: Writer, from: RegExp): Promise<string> {
  return until(`an invitation of ${from}`, async () => {
    return (await writer.client.invitations()).find((one) => from.test(one.from))?.roomId;
  });
}

async function leave({ synapse }: World, writer: Writer, roomId: string): Promise<void> {
  const token = writer.user.session.accessToken;
  await synapse.request('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/leave`, { token, body: {} });
}

/** The room in which the user writes to the gateway, begun by them. */
async function phoneRoom(writer: Writer): Promise<Chat> {
  const roomId = await writer.client.createDirectRoom(`@trunkline:${writer.id.split(':')[1]}`);
  const chat = new Chat(world.current, writer, roomId);
  await chat.notice(/sms \+44/);
  return chat;
}

/** Settles when the gateway knows what happened before: events come to it in order. */
async function hears(phone: Chat): Promise<void> {
  const before = (await phone.notices()).length;
  await phone.write('line');
  await until('an answer to a command', async () => (await phone.notices()).length > before);
}

it('a text waits until its user comes, invites them again when they left, and is kept when they decline', async () => {
  const peer = await textPeer(world.current);
  const writer = await Writer.join(world.current);
  const phone = await phoneRoom(writer);
  const telephone = newNumber();
  const from = new RegExp(telephone.slice(1));
  const text = async (body: string) => expect(await peer.send({ from: telephone, to: writer.number, body })).toBe(200);

  await text('one');
  await text('two');
  const roomId = await invitation(writer, from);
  const chat = new Chat(world.current, writer, roomId);
  await writer.client.join(roomId);
  await chat.receives('two');
  expect(await chat.bodies()).toEqual(['one', 'two']);

  await leave(world.current, writer, roomId);
  await hears(phone);
  await text('three');
  expect(await invitation(writer, from)).toBe(roomId);
  await leave(world.current, writer, roomId);
  await phone.notice(/declined the chat/);
  await text('four');

  await hears(phone);
  await phone.write('texts');
  await phone.notice(/: 2 for you/);
  await phone.write('texts accept');
  await phone.notice(/open to you again/);
  expect(await invitation(writer, from)).toBe(roomId);
  await writer.client.join(roomId);
  await chat.receives('four');
  expect(await chat.bodies()).toEqual(['one', 'two', 'three', 'four']);
});

it('`sms` begins a conversation, under the name that the user gave', async () => {
  const peer = await textPeer(world.current);
  const writer = await Writer.join(world.current);
  const phone = await phoneRoom(writer);
  const telephone = newNumber();
  await phone.write(`name ${telephone} Bob`);
  await phone.notice(/is called Bob/);
  await phone.write('sms bob See you at 8?');
  await peer.receives(({ to }) => to === telephone);
  expect(bodiesTo(peer, telephone)).toEqual(['See you at 8?']);
  const answer = await phone.notice(/matrix\.to/);
  const roomId = await invitation(writer, new RegExp(telephone.slice(1)));
  expect(String(answer.content.body)).toContain(roomId);
  await writer.client.join(roomId);
  const chat = new Chat(world.current, writer, roomId);
  expect(await peer.send({ from: telephone, to: writer.number, body: 'Yes' })).toBe(200);
  await chat.receives('Yes');
  const names = (await chat.events()).filter(
    ({ type, content }) => type === 'm.room.member' && content.displayname === 'Bob',
  );
  expect(names.length).toBeGreaterThan(0);
});

it('a sender of letters can be read, and says that it cannot be answered', async () => {
  const peer = await textPeer(world.current);
  const writer = await Writer.join(world.current);
  expect(await peer.send({ from: 'ACME', to: writer.number, body: 'Your code is 1234' })).toBe(200);
  const roomId = await invitation(writer, /sender/);
  await writer.client.join(roomId);
  const chat = new Chat(world.current, writer, roomId);
  await chat.receives('Your code is 1234');
  const eventId = await chat.write('Who are you?');
  await chat.notice(/^ACME cannot be answered/);
  expect(await chat.status(eventId, 'FAIL_PERMANENT')).toContain('ACME');
  expect(peer.texts).toEqual([]);
});
