/** A control room with three members shares a line: its calls ring all, its texts are read by all; who leaves has neither. */
import { expect, it } from 'vitest';
import type { Phone } from '../world/phone/phone.ts';
import { ANSWER } from '../world/scenarios.ts';
import { until } from '../world/wait.ts';
import { SERVER_NAME, type User, useWorld, type World } from '../world/world.ts';
import { elementCall, MatrixClient } from './matrix-client.ts';
import { bodiesTo, Chat, newNumber, textPeer, textWorld, userId, Writer } from './texting.ts';

const TELEPHONE_HZ = 440;
const BOT = `@trunkline:${SERVER_NAME}`;
/** The first of each group of three. */
const ADMINISTRATORS = [userId(1), userId(4), userId(7), userId(10)];

const world = useWorld(textWorld({ config: { lines: [], permissions: { administrators: ADMINISTRATORS } } }));

interface Group {
  readonly members: readonly [Writer, Writer, Writer];
  readonly controlRoom: Chat;
  readonly line: string;
}

let lines = 0;
/** Three users in a control room whose first member has linked a number to it. */
async function group(of: World): Promise<Group> {
  lines += 1;
  const line = `+44181811820${lines}`;
  const members = [await Writer.join(of), await Writer.join(of), await Writer.join(of)] as const;
  const [first, second, third] = members;
  const roomId = await first.client.createRoom({ preset: 'private_chat', invite: [second.id, third.id, BOT] });
  await first.client.sees(roomId, BOT, 'join');
  for (const { client } of [second, third]) await client.join(roomId);
  const controlRoom = new Chat(of, first, roomId);
  await controlRoom.write(`!link ${line} here as Sales`);
  await controlRoom.notice(/belongs to the members of the room/);
  return { members, controlRoom, line };
}

function requestOf(of: World, user: User, method: string, resource: string, body?: unknown): Promise<unknown> {
  const token = user.session.accessToken;
  return of.synapse.request(method, `/_matrix/client/v3${resource}`, {
    token,
    ...(body === undefined ? {} : { body }),
  });
}

const leave = (of: World, { user }: Writer, roomId: string) =>
  requestOf(of, user, 'POST', `/rooms/${encodeURIComponent(roomId)}/leave`, {});

async function isGone(of: World, { user }: Writer, roomId: string): Promise<void> {
  await until(`${user.name} to be out of the room`, async () => !(await of.roomsOf(user)).includes(roomId));
}

it('a call rings all members, one takes it, and the others are told who did', async () => {
  const { members, line } = await group(world.current);
  const phones = await Promise.all(members.map(({ user }) => world.current.newPhone(user)));
  const [, second] = phones as [Phone, Phone, Phone];
  const telephone = await world.current.newTelephone(newNumber(), { source: { sineHz: TELEPHONE_HZ } });
  await telephone.dial(line);
  const rung = await Promise.all(phones.map((phone) => phone.rings()));
  const [{ roomId, title }] = rung as [(typeof rung)[0]];
  expect(new Set(rung.map((call) => call.roomId)).size).toBe(1);
  expect(title).toMatch(/^01632 96\d{4} \(Sales\)$/);

  await second.answer();
  await telephone.waitForEvent('CALL_ESTABLISHED');
  await second.hears(TELEPHONE_HZ);
  const others = phones.filter((phone) => phone !== second);
  for (const phone of others) await phone.state('ended');
  const chat = new Chat(world.current, members[0], roomId);
  await chat.notice(/user2.* answered|answered by.*user2/i);
  await second.hangUp();
  await telephone.waitForEvent('CALL_CLOSED');
});

