/** The test of a trunk at a real registrar, beside a gateway that is registered there. */
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { type TrunkInput, trunkSettings } from '../../../sip/trunk/index.ts';
import { type Finding, testTrunk } from '../../../sip/trunk-test/index.ts';
import { DOMAIN, startRegistrar } from '../../world/peers/registrar.ts';
import { watched } from '../registration/registered.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

test('proves the password, and leaves the registration of the gateway as it is', async () => {
  const at = await startRegistrar({ algorithm: 'SHA-256' });
  stops.unshift(() => at.stop());
  const office = (password: string): TrunkInput => ({
    name: 'office',
    host: at.host,
    port: at.port,
    domain: DOMAIN,
    accounts: [{ name: '200', username: '200', password, messageWaiting: false }],
  });
  const here = await watched([office('correct horse battery staple')]);
  stops.unshift(() => here.close());
  await here.until(({ registrations }) => registrations[0]?.state === 'registered');

  const look = async (password: string): Promise<{ isGood: boolean; words: string[] }> => {
    const found: Finding[] = [];
    const isGood = await testTrunk(
      {
        trunk: trunkSettings(office(password)),
        server: { listeners: [{ transport: 'udp', host: '127.0.0.1', port: 0 }] },
        logger: pino({ level: 'silent' }),
      },
      (finding) => found.push(finding),
    );
    return { isGood, words: found.map(({ step, verdict, words }) => `${verdict} ${step}: ${words}`) };
  };
  const right = await look('correct horse battery staple');
  expect(right.words.slice(-2)).toEqual([
    expect.stringMatching(/^ok OPTIONS: .* answers 200 OK$/),
    'ok account 200: user name and password are right; it is registered at 1 place at this moment',
  ]);
  expect(right.isGood).toBe(true);

  const wrong = await look('wrong');
  expect(wrong.words.at(-1)).toMatch(/^wrong account 200: The registrar does not accept the user name or the password/);
  expect(wrong.isGood).toBe(false);

  expect((await look('correct horse battery staple')).words.at(-1)).toContain('registered at 1 place');
});
