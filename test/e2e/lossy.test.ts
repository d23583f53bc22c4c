/** SIP over a network that loses a fifth of all datagrams and lets others overtake: every call comes to a definite end. */
import { afterEach, describe, expect, it } from 'vitest';
import { type Baresip, type BaresipOptions, startBaresip } from '../world/peers/baresip.ts';
import { useWorld } from '../world/world.ts';

const BAD = { lossPercent: 20, reorderPercent: 20, holdMs: 300 };
const BARESIP_HZ = 440;

const world = useWorld();

/** A real telephone: SIPp gives up on a request that comes twice while it waits for another. */
async function telephone(options: BaresipOptions = {}): Promise<Baresip> {
  const peer = await startBaresip({ user: '+441818118181', source: { sineHz: BARESIP_HZ }, ...options });
  world.current.onReset(() => peer.stop());
  world.current.connectPeer(peer);
  return peer;
}

/** Both sides of a call on a good network would take a second; a bad one may need all of 64·T1 for its last message. */
const LONG_MS = 40_000;

let lost = 0;
afterEach(() => {
  lost += world.current.relay.messages.filter((message) => message.lost).length;
});

describe.each([1, 2, 3])('a fifth lost, a fifth late, seed %i', (seed) => {
  it('a call is answered, heard, and ended at both sides by the caller', async () => {
    const peer = await telephone();
    const caller = await world.current.newCaller();
    world.current.relay.setNetwork({ ...BAD, seed });
    await caller.dial('0181 811 8181');
    await caller.state('talking');
    await caller.hears(BARESIP_HZ);
    await caller.hangUp();
    await caller.state('ended');
    await peer.waitForEvent('CALL_CLOSED', LONG_MS);
  });

  it('a call is ended at both sides by the far side', async () => {
    const peer = await telephone();
    const caller = await world.current.newCaller();
    world.current.relay.setNetwork({ ...BAD, seed: seed + 10 });
    await caller.dial('0181 811 8181');
    await caller.state('talking');
    await peer.waitForEvent('CALL_ESTABLISHED', LONG_MS);
    await peer.command('hangup');
    await caller.state('ended');
    expect(await caller.sentence()).toBe('The other side hung up.');
  });

  it('a refusal reaches the caller', async () => {
    const peer = await telephone({ answer: 'manual' });
    const caller = await world.current.newCaller();
    world.current.relay.setNetwork({ ...BAD, seed: seed + 20 });
    await caller.dial('0181 811 8181');
    await peer.waitForEvent('CALL_INCOMING', LONG_MS);
    await peer.command('hangup');
    await caller.state('ended');
    await caller.says(/line is busy|was declined/);
  });

  it('a call given up while it rings is cancelled at the far side', async () => {
    const peer = await telephone({ answer: 'manual' });
    const caller = await world.current.newCaller();
    world.current.relay.setNetwork({ ...BAD, seed: seed + 30 });
    await caller.dial('0181 811 8181');
    await peer.waitForEvent('CALL_INCOMING', LONG_MS);
    await caller.hangUp();
    await caller.state('ended');
    await peer.waitForEvent('CALL_CLOSED', LONG_MS);
  });
});

it('the network was as bad as it should be', () => {
  expect(lost).toBeGreaterThan(3);
});
