/** A log at its most talkative keeps secrets: tokens, passwords, texts, numbers. */
import { expect, it } from 'vitest';
import { ANSWER } from '../world/scenarios.ts';
import { useWorld } from '../world/world.ts';
import { MatrixClient } from './matrix-client.ts';

const PASSWORD = 'correct-horse-battery';
const TEXT = 'meet me at the old mill';

const world = useWorld({ trunk: { username: 'trunkline', password: PASSWORD } });

it('nothing secret is in the log of a call, at level debug', async () => {
  const sipp = await world.current.answerWith(ANSWER);
  const user = await world.current.newUser();
  const caller = await world.current.newCaller(user);
  await caller.dial('0181 811 8181');
  await caller.state('talking');
  const [room = ''] = await world.current.roomsOf(user);
  await new MatrixClient(world.current, user).send(room, 'm.room.message', { msgtype: 'm.text', body: TEXT });
  await caller.press('42');
  await caller.hangUp();
  await caller.state('ended');
  await sipp.finished;
  await world.current.allCallsOver();
  // Someone who does not know the homeserver's token, with a guess of it.
  const guess = 'a-guessed-token';
  await fetch(`${world.current.gateway.url}/_matrix/app/v1/users/@x:y?access_token=${guess}`, {
    headers: { authorization: `Bearer ${guess}` },
  });
  await world.current.gateway.halt();

  const { log } = world.current.gateway;
  expect(log).toContain('"level":20');
  expect(log).toContain('"callRef"');
  const { asToken, hsToken } = await world.current.gateway.tokens();
  const secrets = { asToken, hsToken, guess, PASSWORD, TEXT, userToken: user.session.accessToken };
  for (const [name, secret] of Object.entries(secrets))
    expect(log.includes(secret), `${name} is in the log`).toBe(false);
  // The number, as it was dialled, in its international form, and inside the ghost's user ID.
  for (const number of ['0181 811 8181', '1818118181', '0181=20811=208181']) {
    const line = log.split('\n').find((text) => text.includes(number));
    expect(line, `${number} is in the log`).toBeUndefined();
  }
  await world.current.gateway.start();
});
