/** `m.call.replaces` of a client (matrix-js-sdk in a real Chromium) over a trunk that takes REFER: SIPp, called and calling. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Sipp, startSipp } from '../world/peers/sipp.ts';
import { ANSWER } from '../world/scenarios.ts';
import { until } from '../world/wait.ts';
import { MICROPHONE_HZ, SERVER_NAME, type User, useWorld } from '../world/world.ts';

const OWN_NUMBER = '+441818118210';
const CALLING = path.join(import.meta.dirname, 'data', 'caller-referred.xml');

const world = useWorld({
  trunk: { inbound: { allow_from: ['127.0.0.1'] }, transfers: 'refer' },
  config: {
    rooms: { join_users: 'as-user' },
    lines: [{ number: OWN_NUMBER, users: [`@user1:${SERVER_NAME}`] }],
  },
});

async function passed(sipp: Sipp): Promise<readonly string[]> {
  const { passed: ok, errors, messages } = await sipp.finished;
  expect(ok, errors).toBe(true);
  return messages.map(({ text }) => text);
}

const referTo = (messages: readonly string[]) =>
  messages.filter((text) => text.startsWith('REFER')).map((text) => /^Refer-To: (.*)$/im.exec(text)?.[1]?.trim());

/** The client has left without a word: a hang-up tidies its history. */
async function tidied(user: User): Promise<void> {
  await until('the client’s history to be tidied', async () =>
    (await world.current.eventsOf(user)).some(
      ({ type, content }) => type === 'm.call.hangup' && content.reason === 'user_hangup',
    ),
  );
}

describe('a client puts its telephone through at the trunk', () => {
  // The first, since the number is the first user's. A client that is opened again may ring for a call that is over.
  it('that called it', async () => {
    const user = await world.current.newUser();
    const phone = await world.current.newPhone(user);
    const sipp = await startSipp({
      scenario: CALLING,
      target: `127.0.0.1:${world.current.relay.gatewayPort}`,
      service: OWN_NUMBER,
      rtpEcho: true,
    });
    world.current.onReset(() => sipp.stop());
    world.current.connectPeer(sipp);
    await phone.rings();
    await phone.answer();
    await phone.hears(MICROPHONE_HZ);
    await phone.transfer('0181 811 8182');
    await phone.state('ended');
    expect(referTo(await passed(sipp))).toEqual([expect.stringMatching(/^<sip:\+441818118182@/)]);
  });

  it('that it called: the trunk calls the third party, and our call ends', async () => {
    const user = await world.current.newUser();
    const sipp = await world.current.answerWith([
      ...ANSWER.slice(0, -1),
      { step: 'referred', done: true },
      { step: 'bye' },
    ]);
    const phone = await world.current.newPhone(user);
    await phone.dial('0181 811 8181');
    await phone.state('connected');
    await phone.hears(MICROPHONE_HZ);
    await phone.transfer('0181 811 8182');
    await phone.state('ended');
    expect(referTo(await passed(sipp))).toEqual([expect.stringMatching(/^<sip:\+441818118182@/)]);
    await tidied(user);
    expect(world.current.relay.messages.filter(({ text }) => text.startsWith('INVITE sip:+441818118182'))).toEqual([]);
  });

  it('which refuses: the gateway calls the third party and joins the two', async () => {
    const user = await world.current.newUser();
    const first = await world.current.answerWith([
      ...ANSWER.slice(0, -1),
      { step: 'referred', done: false },
      { step: 'bye' },
    ]);
    const phone = await world.current.newPhone(user);
    await phone.dial('0181 811 8183');
    await phone.state('connected');
    await phone.hears(MICROPHONE_HZ);
    const third = await world.current.answerWith([...ANSWER.slice(0, -1), { step: 'told' }, { step: 'hang-up' }]);
    await phone.transfer('0181 811 8184');
    await phone.state('ended');
    // The two are joined: before that, a third party that hangs up has failed the transfer.
    await tidied(user);
    await world.current.tellPeer(third);
    expect((await passed(third))[0]).toMatch(/^INVITE sip:\+441818118184@/);
    // Whose far side has hung up is let go.
    await passed(first);
  });
});