it('who leaves the control room loses its calls and its rooms at once, and has them again on coming back', async () => {
  const { members, controlRoom, line } = await group(world.current);
  const [first, second, third] = members;
  const phones = await Promise.all(members.map(({ user }) => world.current.newPhone(user)));
  const [onePhone, twoPhone, threePhone] = phones as [Phone, Phone, Phone];
  const number = newNumber();
  const telephone = await world.current.newTelephone(number, { source: { sineHz: TELEPHONE_HZ } });
  await telephone.dial(line);
  const { roomId } = await threePhone.rings();
  await threePhone.answer();
  await telephone.waitForEvent('CALL_ESTABLISHED');
  await threePhone.hears(TELEPHONE_HZ);

  await leave(world.current, third, controlRoom.roomId);
  await telephone.waitForEvent('CALL_CLOSED');
  await threePhone.state('ended');
  await isGone(world.current, third, roomId);
  await telephone.dial(line);
  for (const phone of [onePhone, twoPhone]) await phone.rings(2);
  expect(await threePhone.calls()).toHaveLength(1);
  await twoPhone.decline();
  await onePhone.decline();
  await telephone.command('hangup');

  await requestOf(world.current, first.user, 'POST', `/rooms/${encodeURIComponent(controlRoom.roomId)}/invite`, {
    user_id: third.id,
  });
  await third.client.join(controlRoom.roomId);
  await until('user3 to be back', async () => (await world.current.roomsOf(third.user)).includes(roomId));
  expect(await world.current.roomsOf(second.user)).toContain(roomId);
});

it('texts of both ways are read by all, and go out under the line whoever writes', async () => {
  const peer = await textPeer(world.current);
  const { members, controlRoom, line } = await group(world.current);
  const [first, second, third] = members;
  const telephone = newNumber();
  expect(await peer.send({ from: telephone, to: line, body: 'Are you open today?' })).toBe(200);
  const chat = await first.chatWhere('Are you open today?');
  for (const member of [second, third]) await member.in(chat).receives('Are you open today?');

  await third.in(chat).write('Until six.');
  const sent = await peer.receives(({ to }) => to === telephone);
  expect(sent).toMatchObject({ from: line, body: 'Until six.' });
  await second.in(chat).write('Or seven.');
  await peer.receives(({ body }) => body === 'Or seven.');

  await leave(world.current, second, controlRoom.roomId);
  await isGone(world.current, second, chat.roomId);
  expect(await peer.send({ from: telephone, to: line, body: 'Thank you!' })).toBe(200);
  await third.in(chat).receives('Thank you!');
  await expect(
    new MatrixClient(world.current, second.user).send(chat.roomId, 'm.room.message', { msgtype: 'm.text', body: 'x' }),
  ).rejects.toThrow();
  expect(bodiesTo(peer, telephone)).toEqual(['Until six.', 'Or seven.']);
});

it('a member calls from a room of the line under its number, also after the gateway was away', async () => {
  const { members, controlRoom, line } = await group(world.current);
  const [first, second, third] = members;
  const telephone = newNumber();
  await second.in(controlRoom).write(`!dial ${telephone}`);
  const roomId = await until('a room of the line', async () => {
    const rooms = await world.current.roomsOf(third.user);
    return rooms.find((room) => room !== controlRoom.roomId);
  });
  const topic = await requestOf(
    world.current,
    third.user,
    'GET',
    `/rooms/${encodeURIComponent(roomId)}/state/m.room.topic/`,
  );
  expect(topic).toMatchObject({ topic: expect.stringMatching(/^Calls and texts from here come from Sales\./) });

  const call = async (client: MatrixClient, callId: string) => {
    const sipp = await world.current.answerWith(ANSWER);
    for (const { type, content } of elementCall()) await client.send(roomId, type, { ...content, call_id: callId });
    await sipp.waitForMessage(({ startLine }) => startLine.startsWith('INVITE'), 30_000);
    await until('an answer', async () => {
      const events = await world.current.eventsOf(first.user);
      return events.some(({ type, content }) => type === 'm.call.answer' && content.call_id === callId);
    });
    const { party_id } = elementCall()[0]?.content ?? {};
    await client.send(roomId, 'm.call.hangup', { call_id: callId, party_id, version: '1', reason: 'user_hangup' });
    await sipp.finished;
  };
  await call(third.client, 'by-third');
  const [invite] = world.current.relay.messages.filter(({ text }) => text.startsWith('INVITE'));
  expect(invite?.text).toMatch(new RegExp(`^From:.*${line.slice(1)}`, 'm'));
  expect(invite?.text).toContain(telephone.slice(1));

  await world.current.gateway.kill();
  await leave(world.current, third, controlRoom.roomId);
  await world.current.gateway.start();
  await isGone(world.current, third, roomId);
  expect(await world.current.roomsOf(second.user)).toContain(roomId);
});
