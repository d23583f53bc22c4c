/** SMPP accounts: what cannot be, and what `smpp`, `account` and texts are told. */
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { adviceOn, type Config, ConfigError, loadConfig } from '../../config/index.ts';
import { accountRules, accountsOf, smppSettings, textRules } from '../../src/gateway-settings/index.ts';
import { REST } from './one-trunk.ts';

const ACCOUNT = { name: 'sms', host: 'smpp.example.net', system_id: 'example01', password: 's3cret08' };
const TRUNKS = [{ name: 'office', host: 'a.example.net' }];

function load(more: Record<string, unknown>): Config {
  const text = stringify({ ...REST, trunks: TRUNKS, ...more });
  return loadConfig({ file: '/etc/trunkline.yaml', text, readFile: () => 'secret' });
}

function faultsOf(more: Record<string, unknown>): [string, string][] {
  try {
    load(more);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ path, problem }) => [path, problem]);
    throw error;
  }
}

describe('what an SMPP account cannot be', () => {
  test.each<[string, unknown[], string, RegExp]>([
    ['without a password', [{ ...ACCOUNT, password: undefined }], 'smpp[0].password', /no password/],
    ['of the name of a trunk', [{ ...ACCOUNT, name: 'office' }], 'smpp[0].name', /trunks\[0\] has the same name/],
    [
      'of the name of another',
      [ACCOUNT, { ...ACCOUNT, system_id: 'other' }],
      'smpp[1].name',
      /smpp\[0\] has the same name/,
    ],
    ['the same account twice', [ACCOUNT, { ...ACCOUNT, name: 'sms2' }], 'smpp[1].system_id', /same account/],
    ['with certificates that are none', [{ ...ACCOUNT, tls_ca: '/ca.pem' }], 'smpp[0].tls_ca', /no certificate/],
    [
      'with a server name and no TLS',
      [{ ...ACCOUNT, tls: false, tls_server_name: 'x.example' }],
      'smpp[0].tls_server_name',
      /not encrypted/,
    ],
    ['with a system_id that is too long', [{ ...ACCOUNT, system_id: 'x'.repeat(16) }], 'smpp[0].system_id', /./],
  ])('%s', (_, smpp, path, problem) => {
    expect(faultsOf({ smpp })).toEqual([[path, expect.stringMatching(problem)]]);
  });

  test('a route, a pool and a line may name one; what nobody is called may not be named', () => {
    const named = {
      routes: [{ trunks: ['sms', 'office'] }],
      lines: [{ number: '+441818118181', users: ['@alice:example.org'], trunk: 'sms' }],
      texts: { pools: [{ name: 'p', numbers: ['+447700900001'], users: ['@*:example.org'], trunks: ['sms'] }] },
    };
    expect(faultsOf({ ...named, smpp: [ACCOUNT] })).toEqual([]);
    expect(faultsOf(named).map(([path]) => path)).toEqual(
      expect.arrayContaining(['routes[0].trunks[0]', 'lines[0].trunk', 'texts.pools[0].trunks[0]']),
    );
  });
});

describe('what the parts are told', () => {
  test('an account as it is usual', () => {
    expect(smppSettings(load({ smpp: [ACCOUNT] }))).toEqual([
      {
        name: 'sms',
        endpoints: [{ host: 'smpp.example.net', port: 2775, tls: {} }],
        systemId: 'example01',
        password: 's3cret08',
        systemType: '',
        bind: 'transceiver',
        addressRange: '',
        submit: {
          alphabet: 'gsm7',
          long: 'udh',
          types: {
            international: { ton: 1, npi: 1 },
            national: { ton: 2, npi: 1 },
            short: { ton: 3, npi: 0 },
            alphanumeric: { ton: 5, npi: 0 },
          },
          plus: false,
          serviceType: '',
          receipts: true,
        },
        deliver: { alphabet: 'gsm7', messageIds: 'same', bareIsInternational: true },
        window: 10,
        enquireLinkMs: 30_000,
        answerMs: 30_000,
      },
    ]);
  });

  test('an account with everything', () => {
    const [settings] = smppSettings(
      load({
        smpp: [
          {
            ...ACCOUNT,
            tls: false,
            backup_hosts: ['smpp2.example.net'],
            bind: 'transmitter',
            sender: 'Example',
            validity_h: 48,
            per_second: 5,
            bare_numbers: 'as-is',
            number_types: { short: { ton: 6 } },
          },
        ],
      }),
    );
    expect(settings).toMatchObject({
      endpoints: [
        { host: 'smpp.example.net', port: 2775 },
        { host: 'smpp2.example.net', port: 2775 },
      ],
      sender: 'Example',
      perSecond: 5,
      // Receipts come by a receiver.
      submit: { receipts: false, validityMs: 48 * 3_600_000, types: { short: { ton: 6, npi: 0 } } },
      deliver: { bareIsInternational: false },
    });
    expect(settings?.endpoints[0]).not.toHaveProperty('tls');
  });

  test('calls do not go by it, texts do', () => {
    const config = load({
      smpp: [{ ...ACCOUNT, weight: 3 }],
      routes: [
        { prefixes: ['+44'], trunks: ['sms'] },
        { prefixes: ['+49'], trunks: ['sms', 'office'] },
      ],
    });
    const accounts = accountsOf(config, () => false);
    const account = accountRules(config, accounts, ['PCMU']);
    expect(account.outbound.routes.map(({ trunks }) => trunks)).toEqual([['office']]);
    const rules = textRules(config, accounts, account);
    expect(rules.routes.map(({ trunks }) => trunks)).toEqual([['sms'], ['sms', 'office']]);
    expect(rules.trunks).toEqual([{ name: 'sms', weight: 3, asDialled: false }]);
    expect(adviceOn(config).join()).not.toContain('carries no texts');
  });
});
