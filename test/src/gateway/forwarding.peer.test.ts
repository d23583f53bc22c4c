/** Calls that are forwarded, through the whole gateway: two telephones that hear each other, and whoever pays for it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { header } from '../../../sip/message/index.ts';
import { continuous } from '../../media/contract/world.ts';
import { TelephonePeer } from '../../media/telephone-peer.ts';
import { API_CONFIG, ask, importDeck, topUp, userPath } from '../../world/provisioning.ts';
import type { Caller } from './caller.ts';
import { expectHeard } from './hearing.ts';
import { House } from './house.ts';
import type { Telephone } from './telephone.ts';

const BOB = '@bob:hs.test';
const NUMBER = '+441818118184';
const MOBILE = '+447700900123';

let house: House;
const peers: TelephonePeer[] = [];

beforeAll(async () => {
  house = await House.open({
    trunk: { rates: 'carrier' },
    config: {
      api: API_CONFIG,
      lines: [{ number: NUMBER, users: [BOB] }],
      credit: { default: 'prepaid', warn_before_s: 5, reserve_s: 2 },
    },
  });
  await importDeck(house, 'carrier', '0.60');
});
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close();
  await house.quiet();
});
afterAll(() => house?.close());

async function forwards(when: 'always' | 'unanswered'): Promise<void> {
  await ask(house, 'PUT', `${userPath(BOB)}/forward`, { to: MOBILE, when });
}

async function peer(): Promise<TelephonePeer> {
  const opened = await TelephonePeer.open();
  peers.push(opened);
  return opened;
}

interface Forwarded {
  readonly caller: Caller;
  readonly dora: TelephonePeer;
  readonly telephone: Telephone;
  readonly mobile: TelephonePeer;
}

/** Dora calls Bob's number; his mobile has the INVITE. */
async function callsOn(): Promise<Forwarded> {
  const dora = await peer();
  const mobile = await peer();
  const caller = house.caller(NUMBER);
  caller.invite({ sdp: dora.sdp() });
  const telephone = await house.telephone({ number: MOBILE });
  mobile.learn(telephone.offer);
  return { caller, dora, telephone, mobile };
}

async function talk({ caller, dora, telephone, mobile }: Forwarded): Promise<void> {
  telephone.reply(180);
  await caller.response(180);
  telephone.reply(200, { sdp: mobile.sdp() });
  await telephone.request('ACK');
  const ok = await caller.response(200);
  caller.ack();
  dora.learn(ok.body.toString());
  dora.play(continuous(440));
  mobile.play(continuous(900));
  await expectHeard(mobile, 440, 'the mobile');
  await expectHeard(dora, 900, 'the caller');
}

describe('a user who has calls forwarded', () => {
  it('pays for the call to the mobile; both telephones hear each other, and the end of one is the end of both', async () => {
    await topUp(house, BOB, '10.00');
    await forwards('always');
    const call = await callsOn();
    expect(header(call.telephone.invite, 'max-forwards')).toBe('69');
    await talk(call);
    expect((await ask(house, 'GET', '/calls')).calls).toMatchObject([{ user: BOB }]);
    expect((await call.caller.ask('BYE')).status).toBe(200);
    call.telephone.respond(await call.telephone.request('BYE'), 200);
    await house.quiet();
    const { calls } = await ask(house, 'GET', `${userPath(BOB)}/calls`);
    expect(calls).toMatchObject([{ direction: 'out', number: MOBILE, user: BOB, cause: 'normal' }]);
    const [{ price, answeredAt, endedAt }] = calls as [
      { price: { amount: string }; answeredAt: string; endedAt: string },
    ];
    // A cent for each second that has begun; times are shown to the millisecond.
    const talkedMs = Date.parse(endedAt) - Date.parse(answeredAt);
    const cents = [talkedMs - 1, talkedMs, talkedMs + 1].map((ms) => Math.ceil(ms / 1000));
    expect(cents).toContain(Math.round(Number(price.amount) * 100));
  });

  it('and whose mobile is busy: the caller hears so', async () => {
    await forwards('always');
    const { caller, telephone } = await callsOn();
    telephone.reply(486, { phrase: 'Busy Here' });
    await caller.response(486);
  });

  it('and whose caller gives up: the mobile stops ringing', async () => {
    await forwards('always');
    const { caller, telephone } = await callsOn();
    telephone.reply(180);
    await caller.response(180);
    caller.cancel();
    await caller.response(487);
    const cancel = await telephone.request('CANCEL');
    telephone.respond(cancel, 200);
    telephone.reply(487);
  });

  it('when nobody takes them rings first, and reads where the call went', async () => {
    await forwards('unanswered');
    const rings = house.ring(BOB);
    const dora = await peer();
    const caller = house.caller(NUMBER);
    caller.invite({ sdp: dora.sdp() });
    const ofBob = await rings;
    ofBob.send('m.call.reject', { reason: 'user_busy' });
    const telephone = await house.telephone({ number: MOBILE });
    const mobile = await peer();
    mobile.learn(telephone.offer);
    await talk({ caller, dora, telephone, mobile });
    expect(await ofBob.words()).toMatch(/^A call from Dora .* was put through to \+447700900123\.$/);
    telephone.tell('BYE');
    caller.respond(await caller.request('BYE'), 200);
  });

  it('and has no credit: the mobile does not ring', async () => {
    const { available } = (await ask(house, 'GET', `${userPath(BOB)}/credit`)) as { available: { amount: string } };
    await ask(house, 'POST', `${userPath(BOB)}/credit/adjustments`, {
      amount: `-${available.amount}`,
      note: 'taken back',
    });
    await forwards('always');
    const invites = () => house.network.seen.filter((one) => one.kind === 'request' && one.method === 'INVITE').length;
    const before = invites();
    const caller = house.caller(NUMBER);
    caller.invite({ sdp: (await peer()).sdp() });
    await caller.response(480);
    expect(invites()).toBe(before);
  });
});
