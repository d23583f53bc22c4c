/** Calls that come in, through the embedded server, from a caller by hand. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { header } from '../../../sip/message/index.ts';
import { Caller, type InboundWorld, inboundWorld } from './inbound-world.ts';
import { sdp } from './world.ts';

const ANSWER = sdp('sendrecv', 7);

let world: InboundWorld;
let caller: Caller;
beforeEach(async () => {
  world = await inboundWorld();
  caller = new Caller(world);
});
afterEach(async () => {
  await world.close();
});

/** An answered call. */
async function answered() {
  caller.invite();
  const call = await world.next();
  const acknowledged = call.call.leg.answer(ANSWER);
  const ok = await caller.response(200);
  caller.ack();
  await acknowledged;
  return { call, ok };
}

describe('from ringing to the end', () => {
  test('rings, is answered, and the caller hangs up', async () => {
    caller.invite({ uri: `sip:+441818118181@${world.address}` });
    const call = await world.next();
    expect(call.call).toMatchObject({
      trunk: 'test',
      called: '+441818118181',
      caller: { number: '+4930901820', name: 'A Caller', withheld: false },
      divertedBy: [],
      maxForwards: 70,
    });
    expect(call.call.sdp).toContain('m=audio');
    call.call.leg.ring();
    await caller.response(180);
    const acknowledged = call.call.leg.answer(ANSWER);
    const ok = await caller.response(200);
    expect(ok.body.toString()).toBe(ANSWER);
    caller.ack();
    await expect(acknowledged).resolves.toBeUndefined();
    caller.send('BYE', { Reason: 'Q.850;cause=16;text="done"' });
    await world.peer.response(200, 'BYE');
    expect((await call.next('ended')).end).toEqual({ by: 'remote', q850: 16, text: 'done' });
    expect(world.server.counts()).toMatchObject({ dialogs: 0, pending: 0 });
    expect(world.calls.health().calls).toBe(0);
  });

  test('we hang up', async () => {
    const { call } = await answered();
    call.leg.hangup({ q850: 16 });
    const bye = await world.peer.request('BYE');
    expect(header(bye, 'reason')).toBe('Q.850;cause=16');
    caller.answer(bye, 200);
    expect((await call.next('ended')).end).toEqual({ by: 'local', q850: 16 });
  });
});
