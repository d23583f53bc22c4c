/** Users and administrators write to the gateway, on a real homeserver: credit, prices from an uploaded deck, the records of a call. */
import { expect, it } from 'vitest';
import { until } from '../world/wait.ts';
import { SERVER_NAME, useWorld } from '../world/world.ts';
import { Chat, newNumber, textWorld, userId, Writer } from './texting.ts';

const BOT = `@trunkline:${SERVER_NAME}`;
/** The first user of each test. */
const ADMINISTRATORS = [userId(1), userId(3)];
const DECK = 'prefix,name,per_minute,connect_fee,first_s,next_s\n44,United Kingdom,0.02,0.01,60,1\n';

const world = useWorld(
  textWorld({ config: { permissions: { administrators: ADMINISTRATORS }, credit: { default: 'prepaid' } } }),
);

/** The user's chat with the gateway. */
async function phoneRoom(writer: Writer): Promise<Chat> {
  const roomId = await writer.client.createDirectRoom(BOT);
  await writer.client.sees(roomId, BOT, 'join');
  const chat = new Chat(world.current, writer, roomId);
  await chat.notice(/This is your telephone[\s\S]*credit – shows your credit/);
  return chat;
}

async function upload({ user }: Writer, text: string): Promise<string> {
  const response = await fetch(`${world.current.synapse.url}/_matrix/media/v3/upload?filename=deck.csv`, {
    method: 'POST',
    headers: { authorization: `Bearer ${user.session.accessToken}`, 'content-type': 'text/csv' },
    body: text,
  });
  return ((await response.json()) as { content_uri: string }).content_uri;
}

it('an administrator adds credit, reads a deck and looks at prices, and users see what is theirs', async () => {
  const admin = await Writer.join(world.current);
  const user = await Writer.join(world.current);
  const desk = await phoneRoom(admin);
  const chat = await phoneRoom(user);

  await chat.write(`topup ${user.id} 1000`);
  await chat.notice(/^Only administrators may do this\.$/);
  await desk.write(`topup ${user.id} 10 paid in cash`);
  await desk.notice(/\+10\.00 EUR\. Credit: 10\.00 EUR\.$/);
  await chat.write('credit');
  await chat.notice(/^Credit: 10\.00 EUR\.\n.* \+10\.00 EUR {2}top-up \(paid in cash\)$/);

  const url = await upload(admin, DECK);
  const file = await desk.write('deck.csv', {
    msgtype: 'm.file',
    url,
    info: { mimetype: 'text/csv', size: DECK.length },
  });
  await desk.write('rates import carrier', { 'm.relates_to': { 'm.in_reply_to': { event_id: file } } });
  await desk.notice(/^The deck carrier was read: 1 new\.$/);
  await desk.write('amend', {
    msgtype: 'm.file',
    url,
    filename: 'deck.csv',
    body: 'rates import spare amend',
    info: { mimetype: 'text/csv', size: DECK.length },
  });
  await desk.notice(/^The deck spare was read: 1 new\.$/);
  await desk.write('rates');
  await desk.notice(/^carrier: 1 rates for calls.*\nspare: 1 rates for calls/);
  await desk.write('ledger verify');
  await desk.notice(/^The ledger is right/);
});

it('in a room of several a mark stands in front, and everything else is left to the people there', async () => {
  const admin = await Writer.join(world.current);
  const user = await Writer.join(world.current);
  const roomId = await admin.client.createRoom({ preset: 'private_chat', invite: [user.id, BOT] });
  await admin.client.sees(roomId, BOT, 'join');
  await user.client.join(roomId);
  const room = new Chat(world.current, admin, roomId);
  await room.write('credit');
  await user.in(room).write('!trunks');
  await room.notice(/^Only administrators may do this\.$/);
  await room.write('!trunks');
  await room.notice(/: (?:up|DOWN|not tried yet), \d+ calls/);
  expect((await room.notices()).length).toBe(2);

  const telephone = newNumber();
  await user.in(room).write(`!dial ${telephone}`);
  await room.notice(/matrix\.to/);
  await until('the chat with the number', async () => (await world.current.roomsOf(user.user)).length > 1);
});
