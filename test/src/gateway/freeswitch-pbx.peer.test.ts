/** The recipe of docs/pbx/freeswitch.md, run on a real FreeSWITCH if the environment names one; baresip is the other telephone. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { BrowserPeer } from '../../media/browser-peer.ts';
import { continuous } from '../../media/contract/world.ts';
import { dominantFrequency, loudestPart, readWav } from '../../world/audio.ts';
import type { ConfigOverride } from '../../world/gateway.ts';
import { type Baresip, startBaresip } from '../../world/peers/baresip.ts';
import { FREESWITCH_PBX, type FreeswitchPbx, SKIPPED, startFreeswitchPbx } from '../../world/peers/freeswitch-pbx.ts';
import { blocksOf } from '../../world/peers/recipe.ts';
import { freePort } from '../../world/ports.ts';
import { until } from '../../world/wait.ts';
import { expectHeard } from './hearing.ts';
import { House } from './house.ts';
import type { RoomCall } from './room-call.ts';

const ALICE = '@alice:hs.test';
const CLIENT_HZ = 440;
const TELEPHONE_HZ = 620;
const [EXTENSION = '', TRUNK = ''] = blocksOf('freeswitch.md', 'yaml');

interface Recipe extends ConfigOverride {
  readonly trunks: readonly ConfigOverride[];
}

if (!FREESWITCH_PBX) console.log(SKIPPED);

describe.skipIf(!FREESWITCH_PBX).each([
  {
    name: 'an extension',
    text: EXTENSION,
    profile: 'internal',
    theirs: '1000',
    ours: '200',
    ready: '1 of 1 registered',
  },
  { name: 'a trunk', text: TRUNK, profile: 'external', theirs: '201', ours: '300', ready: 'office: up since' },
] as const)('the recipe for FreeSWITCH: $name', ({ text, profile, theirs, ours, ready }) => {
  let pbx: FreeswitchPbx;
  let house: House;
  let telephone: Baresip;
  let browser: BrowserPeer | undefined;

  beforeAll(async () => {
    if (!FREESWITCH_PBX) return;
    const sipPort = await freePort();
    pbx = await startFreeswitchPbx(FREESWITCH_PBX, sipPort);
    house = await House.open({ config: trunkline(sipPort) });
    await until(`health to say "${ready}"`, async () => {
      return (await (await fetch(`${house.gateway.url}/health`)).text()).includes(ready);
    });
  });
  beforeEach(async () => {
    const registrar = { host: pbx.host, port: pbx.internalPort, domain: pbx.host, password: pbx.defaultPassword };
    telephone = await startBaresip({ user: theirs, source: { sineHz: TELEPHONE_HZ }, registrar });
    await until('the telephone to be registered', () => /200 OK .*binding/.test(telephone.output()));
  });
  afterEach(async () => {
    await browser?.close();
    await house.quiet();
    await telephone.stop();
  });
  afterAll(async () => {
    await house?.close();
    await pbx?.stop();
  });

  /** Trunkline's configuration by the recipe, with this PBX for `pbx.example.net`. */
  function trunkline(sipPort: number): ConfigOverride {
    const recipe = parse(text.replaceAll('example.org', 'hs.test')) as Recipe;
    const port = profile === 'internal' ? pbx.internalPort : pbx.externalPort;
    const listen = ['udp', 'tcp'].map((transport) => ({ transport, host: '127.0.0.1', port: sipPort }));
    return {
      ...recipe,
      trunks: recipe.trunks.map((trunk) => ({ ...trunk, host: pbx.host, port })),
      sip: { embedded: { advertise: '127.0.0.1', listen } },
    };
  }

  it('a Matrix user calls a telephone of the PBX, which sees the number', async () => {
    browser = new BrowserPeer();
    const call = await house.call(await house.room(ALICE, theirs));
    call.invite(await browser.offer());
    const { answer } = (await call.next('m.call.answer')) as { readonly answer: { readonly sdp: string } };
    await browser.accept(answer.sdp);
    const { peeruri } = await telephone.waitForEvent('CALL_ESTABLISHED');
    expect(peeruri).toBe(`sip:${ours}@${pbx.host}`);
    await expectTalk(call, browser);
  });

  it('a telephone of the PBX calls a Matrix user, who sees its number', async () => {
    browser = new BrowserPeer(['PCMU']);
    const rings = house.ring(ALICE);
    await telephone.command('dial', `sip:${ours}@${pbx.host}`);
    const call = await rings;
    const { offer } = (await call.next('m.call.invite')) as { readonly offer: { readonly sdp: string } };
    call.send('m.call.answer', { answer: { type: 'answer', sdp: await browser.answer(offer.sdp) } });
    await telephone.waitForEvent('CALL_ESTABLISHED');
    expect(call.room.ghost).toContain(theirs);
    await expectTalk(call, browser);
  });

  /** Each hears the other; then the client hangs up. */
  async function expectTalk(call: RoomCall, client: BrowserPeer): Promise<void> {
    client.play(continuous(CLIENT_HZ));
    await expectHeard(client, TELEPHONE_HZ, 'the client');
    // What the telephone heard is known when the call is over: let it be a second.
    await client.listen(1_000);
    call.send('m.call.hangup', { reason: 'user_hangup' });
    await telephone.waitForEvent('CALL_CLOSED');
    const [recording = ''] = await telephone.heard();
    const { samples, sampleRate } = readWav(recording);
    const heard = dominantFrequency(loudestPart(samples, sampleRate * 0.3), { sampleRate });
    expect(Math.abs((heard?.hz ?? 0) - CLIENT_HZ), `it heard ${heard?.hz} Hz`).toBeLessThan(15);
  }
});
