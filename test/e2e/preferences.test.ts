/** What people want of calls to them, said in their phone room: not to be disturbed, nobody whom they block; and who finds them. */
import { expect, it } from 'vitest';
import { SERVER_NAME, useWorld } from '../world/world.ts';
import { Chat, newNumber, textPeer, textWorld, Writer } from './texting.ts';

const world = useWorld(textWorld());

async function phoneRoom(writer: Writer): Promise<Chat> {
  const roomId = await writer.client.createDirectRoom(`@trunkline:${SERVER_NAME}`);
  const chat = new Chat(world.current, writer, roomId);
  await chat.notice(/dnd/);
  return chat;
}

it('who is not to be disturbed does not ring, reads of the call, and rings for those who are let through', async () => {
  const writer = await Writer.join(world.current);
  const phone = await world.current.newPhone(writer.user);
  const bot = await phoneRoom(writer);
  await bot.write('dnd on');
  await bot.notice(/do not ring/);
  const number = newNumber();
  const telephone = await world.current.newTelephone(number);
  await telephone.dial(writer.number);
  expect((await telephone.waitForEvent('CALL_CLOSED')).param).toMatch(/486/);
  await bot.notice(/^Missed call from /);
  expect(await phone.calls()).toEqual([]);

  await bot.write(`allow ${number}`);
  await bot.notice(/is always let through from now on/);
  await telephone.dial(writer.number);
  await phone.rings();
  await telephone.command('hangup');
  await phone.state('ended');
});

it('who is blocked neither rings nor is read, until that is taken back', async () => {
  const peer = await textPeer(world.current);
  const writer = await Writer.join(world.current);
  const bot = await phoneRoom(writer);
  const number = newNumber();
  await bot.write(`block ${number}`);
  await bot.notice(/is blocked from now on/);
  const text = (body: string) => peer.send({ from: number, to: writer.number, body });
  expect(await text('Buy now')).toBeGreaterThanOrEqual(400);
  const telephone = await world.current.newTelephone(number);
  await telephone.dial(writer.number);
  expect((await telephone.waitForEvent('CALL_CLOSED')).param).toMatch(/603/);

  await bot.write(`block remove ${number}`);
  await bot.notice(/is not blocked any more/);
  world.current.connectPeer(peer);
  expect(await text('Sorry')).toBe(200);
  await (await writer.chatWhere('Sorry')).receives('Sorry');
});

it('a number of our own is looked up as its user, but not while calls have to come by the gateway', async () => {
  const [alice, bob] = [await Writer.join(world.current), await Writer.join(world.current)];
  const national = bob.number.replace('+44', '0');
  for (const dialled of [bob.number, national]) expect(await alice.client.lookUp(dialled)).toBe(bob.id);
  expect(await alice.client.lookUp(newNumber())).toMatch(/^@_sip_/);
  const bot = await phoneRoom(bob);
  await bot.write('dnd on');
  await bot.notice(/do not ring/);
  expect(await alice.client.lookUp(bob.number)).toMatch(/^@_sip_/);
});
