/** A telephone calls somebody who has the dialer open: it rings there, for numbers that have never called, too. */
import { describe, expect, it } from 'vitest';
import type { Caller } from '../world/caller.ts';
import type { BaresipOptions } from '../world/peers/baresip.ts';
import { SERVER_NAME, type Telephone, useWorld } from '../world/world.ts';

const TELEPHONE_HZ = 440;

const numberOf = (n: number) => `+4418181182${10 + n}`;

// Nobody is joined by anybody but the page: it accepts the gateway's invitations.
const world = useWorld({
  trunk: { inbound: { allow_from: ['127.0.0.1'] } },
  config: {
    rooms: { join_users: 'invite' },
    lines: [1, 2, 3, 4].map((n) => ({ number: numberOf(n), users: [`@user${n}:${SERVER_NAME}`] })),
  },
});

let count = 0;

async function ringing(options: BaresipOptions = {}): Promise<{ telephone: Telephone; callee: Caller }> {
  const n = ++count;
  const telephone = await world.current.newTelephone(`+4416329600${20 + n}`, {
    source: { sineHz: TELEPHONE_HZ },
    ...options,
  });
  const callee = await world.current.newCaller();
  await telephone.dial(numberOf(n));
  await callee.state('ringing');
  return { telephone, callee };
}

describe('the dialer', () => {
  it('rings under the number, is answered, and both hear each other; the telephone hangs up', async () => {
    const { telephone, callee } = await ringing();
    expect(await callee.phase()).toBe('is calling you');
    expect(await callee.whom()).toBe('01632 960021');
    await callee.answer();
    await telephone.waitForEvent('CALL_ESTABLISHED');
    await callee.state('talking');
    expect((await callee.hears(TELEPHONE_HZ)).dbfs).toBeGreaterThan(-25);
    await telephone.command('hangup');
    await callee.state('ended');
    expect(await callee.sentence()).toBe('The other side hung up.');
  });

  it('declines: the telephone hears that it is busy', async () => {
    const { telephone, callee } = await ringing();
    await callee.decline();
    await callee.state('ended');
    expect(await callee.sentence()).toBe('You declined the call.');
    expect((await telephone.waitForEvent('CALL_CLOSED')).param).toContain('486');
  });

  it('rings no more when the telephone gives up', async () => {
    const { telephone, callee } = await ringing({ displayName: 'Ann Example' });
    expect(await callee.whom()).toMatch(/^Ann Example/);
    await telephone.command('hangup');
    await callee.state('ended');
    await callee.says(/missed the call|Missed call/i);
  });
});
