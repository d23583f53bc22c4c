/** Texts for users who have to be invited: they wait until somebody comes, and their senders are not told otherwise. */
import { expect, it } from 'vitest';
import { until } from '../world/wait.ts';
import { useWorld } from '../world/world.ts';
import { Chat, newNumber, textPeer, textWorld, Writer } from './texting.ts';

const world = useWorld(textWorld({ config: { rooms: { join_users: 'invite' } } }));

async function invited() {
  const peer = await textPeer(world.current);
  const writer = await Writer.join(world.current);
  const telephone = newNumber();
  const says = (body: string) => peer.send({ from: telephone, to: writer.number, body });
  expect(await says('first')).toBe(200);
  const ghost = await writer.client.lookUp(telephone);
  const room = await until('the invitation', async () => {
    return (await writer.client.invitations()).find(({ from }) => from === ghost);
  });
  return { peer, writer, telephone, ghost, says, chat: new Chat(world.current, writer, room.roomId) };
}

/** The user leaves a room; settles when the gateway has heard of it. */
async function leave(writer: Writer, roomId: string): Promise<void> {
  const { gateway, synapse } = world.current;
  const heard = () => gateway.log.match(/"fresh":[1-9]/g)?.length ?? 0;
  const before = heard();
  const resource = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/leave`;
  await synapse.request('POST', resource, { token: writer.user.session.accessToken, body: {} });
  await until('the gateway to hear of it', () => heard() > before);
}

it('wait for them, and appear in order when they come', async () => {
  const { writer, says, chat, peer, telephone } = await invited();
  expect(await says('second')).toBe(200);
  await writer.client.join(chat.roomId);
  await chat.receives('second');
  expect(await chat.bodies()).toEqual(['first', 'second']);
  await chat.write('I am here');
  await peer.receives(({ to, body }) => to === telephone && body === 'I am here');
});

it('of one who left the room invite them again, and nothing is lost', async () => {
  const { writer, says, chat } = await invited();
  await writer.client.join(chat.roomId);
  await chat.receives('first');
  await leave(writer, chat.roomId);
  expect(await says('after you left')).toBe(200);
  const again = await until('another invitation', async () => (await writer.client.invitations())[0]);
  await writer.client.join(again.roomId);
  await new Chat(world.current, writer, again.roomId).receives('after you left');
});

it('of one who declines are kept until they ask for them', async () => {
  const { writer, says, chat, ghost } = await invited();
  await leave(writer, chat.roomId);
  const told = await until('word of it from the gateway', async () => {
    for (const { roomId, from } of await writer.client.invitations()) {
      // Declined while it was being made, the chat may be offered once more.
      if (from === ghost) await leave(writer, roomId);
      else await writer.client.join(roomId);
    }
    const events = await world.current.eventsOf(writer.user);
    return events.find(({ content }) => /you have declined the chat/.test(String(content.body)));
  });
  expect(await says('still taken')).toBe(200);
  const [command = ''] = /texts accept/.exec(String(told.content.body)) ?? [];
  await new Chat(world.current, writer, told.room_id ?? '').write(command);
  const again = await until('the invitation', async () => (await writer.client.invitations())[0]);
  await writer.client.join(again.roomId);
  const where = new Chat(world.current, writer, again.roomId);
  await where.receives('still taken');
  expect(await where.bodies()).toEqual(['first', 'still taken']);
});
