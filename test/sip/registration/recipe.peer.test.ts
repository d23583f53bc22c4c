/** The recipe of docs/pbx/kamailio.md, run: Trunkline is extension 200, baresip is 201, and they call each other. */
import { afterEach, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadConfig } from '../../../config/index.ts';
import type { InboundText } from '../../../sip/index.ts';
import { trunksOf } from '../../../src/gateway-settings/index.ts';
import { startBaresip } from '../../world/peers/baresip.ts';
import { blocksOf } from '../../world/peers/recipe.ts';
import { DOMAIN, startRegistrar } from '../../world/peers/registrar.ts';
import { until } from '../../world/wait.ts';
import { OFFER, TestCall } from '../call/world.ts';
import { watched } from './registered.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** The trunks of the recipe, with the registrar where the test has it. */
function trunksOfRecipe(at: { host: string; port: number }) {
  const [recipe = ''] = blocksOf('kamailio.md', 'yaml');
  const given = parse(recipe);
  const config = loadConfig({
    file: 'trunkline.yaml',
    env: {},
    text: stringify({
      homeserver: { url: 'http://localhost:8008', domain: 'example.org' },
      appservice: { url: 'http://localhost:9993' },
      ghosts: { gateway_host: 'sip.example.org' },
      permissions: { call_out: ['@*:example.org'] },
      ...given,
      numbers: { region: 'GB', ...given.numbers },
    }),
  });
  return trunksOf(config).map((trunk) => ({ ...trunk, host: at.host, port: at.port, keepAliveS: 0 }));
}

test('an extension at Kamailio writes to another one and reads what it writes', async () => {
  const at = await startRegistrar();
  stops.unshift(() => at.stop());
  const here = await watched(trunksOfRecipe(at));
  stops.unshift(() => here.close());
  await here.until(({ registrations }) => registrations[0]?.state === 'registered');
  const phone = await startBaresip({
    user: '201',
    contact: `sip:200@${DOMAIN}`,
    registrar: { host: at.host, port: at.port, domain: DOMAIN, password: 'another-password' },
  });
  stops.unshift(() => phone.stop());
  await at.waitForOutput(/(?:TRACE REGISTER 201[\s\S]*){2}/);

  const outcome = await here.calls.texts.send({
    textRef: 'out',
    trunk: 'office',
    account: '200',
    target: '201',
    key: 'out',
    text: 'Grüße 👋',
    wantsReceipts: false,
  });
  expect(outcome).toMatchObject({ kind: 'accepted', status: 200 });
  const shown = await until('the text at the telephone', () => phone.texts()[0]);
  expect(shown).toEqual({ from: expect.stringContaining('200'), text: 'Grüße 👋' });

  const text = new Promise<InboundText>((resolve) => {
    here.calls.texts.onText((came) => {
      resolve(came);
      return Promise.resolve({ kind: 'taken' });
    });
  });
  await phone.command('contact_next');
  await phone.command('message', 'Bis bald, 你好');
  expect(await text).toMatchObject({
    trunk: 'office',
    account: '200',
    called: '200',
    sender: { number: '201' },
    text: 'Bis bald, 你好',
  });
}, 30_000);

test('an extension at Kamailio calls another one and is called by it, each under its own name', async () => {
  const at = await startRegistrar();
  stops.unshift(() => at.stop());
  const here = await watched(trunksOfRecipe(at));
  stops.unshift(() => here.close());
  const status = await here.until(({ registrations }) => registrations[0]?.state === 'registered');
  expect(status).toMatchObject({ name: 'office', state: 'up', registrations: [{ account: '200' }] });

  const phone = await startBaresip({
    user: '201',
    answer: 'auto',
    registrar: { host: at.host, port: at.port, domain: DOMAIN, password: 'another-password' },
  });
  stops.unshift(() => phone.stop());
  // Asked for the password, then with it.
  await at.waitForOutput(/(?:TRACE REGISTER 201[\s\S]*){2}/);

  const out = new TestCall();
  out.leg = here.calls.placeCall(
    { callRef: 'out', trunk: 'office', account: '200', target: '201', sdp: OFFER, ringTimeoutMs: 10_000 },
    (event) => out.heard(event),
  );
  expect((await out.until('answered')).sdp).toContain('m=audio');
  const established = await phone.waitForEvent('CALL_ESTABLISHED');
  expect(established.peeruri).toBe(`sip:200@${DOMAIN}`);
  out.leg.hangup();
  await out.until('ended');

  await phone.command('dial', `sip:200@${DOMAIN}`);
  await here.heard(() => here.came.length === 1);
  const [call] = here.came;
  expect(call).toMatchObject({ trunk: 'office', account: '200', called: '200', caller: { number: '201' } });
  // Settles with the ACK.
  await call?.leg.answer(OFFER);
  call?.leg.hangup();
  await at.waitForOutput(/(?:TRACE BYE 200[\s\S]*){2}/);
}, 30_000);
