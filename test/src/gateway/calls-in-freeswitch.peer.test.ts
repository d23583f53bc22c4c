/** Calls from the telephone with a real FreeSWITCH for their media, if the environment names one. */
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { BrowserPeer, ONE_ADDRESS } from '../../media/browser-peer.ts';
import { FREESWITCH, SKIPPED } from '../../media/freeswitch/real.ts';
import { freePort } from '../../world/ports.ts';
import { CallIn } from './call-in.ts';
import type { InviteOptions } from './caller.ts';
import { House } from './house.ts';

const ALICE = '@alice:hs.test';
const NUMBER = '+441818118180';

if (!FREESWITCH) console.log(SKIPPED);

describe.skipIf(!FREESWITCH)('with FreeSWITCH', () => {
  let house: House;
  const open: CallIn[] = [];

  beforeAll(async () => {
    const servers = FREESWITCH ? [{ name: 'one', ...FREESWITCH }] : [];
    house = await House.open({
      config: {
        media: { engine: 'freeswitch', freeswitch: { servers, sip: { port: await freePort() } } },
        inbound: { rules: [{ numbers: [NUMBER], ring: [{ users: [ALICE], for_s: 20 }] }] },
      },
    });
  });
  afterEach(async () => {
    for (const call of open.splice(0)) await call.close();
    await house.quiet();
  });
  afterAll(async () => {
    await house?.close();
  });

  /** A browser sends what it has put first in its answer; this one has nothing else. */
  async function ringing(invite: InviteOptions = {}): Promise<CallIn> {
    const call = await CallIn.ringing(house, NUMBER, ALICE, invite, new BrowserPeer(['PCMU'], ONE_ADDRESS));
    open.push(call);
    return call;
  }

  it('a call is heard both ways; the telephone hangs up', async () => {
    const call = await ringing();
    await call.talk();
    await call.bye();
    await call.call.next('m.call.hangup');
  });

  it('a telephone that asks for our offer is heard, too; the client hangs up', async () => {
    const call = await ringing({ sdp: undefined });
    const ok = await call.answer();
    call.caller.ack(call.rtp.sdp());
    call.rtp.learn(ok.body.toString());
    await call.expectAudio();
    call.call.send('m.call.hangup', { reason: 'user_hangup' });
    house.network.answer(await call.caller.request('BYE'), 200);
  });

  it('a caller who gives up stops the ringing', async () => {
    const call = await ringing();
    call.caller.cancel();
    await call.caller.response(487);
    await call.call.next('m.call.hangup');
  });
});
