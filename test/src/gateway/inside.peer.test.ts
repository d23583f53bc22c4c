/** Calls from one user to another by a number of the house: they never leave it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BrowserPeer } from '../../media/browser-peer.ts';
import { continuous } from '../../media/contract/world.ts';
import { expectHeard } from './hearing.ts';
import { House } from './house.ts';
import type { RoomCall } from './room-call.ts';

const BOB = '@bob:hs.test';

let house: House;
const browsers: BrowserPeer[] = [];
const browser = (): BrowserPeer => {
  const peer = new BrowserPeer(['PCMA', 'PCMU']);
  browsers.push(peer);
  return peer;
};

beforeAll(async () => {
  house = await House.open({
    config: {
      lines: [{ number: '+441818118185', users: ['@user*:hs.test'] }],
      inbound: { rules: [{ numbers: ['+441818118184'], ring: [{ users: [BOB], for_s: 3 }] }] },
    },
  });
});
afterEach(async () => {
  for (const peer of browsers.splice(0)) await peer.close();
  await house.quiet();
});
afterAll(async () => {
  await house?.close();
});

/** A user dials Bob's number as people of the country do; Bob's client rings. */
async function dialled() {
  const caller = browser();
  const ofBob = house.ring(BOB);
  const out = await house.call(await house.room(undefined, '01818118184'));
  out.invite(await caller.offer());
  const into: RoomCall = await ofBob;
  return { caller, out, into };
}

describe('a user who dials a number of the house', () => {
  it('talks to whom it rings, and the telephone network hears nothing of it', async () => {
    const before = house.network.seen.filter((one) => one.kind === 'request' && one.method === 'INVITE').length;
    const { caller, out, into } = await dialled();
    const callee = browser();
    const { offer } = (await into.next('m.call.invite')) as { readonly offer: { readonly sdp: string } };
    into.send('m.call.answer', { answer: { type: 'answer', sdp: await callee.answer(offer.sdp) } });
    const { answer } = (await out.next('m.call.answer')) as { readonly answer: { readonly sdp: string } };
    await caller.accept(answer.sdp);
    caller.play(continuous(440, 'PCMA'), 'PCMA');
    callee.play(continuous(900, 'PCMA'), 'PCMA');
    await expectHeard(callee, 440, 'who was called');
    await expectHeard(caller, 900, 'who called');
    expect(into.room.ghost).toContain('441818118185');
    out.send('m.call.hangup', { reason: 'user_hangup' });
    expect((await into.next('m.call.hangup')).reason).toBe('user_hangup');
    const after = house.network.seen.filter((one) => one.kind === 'request' && one.method === 'INVITE').length;
    expect(after).toBe(before);
  });

  it('hears that it was declined', async () => {
    const { out, into } = await dialled();
    into.send('m.call.reject');
    expect((await out.next('m.call.reject')).reason).toBe('user_busy');
  });

  it('hears that nobody answered, and who was called reads of it', async () => {
    const { out, into } = await dialled();
    expect((await out.next('m.call.reject')).reason).toBe('invite_timeout');
    expect(await out.words()).toMatch(/Nobody answered/);
    await into.next('m.call.hangup');
    expect(await into.words()).toMatch(/^Missed call/);
  });

  it('gives up: it stops ringing', async () => {
    const { out, into } = await dialled();
    out.send('m.call.hangup', { reason: 'user_hangup' });
    await into.next('m.call.hangup');
    expect(await into.words()).toMatch(/^Missed call/);
  });
});
