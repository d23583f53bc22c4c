/** STOP, START and HELP of telephones. */
import { expect, it } from 'vitest';
import { useWorld } from '../world/world.ts';
import { bodiesTo, newNumber, textPeer, textWorld, Writer } from './texting.ts';

const world = useWorld(textWorld());

async function conversation() {
  const peer = await textPeer(world.current);
  const writer = await Writer.join(world.current);
  const telephone = newNumber();
  const chat = await writer.chatWith(telephone);
  const says = (body: string) => peer.send({ from: telephone, to: writer.number, body });
  return { peer, writer, telephone, chat, says };
}

it.each([
  ['STOP', 'START', /START/],
  ['Stopp!', 'start', /START/],
  ['arrêt', 'Unstop', /START/],
])('%s ends texts, %s begins them again', async (stop, start, answer) => {
  const { peer, telephone, chat, says } = await conversation();
  const first = await chat.write('first');
  await chat.status(first, 'SUCCESS');
  expect(await says(stop)).toBe(200);
  await chat.receives(stop);
  await peer.receives(({ to, body }) => to === telephone && answer.test(body));
  const refused = await chat.write('refused');
  expect(await chat.status(refused, 'FAIL_PERMANENT')).toMatch(/no more texts/);
  expect(await says(start)).toBe(200);
  await chat.receives(start);
  await peer.receives(({ to, body }) => to === telephone && /STOP/.test(body));
  const again = await chat.write('again');
  await chat.status(again, 'SUCCESS');
  const bodies = bodiesTo(peer, telephone);
  expect(bodies).toContain('again');
  expect(bodies).not.toContain('refused');
});

it('HELP is answered, and texts go on', async () => {
  const { peer, telephone, chat, says } = await conversation();
  expect(await says('Help?')).toBe(200);
  await chat.receives('Help?');
  await peer.receives(({ to, body }) => to === telephone && /STOP/.test(body));
  await chat.status(await chat.write('on'), 'SUCCESS');
});

it('“Stop texting me” is something that somebody says', async () => {
  const { peer, telephone, chat, says } = await conversation();
  expect(await says('Stop texting me')).toBe(200);
  await chat.receives('Stop texting me');
  await chat.status(await chat.write('sorry'), 'SUCCESS');
  expect(bodiesTo(peer, telephone)).toEqual(['sorry']);
});

it('who wrote STOP to one number may be written to from another', async () => {
  const { peer, telephone, chat, says } = await conversation();
  await says('STOP');
  await chat.receives('STOP');
  const other = await Writer.join(world.current);
  const otherChat = await other.chatWith(telephone);
  await otherChat.status(await otherChat.write('from another number'), 'SUCCESS');
  await peer.receives(
    ({ to, from, body }) => to === telephone && from === other.number && body === 'from another number',
  );
});
