/** Calls from the telephone through the running gateway: audio both ways, and every way in which nobody takes one. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { header, type SipResponse } from '../../../sip/message/index.ts';
import { BrowserPeer } from '../../media/browser-peer.ts';
import { continuous, heardHz } from '../../media/contract/world.ts';
import { TelephonePeer } from '../../media/telephone-peer.ts';
import { House } from './house.ts';

const ALICE = '@alice:hs.test';
const BOB = '@bob:hs.test';
const line = (last: string) => `+44181811818${last}`;

const rule = (last: string, ring: readonly unknown[], more: object = {}) => ({ numbers: [line(last)], ring, ...more });

const RULES = [
  rule('0', [{ users: [ALICE], for_s: 20 }]),
  rule('1', [{ users: [ALICE, BOB], for_s: 20 }]),
  rule('2', [{ users: [ALICE], for_s: 3 }]),
];

let house: House;
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  house = await House.open({ config: { inbound: { rules: RULES } } });
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  await house.quiet();
});
afterAll(async () => {
  await house?.close();
});

const hears = async (who: BrowserPeer | TelephonePeer, hz: number): Promise<void> => {
  let heard: number | undefined;
  for (let tries = 0; tries < 10; tries++) {
    heard = heardHz(await who.listen(200));
    if (heard !== undefined && Math.abs(heard - hz) < 15) return;
  }
  throw new Error(`heard ${heard} Hz instead of ${hz} Hz`);
};

/** A call that is answered and heard. */
async function talking(last = '0') {
  const rtp = await TelephonePeer.open();
  const browser = new BrowserPeer();
  open.push(browser, rtp);
  const rings = house.ring(ALICE);
  const caller = house.caller(line(last));
  caller.invite({ sdp: rtp.sdp() });
  const call = await rings;
  await caller.response(180);
  const { offer } = (await call.next('m.call.invite')) as { readonly offer: { readonly sdp: string } };
  call.send('m.call.answer', { answer: { type: 'answer', sdp: await browser.answer(offer.sdp) } });
  const ok = await caller.response(200);
  caller.ack();
  rtp.learn(ok.body.toString());
  browser.play(continuous(440));
  rtp.play(continuous(900));
  await hears(rtp, 440);
  await hears(browser, 900);
  return { caller, call, rtp, browser };
}

const bye = async (caller: Awaited<ReturnType<typeof talking>>['caller']): Promise<void> => {
  expect((await caller.ask('BYE')).status).toBe(200);
};

describe('a call from the telephone', () => {
  it('rings a user who has never seen the number, is answered and heard both ways; the telephone hangs up', async () => {
    const { caller, call } = await talking();
    expect((await call.next('m.call.select_answer')).selected_party_id).toBe('KFQDTYWZOJ');
    await bye(caller);
    expect((await call.next('m.call.hangup')).reason).toBe('user_hangup');
  });

  it('is hung up by the client', async () => {
    const { caller, call } = await talking();
    call.send('m.call.hangup', { reason: 'user_hangup' });
    house.network.answer(await caller.request('BYE'), 200);
  });
});

const reasonOf = (response: SipResponse): string => header(response, 'reason') ?? '';

describe('the caller is told', () => {
  it('that the user declined', async () => {
    const rings = house.ring(ALICE);
    const caller = house.caller(line('0'));
    caller.invite();
    const call = await rings;
    call.send('m.call.reject');
    expect(reasonOf(await caller.response(486))).toMatch(/Q\.850;cause=21/);
  });

  it('that nobody answered', async () => {
    const rings = house.ring(ALICE);
    const caller = house.caller(line('2'));
    caller.invite();
    const call = await rings;
    expect(reasonOf(await caller.response(480))).toMatch(/Q\.850;cause=19/);
    expect((await call.next('m.call.hangup')).reason).toBe('invite_timeout');
    expect(await call.words()).toMatch(/^Missed call from Dora/);
  });

  it('that there is no such number', async () => {
    const caller = house.caller(line('9'));
    caller.invite();
    expect(reasonOf(await caller.response(404))).toMatch(/Q\.850;cause=1\b/);
  });
});

describe('a caller who gives up', () => {
  it('stops the ringing, and the user reads of it', async () => {
    const rings = house.ring(ALICE);
    const caller = house.caller(line('0'));
    caller.invite();
    const call = await rings;
    await caller.response(180);
    caller.cancel();
    await caller.response(487);
    await call.next('m.call.hangup');
    expect(await call.words()).toMatch(/^Missed call from Dora/);
  });

  it('as somebody took the call elsewhere stops the ringing without a word', async () => {
    const rings = house.ring(ALICE);
    const caller = house.caller(line('0'));
    caller.invite();
    const call = await rings;
    await caller.response(180);
    caller.cancel({ Reason: 'SIP;cause=200;text="Call completed elsewhere"' });
    await caller.response(487);
    await call.next('m.call.hangup');
    await house.quiet();
    expect(call.said.map(({ type }) => type)).toEqual(['m.call.invite', 'm.call.hangup']);
  });
});

describe('two users who ring', () => {
  it('one answers, the other stops ringing and reads who took it', async () => {
    const browser = new BrowserPeer();
    open.push(browser);
    const [alice, bob] = [house.ring(ALICE), house.ring(BOB)];
    const caller = house.caller(line('1'));
    caller.invite();
    const [ofAlice, ofBob] = await Promise.all([alice, bob]);
    await caller.response(180);
    const { offer } = (await ofBob.next('m.call.invite')) as { readonly offer: { readonly sdp: string } };
    ofBob.send('m.call.answer', { answer: { type: 'answer', sdp: await browser.answer(offer.sdp) } });
    await caller.response(200);
    caller.ack();
    await ofAlice.next('m.call.hangup');
    expect(await ofAlice.words()).toBe(`${BOB} answered the call.`);
    await bye(caller);
  });
});
