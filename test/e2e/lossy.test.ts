/** SIP over a network that loses a fifth of all datagrams and lets others overtake: every call comes to a definite end. */
import { afterEach, describe, expect, it } from 'vitest';
import { ANSWER, ANSWER_AND_HANG_UP, RING, refuse } from '../world/scenarios.ts';
import { MICROPHONE_HZ, useWorld } from '../world/world.ts';

const BAD = { lossPercent: 20, reorderPercent: 20, holdMs: 300 };

const world = useWorld({ trunk: { ring_timeout_s: 10 } });

let lost = 0;
afterEach(() => {
  lost += world.current.relay.messages.filter((message) => message.lost).length;
});

describe.each([1, 2, 3])('a fifth lost, a fifth late, seed %i', (seed) => {
  it('a call is answered, heard, and ended at both sides by the caller', async () => {
    const sipp = await world.current.answerWith(ANSWER);
    const caller = await world.current.newCaller();
    world.current.relay.setNetwork({ ...BAD, seed });
    await caller.dial('0181 811 8181');
    await caller.state('talking');
    await caller.hears(MICROPHONE_HZ);
    await caller.hangUp();
    await caller.state('ended');
    const { passed, errors } = await sipp.finished;
    expect(passed, errors).toBe(true);
  });

  it('a call is ended at both sides by the far side', async () => {
    const sipp = await world.current.answerWith(ANSWER_AND_HANG_UP);
    const caller = await world.current.newCaller();
    world.current.relay.setNetwork({ ...BAD, seed: seed + 10 });
    await caller.dial('0181 811 8181');
    await caller.state('talking');
    await world.current.tellPeer(sipp);
    await caller.state('ended');
    expect(await caller.sentence()).toBe('The other side hung up.');
    const { passed, errors } = await sipp.finished;
    expect(passed, errors).toBe(true);
  });

  it('a refusal reaches the caller', async () => {
    await world.current.answerWith(refuse(486, 'Busy Here'));
    const caller = await world.current.newCaller();
    world.current.relay.setNetwork({ ...BAD, seed: seed + 20 });
    await caller.dial('0181 811 8181');
    await caller.state('ended');
    await caller.says(/line is busy/);
  });

  it('a call given up while it rings is cancelled at the far side', async () => {
    const sipp = await world.current.answerWith(RING);
    const caller = await world.current.newCaller();
    world.current.relay.setNetwork({ ...BAD, seed: seed + 30 });
    await caller.dial('0181 811 8181');
    await sipp.waitForMessage(({ startLine }) => startLine.includes('180'), 20_000);
    await caller.hangUp();
    await caller.state('ended');
    const { passed, errors } = await sipp.finished;
    expect(passed, errors).toBe(true);
  });
});

it('the network was as bad as it should be', () => {
  expect(lost).toBeGreaterThan(10);
});
