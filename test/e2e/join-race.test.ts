/** The client calls before the ghost has joined: the homeserver never pushes that invite, the gateway has to read it. */
import { expect, it } from 'vitest';
import { ANSWER } from '../world/scenarios.ts';
import { useWorld } from '../world/world.ts';
import { elementCall, MatrixClient } from './matrix-client.ts';

const world = useWorld();

it('a call that was sent before the ghost joined is answered, once', async () => {
  const sipp = await world.current.answerWith(ANSWER);
  const client = new MatrixClient(world.current, await world.current.newUser());
  const ghost = await client.lookUp('01818118181');
  // Held still, the gateway cannot join until all of the call has been sent.
  world.current.gateway.pause();
  const room = await client.createDirectRoom(ghost);
  for (const { type, content } of elementCall()) await client.send(room, type, content);
  world.current.gateway.resume();

  await client.receives('m.call.answer');
  const { call_id, party_id } = elementCall()[0]?.content ?? {};
  await client.send(room, 'm.call.hangup', { call_id, party_id, version: '1', reason: 'user_hangup' });
  const { passed, errors, messages } = await sipp.finished;
  expect(passed, errors).toBe(true);
  expect(messages.filter(({ startLine }) => startLine.startsWith('INVITE'))).toHaveLength(1);
  const answers = (await world.current.eventsOf(client.user)).filter(({ type }) => type === 'm.call.answer');
  expect(answers).toHaveLength(1);
});
