/** Calls from the telephone through the running gateway: audio both ways, and every way in which nobody takes one. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { header, type SipResponse } from '../../../sip/message/index.ts';
import { BrowserPeer } from '../../media/browser-peer.ts';
import { CallIn } from './call-in.ts';
import { House } from './house.ts';
import { direction, withDirection } from './use-house.ts';

const ALICE = '@alice:hs.test';
const BOB = '@bob:hs.test';
const line = (last: string) => `+44181811818${last}`;

const rule = (last: string, ring: readonly unknown[], more: object = {}) => ({ numbers: [line(last)], ring, ...more });

/** Five numbers, each of a user of its own. */
const many = [0, 1, 2, 3, 4].map((n) => ({ number: `+44181811819${n}`, user: `@many${n}:hs.test` }));

const RULES = [
  ...many.map(({ number, user }) => ({ numbers: [number], ring: [{ users: [user], for_s: 20 }] })),
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

/** A call that is answered and heard. */
async function talking(last = '0'): Promise<CallIn> {
  const call = await CallIn.ringing(house, line(last), ALICE);
  open.push(call);
  await call.talk();
  return call;
}

describe('a call from the telephone', () => {
  it('rings a user who has never seen the number, is answered and heard both ways; the telephone hangs up', async () => {
    const talk = await talking();
    expect((await talk.call.next('m.call.select_answer')).selected_party_id).toBe('KFQDTYWZOJ');
    await talk.bye();
    expect((await talk.call.next('m.call.hangup')).reason).toBe('user_hangup');
  });

  it('is hung up by the client', async () => {
    const { caller, call } = await talking();
    call.send('m.call.hangup', { reason: 'user_hangup' });
    house.network.answer(await caller.request('BYE'), 200);
  });

  it('asks for our offer: it is in the 200, its answer in the ACK', async () => {
    const call = await CallIn.ringing(house, line('0'), ALICE, { sdp: undefined });
    open.push(call);
    const ok = await call.answer();
    call.caller.ack(call.rtp.sdp());
    call.rtp.learn(ok.body.toString());
    await call.expectAudio();
    await call.bye();
  });

  it('asks for our offer and does not answer it: there is no call', async () => {
    const call = await CallIn.ringing(house, line('0'), ALICE, { sdp: undefined });
    open.push(call);
    await call.answer();
    call.caller.ack();
    expect(header(await call.caller.request('BYE'), 'reason')).toMatch(/cause=88/);
    await call.call.next('m.call.hangup');
  });

  it('is held and taken back by the client', async () => {
    const talk = await talking();
    const { browser, caller, rtp } = talk;
    const sdp = browser.connection.localDescription?.sdp ?? '';
    const held = talk.negotiate(withDirection(sdp, 'sendonly').replace(/^a=setup:.*\r$/m, 'a=setup:actpass\r'));
    const hold = await caller.request('INVITE');
    expect(direction(hold.body.toString())).toBe('sendonly');
    caller.respond(hold, 200, rtp.sdp({ direction: 'recvonly' }));
    expect(direction(await held)).toBe('recvonly');
    const resumed = talk.negotiate(sdp.replace(/^a=setup:.*\r$/m, 'a=setup:actpass\r'));
    const resume = await caller.request('INVITE');
    expect(direction(resume.body.toString())).toBe('sendrecv');
    caller.respond(resume, 200, rtp.sdp());
    expect(direction(await resumed)).toBe('sendrecv');
    await talk.expectAudio();
    await talk.bye();
  });

  it('is held by the telephone: the client is told', async () => {
    const talk = await talking();
    const { caller, rtp } = talk;
    const hold = await caller.ask('INVITE', rtp.sdp({ direction: 'sendonly' }));
    expect(direction(hold.body.toString())).toBe('recvonly');
    expect(direction(await talk.negotiated('offer'))).toBe('sendonly');
    await talk.bye();
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
    expect((await ofAlice.next('m.call.hangup')).reason).toBe('answered_elsewhere');
    expect(await ofAlice.words()).toBe(`${BOB} answered the call.`);
    expect((await caller.ask('BYE')).status).toBe(200);
  });
});

describe('fifty telephones at once', () => {
  it('all hear that it rings, in rooms of their own', async () => {
    // Ten for each user: a flood of callers whom nobody knows does not get a room each.
    const callers = Array.from({ length: 50 }, (_, at) => {
      const called = many[at % many.length]?.number ?? '';
      return house.caller(called, `<sip:+4418181182${String(at).padStart(2, '0')}@127.0.0.1>`);
    });
    for (const caller of callers) caller.invite();
    await Promise.all(callers.map((caller) => caller.response(180)));
    for (const caller of callers) caller.cancel();
    await Promise.all(callers.map((caller) => caller.response(487)));
  });
});

describe('a caller who withholds the number', () => {
  it('rings as nobody, and nothing of them is said', async () => {
    const rings = house.ring(ALICE);
    const caller = house.caller(line('0'), '"Anonymous" <sip:anonymous@anonymous.invalid>');
    caller.invite({ headers: { Privacy: 'id', 'P-Asserted-Identity': '<sip:+441818118189@127.0.0.1>' } });
    const call = await rings;
    await caller.response(180);
    expect(call.room.ghost).not.toContain('8189');
    caller.cancel();
    await caller.response(487);
    expect(await call.words()).toBe('Missed call. The caller withheld their number.');
  });
});

describe('a gateway that dies', () => {
  it('while it rings stops the ringing when it is back, in every room, and says what was missed', async () => {
    const [alice, bob] = [house.ring(ALICE), house.ring(BOB)];
    const caller = house.caller(line('1'));
    caller.invite();
    const [ofAlice, ofBob] = await Promise.all([alice, bob]);
    await caller.response(180);
    await house.gateway.kill();
    await house.start();
    await ofAlice.next('m.call.hangup');
    await ofBob.next('m.call.hangup');
    expect(await ofAlice.words()).toMatch(/^Missed call from Dora/);
    expect(ofAlice.said.filter(({ type }) => type === 'm.call.invite')).toHaveLength(1);
  });

  it('in a call ends it on both sides when it is back, in words', async () => {
    const { call, caller } = await talking();
    await house.gateway.kill();
    await house.start();
    await call.next('m.call.hangup');
    house.network.answer(await caller.request('BYE'), 200);
    expect(await call.words()).toMatch(/restarted/);
  });
});
