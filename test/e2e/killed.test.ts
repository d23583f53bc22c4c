/** The gateway is stopped, or dies, in the middle of a call, and is started again: callers must not be left hanging. */
import { describe, expect, it } from 'vitest';
import { ANSWER, RING } from '../world/scenarios.ts';
import { until } from '../world/wait.ts';
import { MICROPHONE_HZ, type User, useWorld } from '../world/world.ts';

const world = useWorld();

/** How the gateway ended the user's calls. */
async function endsOf(user: User): Promise<string[]> {
  return until('the end of the call in the room', async () => {
    const events = await world.current.eventsOf(user);
    const ends = events.filter(
      ({ type, sender }) => (type === 'm.call.reject' || type === 'm.call.hangup') && sender !== user.session.userId,
    );
    return ends.length > 0 && ends.map(({ type, content }) => `${type} ${content.reason}`);
  });
}

async function dieAndRise(): Promise<void> {
  await world.current.gateway.kill();
  await world.current.gateway.start();
}

describe('a gateway that is stopped', () => {
  it('ends its calls on both sides, with a sentence', async () => {
    const sipp = await world.current.answerWith(ANSWER);
    const user = await world.current.newUser();
    const caller = await world.current.newCaller(user);
    await caller.dial('0181 811 8181');
    await caller.state('talking');
    await world.current.gateway.halt();
    await caller.state('ended');
    await caller.says(/gateway is being restarted/);
    const { passed, errors } = await sipp.finished;
    expect(passed, errors).toBe(true);
    expect(await endsOf(user)).toEqual(['m.call.hangup unknown_error']);
    await world.current.gateway.start();
  });
});

describe('a gateway that was killed', () => {
  it('ends a call that was going on when it is back, once, with a sentence', async () => {
    await world.current.answerWith(ANSWER);
    const user = await world.current.newUser();
    const caller = await world.current.newCaller(user);
    await caller.dial('0181 811 8181');
    await caller.state('talking');
    await caller.hears(MICROPHONE_HZ);
    await dieAndRise();
    await caller.state('ended');
    await caller.says(/gateway was restarted/);
    expect(await endsOf(user)).toEqual(['m.call.hangup unknown_error']);
  });

  it('ends a call that rang, by a reject, and does not call again', async () => {
    const sipp = await world.current.answerWith(RING);
    const user = await world.current.newUser();
    const caller = await world.current.newCaller(user);
    await caller.dial('0181 811 8181');
    await sipp.waitForMessage(({ startLine }) => startLine.includes('180'));
    await caller.state('calling');
    await dieAndRise();
    await caller.state('ended');
    await caller.says(/gateway was restarted/);
    expect(await endsOf(user)).toEqual(['m.call.reject unknown_error']);
    expect((await sipp.messages()).filter(({ startLine }) => startLine.startsWith('INVITE'))).toHaveLength(1);
  });

  it('takes calls again in the same room', async () => {
    await world.current.answerWith(ANSWER);
    const user = await world.current.newUser();
    const caller = await world.current.newCaller(user);
    await caller.dial('0181 811 8181');
    await caller.state('talking');
    await dieAndRise();
    await caller.state('ended');
    await world.current.answerWith(ANSWER);
    await caller.dial('0181 811 8181');
    await caller.state('talking');
    await caller.hears(MICROPHONE_HZ);
    await caller.hangUp();
    await caller.state('ended');
    expect(await world.current.roomsOf(user)).toHaveLength(1);
  });
});
