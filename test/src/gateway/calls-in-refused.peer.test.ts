/** Calls from the telephone that nobody takes: what the telephone network is told, through the running gateway. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { header, type SipResponse } from '../../../sip/message/index.ts';
import type { Json } from '../../bench/fake-homeserver.ts';
import { House } from './house.ts';
import type { RoomCall } from './room-call.ts';
import { answering } from './telephone.ts';

const ALICE = '@alice:hs.test';
const BOB = '@bob:hs.test';
const line = (last: number) => `+44181811818${last}`;
const alone = { ring: [{ users: [ALICE], for_s: 3 }] };

const RULES = [
  { numbers: [line(0)], ...alone },
  { numbers: [line(1)], ring: [{ users: [ALICE, BOB], for_s: 3 }], reject_ends: 'all' },
  {
    numbers: [line(2)],
    ...alone,
    outcomes: { rejected: { status: 603 }, no_answer: { redirect_to: line(9) }, busy: {}, nobody: { status: 404 } },
  },
  { numbers: [line(3)], ring: [{ users: ['@carol:elsewhere.test'], for_s: 3 }] },
];

let house: House;
beforeAll(async () => {
  house = await House.open({
    config: {
      inbound: { rules: RULES, blocked_callers: ['+4490*'], withheld_callers: 'refuse' },
      limits: { calls: 5 },
    },
  });
});
afterEach(async () => {
  house.homeserver.isAway = false;
  await house.quiet();
});
afterAll(async () => {
  await house?.close();
});

const because = (response: SipResponse): string => header(response, 'reason') ?? '';

/** The caller calls, Alice's client rings. */
async function rings(last = 0) {
  const ring = house.ring(ALICE);
  const caller = house.caller(line(last));
  caller.invite();
  const call = await ring;
  await caller.response(180);
  return { caller, call };
}

const saying =
  (type: string, content: Json = {}) =>
  (call: RoomCall) =>
    call.send(type, content);

describe('a client that', () => {
  it.each([
    ['declines', saying('m.call.reject'), 486, 21],
    ['declines as clients of version 0 do', saying('m.call.hangup', { reason: 'user_hangup' }), 486, 21],
    ['is busy', saying('m.call.hangup', { reason: 'user_busy' }), 486, 17],
    ['has no microphone', saying('m.call.hangup', { reason: 'user_media_failed' }), 480, 31],
    ['does nothing', () => undefined, 480, 19],
  ] as const)('%s', async (_name, says, status, cause) => {
    const { caller, call } = await rings();
    says(call);
    expect(because(await caller.response(status))).toMatch(new RegExp(`^Q\\.850;cause=${cause}\\b`));
  });

  it('answers what cannot be used', async () => {
    const { caller, call } = await rings();
    call.send('m.call.answer', { answer: { type: 'answer', sdp: 'v=0\r\n' } });
    expect(because(await caller.response(480))).toMatch(/cause=31/);
    expect((await call.next('m.call.hangup')).reason).toBe('unknown_error');
    expect(await call.words()).toMatch(/Your app did not offer audio/);
  });

  it('answers and hangs up before its audio is there', async () => {
    const { caller, call } = await rings();
    const { offer } = (await call.next('m.call.invite')) as { readonly offer: { readonly sdp: string } };
    const sdp = offer.sdp.replace(/a=setup:actpass/g, 'a=setup:active').replace(/^a=candidate.*\r\n/gm, '');
    call.send('m.call.answer', { answer: { type: 'answer', sdp } });
    await call.next('m.call.select_answer');
    call.send('m.call.hangup', { reason: 'ice_failed' });
    expect(because(await caller.response(480))).toMatch(/cause=31/);
  });
});

describe('what the administrator laid down', () => {
  it('one no is everybody’s: the others stop ringing', async () => {
    const ofBob = house.ring(BOB);
    const { caller, call } = await rings(1);
    // Not before both ring: who is not rung yet has no call to end.
    const bob = await ofBob;
    call.send('m.call.reject');
    await caller.response(486);
    await bob.next('m.call.hangup');
  });

  it('another status for a no', async () => {
    const { caller, call } = await rings(2);
    call.send('m.call.reject');
    await caller.response(603);
  });

  it('a mailbox for calls that nobody answers', async () => {
    const { caller } = await rings(2);
    expect(header(await caller.response(302), 'contact')).toMatch(/\+441818118189/);
  });

  it('callers who are blocked', async () => {
    const caller = house.caller(line(0), '<sip:+449055555555@127.0.0.1>');
    caller.invite();
    expect(because(await caller.response(603))).toMatch(/cause=21/);
  });

  it('callers who withhold their number', async () => {
    const caller = house.caller(line(0), '"Anonymous" <sip:anonymous@anonymous.invalid>');
    caller.invite();
    await caller.response(433);
  });

  it('users of other servers are not called', async () => {
    const caller = house.caller(line(3));
    caller.invite();
    await caller.response(404);
  });
});

describe('a call that cannot be', () => {
  it('to a number that there is not', async () => {
    const caller = house.caller(line(7));
    caller.invite();
    expect(because(await caller.response(404))).toMatch(/cause=1\b/);
  });

  it('in no audio format of ours', async () => {
    const caller = house.caller(line(0));
    caller.invite({
      sdp: answering()
        .replace('RTP/AVP 8 101', 'RTP/AVP 18')
        .replace(/^a=rtpmap.*\r\n/gm, ''),
    });
    expect(because(await caller.response(488))).toMatch(/cause=88/);
  });

  it('as the homeserver is away', async () => {
    house.homeserver.isAway = true;
    const caller = house.caller(line(0));
    caller.invite();
    const refused = await caller.response(503);
    expect(because(refused)).toMatch(/cause=41/);
    expect(header(refused, 'retry-after')).toBe('30');
  });

  it('as there are as many as there may be', async () => {
    const callers = Array.from({ length: 5 }, (_, at) => house.caller(line(0), `<sip:+44163296000${at}@127.0.0.1>`));
    for (const caller of callers) caller.invite();
    await Promise.all(callers.map((caller) => caller.response(180)));
    const sixth = house.caller(line(0), '<sip:+441632960009@127.0.0.1>');
    sixth.invite();
    expect(header(await sixth.response(503), 'retry-after')).toBe('30');
    for (const caller of callers) caller.cancel();
    await Promise.all(callers.map((caller) => caller.response(487)));
  });
});
