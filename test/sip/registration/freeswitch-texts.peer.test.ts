/** Texts by the recipe of docs/pbx/freeswitch.md, on a real FreeSWITCH if the environment names one; baresip is the telephone. */
import { afterEach, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadConfig } from '../../../config/index.ts';
import type { InboundText } from '../../../sip/index.ts';
import { trunksOf } from '../../../src/gateway-settings/index.ts';
import { REST } from '../../config/one-trunk.ts';
import { startBaresip } from '../../world/peers/baresip.ts';
import { FREESWITCH_PBX, SKIPPED, startFreeswitchPbx } from '../../world/peers/freeswitch-pbx.ts';
import { blocksOf } from '../../world/peers/recipe.ts';
import { freePort } from '../../world/ports.ts';
import { until } from '../../world/wait.ts';
import { watched } from './registered.ts';

if (!FREESWITCH_PBX) console.log(SKIPPED);

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function trunksOfRecipe(at: { host: string; port: number }) {
  const [recipe = ''] = blocksOf('freeswitch.md', 'yaml');
  const given = parse(recipe);
  const text = stringify({ ...REST, ...given, numbers: { ...REST.numbers, ...given.numbers } });
  const config = loadConfig({ file: 'trunkline.yaml', env: {}, text });
  return trunksOf(config).map((trunk) => ({ ...trunk, host: at.host, port: at.port, domain: at.host, keepAliveS: 0 }));
}

describe.skipIf(!FREESWITCH_PBX)('an extension of a FreeSWITCH', () => {
  test('writes to a telephone and reads what it writes', async () => {
    if (!FREESWITCH_PBX) return;
    const pbx = await startFreeswitchPbx(FREESWITCH_PBX, await freePort());
    stops.unshift(() => pbx.stop());
    const here = await watched(trunksOfRecipe({ host: pbx.host, port: pbx.internalPort }));
    stops.unshift(() => here.close());
    await here.until(({ registrations }) => registrations[0]?.state === 'registered');
    const telephone = await startBaresip({
      user: '1000',
      contact: `sip:200@${pbx.host}`,
      registrar: { host: pbx.host, port: pbx.internalPort, domain: pbx.host, password: pbx.defaultPassword },
    });
    stops.unshift(() => telephone.stop());
    await until('the telephone to be registered', () => /200 OK .*binding/.test(telephone.output()));

    const outcome = await here.calls.texts.send({
      textRef: 'out',
      trunk: 'office',
      account: '200',
      target: '1000',
      key: 'out',
      text: 'Grüße 👋',
      wantsReceipts: false,
    });
    expect(outcome).toMatchObject({ kind: 'accepted' });
    const shown = await until('the text at the telephone', () => telephone.texts()[0]);
    expect(shown).toEqual({ from: expect.stringContaining('200'), text: 'Grüße 👋' });

    const text = new Promise<InboundText>((resolve) => {
      here.calls.texts.onText((came) => {
        resolve(came);
        return Promise.resolve({ kind: 'taken' });
      });
    });
    await telephone.command('contact_next');
    await telephone.command('message', 'Bis bald, 你好');
    expect(await text).toMatchObject({
      trunk: 'office',
      account: '200',
      called: '200',
      sender: { number: '1000' },
      text: 'Bis bald, 你好',
    });
  }, 30_000);
});
