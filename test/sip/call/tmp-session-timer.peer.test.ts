/** Session timers (RFC 4028) over their whole interval: the clock is moved, the SIP is real. */
import { SERVERS } from '../contract/servers.ts';
import { setTimeout as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TrunkInput } from '../../../sip/index.ts';
import type { Sipp } from '../../world/peers/sipp.ts';
import { headerOf, OFFER, type TestCall, World } from './world.ts';

let world: World;
beforeEach(() => {
  world = new World(SERVERS.at(-1));
});
afterEach(async () => {
  vi.useRealTimers();
  await world.stop();
});

/** An answered call whose timers are the test's from the INVITE on. */
async function answered(peer: Sipp, trunk: Partial<TrunkInput> = {}): Promise<TestCall> {
  const { place } = await world.gateway(peer, {
    trunk: { sessionTimers: { offer: true, expiresS: 90 }, ...trunk },
  });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const call = place({ ringTimeoutMs: 3_600_000 });
  await call.until('answered');
  await peer.waitForMessage(({ startLine }) => startLine.startsWith('ACK'));
  return call;
}

const nth = (method: string, count: number) => (_: unknown, index: number, all: readonly { startLine: string }[]) =>
  all.slice(0, index + 1).filter(({ startLine }) => startLine.startsWith(method)).length === count;

describe('it is our turn', () => {
  test('the session is refreshed at half the interval by UPDATE, and goes on', async () => {
    const peer = await world.peer('refreshed-by-us');
    const call = await answered(peer);
    vi.advanceTimersByTime(45_000);
    const first = await peer.waitForMessage(nth('UPDATE', 1));
    expect(headerOf(first, 'Session-Expires')).toBe('90;refresher=uac');
    expect(first.text).not.toContain('v=0');
    const refreshes = async (): Promise<number> =>
      new Set(
        (await peer.messages())
          .filter(({ startLine }) => startLine.startsWith('UPDATE'))
          .map((message) => headerOf(message, 'CSeq')),
      ).size;
    // In steps shorter than T1, so that nothing is sent twice, and slowly enough for what is sent to arrive.
    let passedMs = 0;
    while ((await refreshes()) < 2 && passedMs < 90_000) {
      vi.advanceTimersByTime(400);
      passedMs += 400;
      await turn(5);
    }
    expect(await refreshes()).toBe(2);
    expect(passedMs).toBeGreaterThanOrEqual(44_000);
    call.leg.hangup();
    const { passed, errors } = await peer.finished;
    expect(passed, errors).toBe(true);
    expect(call.types()).not.toContain('reoffer');
  });

  test('a trunk that challenges the refresh gets it with credentials, and the call goes on', async () => {
    const peer = await world.peer('refresh-challenged');
    const call = await answered(peer, { credentials: { username: 'alice', password: 'open sesame' } });
    vi.advanceTimersByTime(36_000);
    const refresh = await peer.waitForMessage(nth('UPDATE', 2));
    expect(headerOf(refresh, 'Session-Expires')).toBe('90;refresher=uac');
    expect(headerOf(refresh, 'Proxy-Authorization')).toContain('username="alice"');
    expect(call.types()).not.toContain('ended');
    call.leg.hangup();
    const { passed, errors } = await peer.finished;
    expect(passed, errors).toBe(true);
  });

  test('a peer that takes no UPDATE is sent the last description again', async () => {
    const peer = await world.peer('reinvited-by-us');
    const call = await answered(peer);
    vi.advanceTimersByTime(45_000);
    const refresh = await peer.waitForMessage(nth('INVITE', 2));
    expect(refresh.text.replaceAll('\r', '')).toContain(OFFER.replaceAll('\r', '').trim());
    await peer.waitForMessage(nth('ACK', 2));
    call.leg.hangup();
    const { passed, errors } = await peer.finished;
    expect(passed, errors).toBe(true);
    expect(call.types()).not.toContain('reoffer');
  });
});

test('it is their turn and they miss it: the call ends before the interval does', async () => {
  const peer = await world.peer('refresh-missed');
  const call = await answered(peer);
  vi.advanceTimersByTime(59_000);
  expect(call.types()).not.toContain('ended');
  vi.advanceTimersByTime(1_000);
  expect(await call.until('ended')).toMatchObject({ end: { by: 'session-timer' } });
  const { passed, errors, messages } = await peer.finished;
  expect(passed, errors).toBe(true);
  expect(
    headerOf(
      messages.find(({ startLine }) => startLine.startsWith('BYE')),
      'Reason',
    ),
  ).toContain('Session timer');
});
