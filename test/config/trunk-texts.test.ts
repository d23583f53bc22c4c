/** Texts of a trunk: what cannot be, and what `sip` is told. */
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ConfigError, loadConfig } from '../../config/index.ts';
import { trunkOf } from '../../src/gateway-settings/index.ts';
import { configWithTrunk, REST } from './one-trunk.ts';

function faultsOf(trunk: Record<string, unknown>, more: Record<string, unknown> = {}): [string, string][] {
  const text = stringify({ ...REST, ...more, trunks: [{ name: 'office', host: 'a.example.net', ...trunk }] });
  try {
    loadConfig({ file: 'trunkline.yaml', text, readFile: () => 'secret' });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ path, problem }) => [path, problem]);
    throw error;
  }
}

const DRACHTIO = { sip: { server: 'drachtio', drachtio: { servers: [{ host: 'd.example', secret: 'x' }] } } };
const UDP_ALONE = { sip: { embedded: { listen: [{ transport: 'udp', host: '127.0.0.1', port: 5060 }] } } };

describe('what a trunk cannot do with its texts', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>, string, RegExp]>([
    [
      'binary SMS over a drachtio server',
      { texts: { enabled: true, format: '3gpp' } },
      DRACHTIO,
      'trunks[0].texts.format',
      /no binary bodies/,
    ],
    [
      'receipts of plain texts',
      { texts: { enabled: true, receipts: true } },
      {},
      'trunks[0].texts.receipts',
      /cannot ask for receipts/,
    ],
    [
      'TCP where there is UDP alone',
      { udp_only: true, texts: { enabled: true, long: 'tcp' } },
      {},
      'trunks[0].texts.long',
      /udp_only/,
    ],
    [
      'TCP without a listener for it',
      { texts: { enabled: true, long: 'tcp' } },
      UDP_ALONE,
      'trunks[0].texts.long',
      /no TCP listener/,
    ],
  ])('%s', (_, trunk, more, path, problem) => {
    expect(faultsOf(trunk, more)).toEqual([[path, expect.stringMatching(problem)]]);
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['binary SMS over the embedded server', { texts: { enabled: true, format: '3gpp', receipts: true } }, {}],
    ['envelopes over a drachtio server', { texts: { enabled: true, format: 'cpim', receipts: true } }, DRACHTIO],
    ['a trunk by TCP', { transport: 'tcp', texts: { enabled: true, long: 'tcp' } }, DRACHTIO],
    ['what is not used', { texts: { format: '3gpp' } }, DRACHTIO],
  ])('%s is no fault', (_, trunk, more) => {
    expect(faultsOf(trunk, more)).toEqual([]);
  });
});

function settingsOf(trunk: Record<string, unknown>) {
  const config = configWithTrunk({ name: 'office', host: 'a.example.net', ...trunk });
  const [only] = config.trunks;
  if (only === undefined) throw new Error('there is no trunk');
  return trunkOf(only, config.numbers.region).texts;
}

describe('what sip is told', () => {
  test('no texts without being asked for them', () => {
    expect(settingsOf({})).toEqual({
      enabled: false,
      format: 'plain',
      receipts: false,
      body: 'plain',
      long: 'parts',
      window: 10,
      knowsRepeats: false,
    });
  });

  test('every key', () => {
    const texts = {
      enabled: true,
      format: '3gpp',
      receipts: true,
      body: 'goip-headers',
      service_centre: '+491710760000',
      did_from: ['header:X-SMS-To'],
      max_characters: 160,
      max_bytes: 700,
      long: 'tcp',
      per_second: 0.5,
      window: 2,
      knows_repeats: true,
    };
    const sip = { transport: 'tcp', texts };
    expect(settingsOf(sip)).toEqual({
      enabled: true,
      format: '3gpp',
      receipts: true,
      body: 'goip-headers',
      serviceCentre: '+491710760000',
      didFrom: ['header:X-SMS-To'],
      maxCharacters: 160,
      maxBytes: 700,
      long: 'tcp',
      perSecond: 0.5,
      window: 2,
      knowsRepeats: true,
    });
  });

  test.each([
    ['voipms', { maxCharacters: 160, didFrom: ['header:X-SMS-To', 'to', 'request-uri'] }],
    ['goip', { body: 'goip', window: 1 }],
    ['kamailio', { format: 'plain' }],
    ['asterisk-pjsip', { maxBytes: 1000 }],
    ['freeswitch', { format: 'plain' }],
  ])('the preset %s carries texts', (preset, expected) => {
    const account = preset === 'voipms' ? { username: '100000_gw', password: 'x' } : {};
    expect(settingsOf({ preset, ...account })).toMatchObject({ enabled: true, ...expected });
  });

  test('the preset of a provider that carries calls alone does not', () => {
    expect(settingsOf({ preset: 'fritzbox', username: 'u', password: 'x' })).toMatchObject({ enabled: false });
  });
});
