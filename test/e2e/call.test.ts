/** A browser calls an answering SIPp: both hear each other, both can end the call. */
import { describe, expect, it } from 'vitest';
import { ANSWER, ANSWER_AND_HANG_UP } from '../world/scenarios.ts';
import { until } from '../world/wait.ts';
import { MICROPHONE_HZ, useWorld } from '../world/world.ts';

const world = useWorld();

describe('a call to an answering SIPp', () => {
  it('carries the tone there and back at its level, and ends at both sides when the caller hangs up', async () => {
    const sipp = await world.current.answerWith(ANSWER);
    const caller = await world.current.newCaller();
    await caller.dial('0181 811 8181');
    await caller.state('talking');

    const heard = await caller.hears(MICROPHONE_HZ);
    // What the microphone says at half of full scale comes back through two G.711 codings a little quieter or louder.
    const said = await until('a beep at the microphone', async () => {
      const look = await caller.look('local');
      return look.dbfs > -20 ? look : undefined;
    });
    expect(heard.dbfs).toBeGreaterThan(-20);
    expect(heard.dbfs).toBeLessThan(0);
    expect(said.hz).toBeCloseTo(MICROPHONE_HZ, -1);
    const roundTripMs = await caller.roundTripMs();
    expect(roundTripMs).toBeGreaterThan(10);
    expect(roundTripMs).toBeLessThan(600);

    await caller.hangUp();
    await caller.state('ended');
    expect(await caller.sentence()).toBe('You hung up.');
    const { passed, errors, messages } = await sipp.finished;
    expect(passed, errors).toBe(true);
    const sent = messages.map(
      ({ direction, startLine }) => `${direction} ${startLine.split(' ').slice(0, 2).join(' ')}`,
    );
    expect(sent.filter((line) => line.includes('BYE'))).toHaveLength(1);
    expect(messages[0]?.startLine).toMatch(/^INVITE sip:\+441818118181@/);
  });

  it('ends at the caller when the far side hangs up', async () => {
    const sipp = await world.current.answerWith(ANSWER_AND_HANG_UP);
    const caller = await world.current.newCaller();
    await caller.dial('0181 811 8182');
    await caller.state('talking');
    await caller.hears(MICROPHONE_HZ);
    await world.current.tellPeer(sipp);
    await caller.state('ended');
    expect(await caller.sentence()).toBe('The other side hung up.');
    const { passed, errors } = await sipp.finished;
    expect(passed, errors).toBe(true);
  });

  it('can be called again in the same room', async () => {
    const user = await world.current.newUser();
    const caller = await world.current.newCaller(user);
    for (let i = 0; i < 2; i++) {
      const sipp = await world.current.answerWith(ANSWER);
      await caller.dial('0181 811 8183');
      await caller.state('talking');
      await caller.hears(MICROPHONE_HZ);
      await caller.hangUp();
      await caller.state('ended');
      expect((await sipp.finished).passed).toBe(true);
    }
    expect(await world.current.roomsOf(user)).toHaveLength(1);
  });

  it('does not disturb others that go on at the same time', async () => {
    await world.current.answerWith(ANSWER, { calls: 3 });
    const callers = [await world.current.newCaller(), await world.current.newCaller(), await world.current.newCaller()];
    for (const [i, caller] of callers.entries()) await caller.dial(`0181 811 819${i}`);
    for (const caller of callers) await caller.state('talking');
    for (const caller of callers) await caller.hears(MICROPHONE_HZ);
    const [first, ...others] = callers;
    await first?.hangUp();
    await first?.state('ended');
    for (const caller of others) await caller.hears(MICROPHONE_HZ);
    for (const caller of others) await caller.hangUp();
    for (const caller of others) await caller.state('ended');
  });

  it('goes through with a muted microphone, and the far side hears nothing then', async () => {
    await world.current.answerWith(ANSWER);
    const caller = await world.current.newCaller();
    await caller.dial('0181 811 8184');
    await caller.state('talking');
    await caller.hears(MICROPHONE_HZ);
    await caller.toggle('Mute');
    await caller.hearsNothing();
    await caller.toggle('Mute');
    await caller.hears(MICROPHONE_HZ);
    await caller.hangUp();
    await caller.state('ended');
  });
});
