/**
 * Session timers (RFC 4028) that a drachtio server keeps, in real time: 90 s is the shortest. Those of the embedded server are
 * in test/sip/call/session-timer.peer.test.ts, where the clock is moved.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { headerOf, sdp, World } from '../call/world.ts';
import { SERVERS } from './servers.ts';

const server = SERVERS.find(({ isEmbedded }) => !isEmbedded);
const WAIT_MS = 110_000;

let world: World;
beforeEach(() => {
  world = new World(server);
});
afterEach(() => world.stop());

test.skipIf(server === undefined)(
  'a session is refreshed with our last description, and ended when the far side misses its turn',
  { timeout: 150_000 },
  async () => {
    const trunk = { sessionTimers: { offer: true, expiresS: 90 } };
    const ours = await world.peer('reinvited-by-us', { timeoutS: 140 });
    const theirs = await world.peer('refresh-missed', { timeoutS: 140 });
    const refreshed = (await world.gateway(ours, { trunk })).place({ ringTimeoutMs: 200_000 });
    const missed = (await world.gateway(theirs, { trunk })).place({ ringTimeoutMs: 200_000 });
    await refreshed.until('answered');
    await missed.until('answered');

    const refresh = await ours.waitForMessage(
      ({ startLine }, index, all) =>
        startLine.startsWith('INVITE') && all.slice(0, index).some((each) => each.startLine.startsWith('ACK')),
      WAIT_MS,
    );
    expect(headerOf(refresh, 'Session-Expires')).toBe('90;refresher=uac');
    expect(refresh.text).toContain(sdp('sendrecv', 1).split('\r\n')[1]);
    expect(refreshed.types()).toEqual(['answered']);
    // Before the next refresh, which the scenario does not know.
    refreshed.leg.hangup();
    expect(await refreshed.until('ended')).toMatchObject({ end: { by: 'local' } });

    const bye = await theirs.waitForMessage(({ startLine }) => startLine.startsWith('BYE'), WAIT_MS);
    expect(headerOf(bye, 'Reason')).toContain('Session timer expired');
    expect(await missed.until('ended')).toMatchObject({ end: { by: 'session-timer' } });
  },
);
