/** Credit, prices, limits, the API and the database: what is taken, what is refused in words, what is advised. */
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { adviceOn, type Config, ConfigError, loadConfig, showConfig } from '../../config/index.ts';
import { REST } from './one-trunk.ts';

const TOKEN = '0123456789abcdef01234567';

function load(keys: Readonly<Record<string, unknown>>): Config {
  const text = stringify({ ...REST, trunks: [{ name: 'office', host: 'sip.example.net' }], ...keys });
  return loadConfig({ file: '/etc/trunkline.yaml', text, readFile: () => TOKEN });
}

function faultsOf(keys: Readonly<Record<string, unknown>>): string[] {
  try {
    load(keys);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map(({ path, problem }) => `${path}: ${problem}`);
  }
}

describe('without any of these keys', () => {
  it('everybody is free, and limits that nobody notices hold', () => {
    const { credit, fraud, api, identity, lookups, store } = load({});
    expect(credit).toMatchObject({ currency: 'EUR', default: 'free', limit: 0, warn_before_s: 30, reserve_s: 30 });
    expect(fraud.closed).toEqual([
      'premium-rate',
      'shared-cost',
      'satellite',
      'international-networks',
      'revenue-share',
      'foreign-nanp',
    ]);
    expect(fraud).toMatchObject({ price_per_minute: 3, spend_per_day: 50, new_users: { days: 7, percent: 50 } });
    expect(api).toEqual({ enabled: false, tokens: [], openid: true });
    expect([identity.server, lookups.real_users, store.url]).toEqual([undefined, true, undefined]);
  });
});

describe('amounts', () => {
  it.each([0, 12, 12.5, 0.015, '0.010167', '12.50'])('%j is one', (limit) => {
    expect(load({ credit: { default: 'postpaid', limit } }).credit.limit).toBe(limit);
  });

  it.each([-1, 1e-7, '1e3', '12,50', '', '0.0000001', '€ 5'])('%j is none', (limit) => {
    expect(faultsOf({ credit: { default: 'postpaid', limit } })).toEqual(['credit.limit: this value cannot be used']);
  });
});

describe('what does not go together', () => {
  it.each<[string, Record<string, unknown>, string]>([
    [
      'a limit of prepaid credit',
      { credit: { default: 'prepaid', limit: 5 } },
      'credit.limit: a limit is for postpaid',
    ],
    [
      'a limit of free users',
      { credit: { users: [{ users: ['*'], kind: 'free', limit: 5 }] } },
      'credit.users[0].limit: a limit is for postpaid credit alone, and this one is free',
    ],
    ['an unknown country', { fraud: { users: [{ users: ['*'], countries: ['XX'] }] } }, 'fraud.users[0].countries[0]'],
    ['a token that is missing', { api: { tokens: [{ name: 'a' }] } }, 'api.tokens[0].token: there is no token'],
    [
      'a short token',
      { api: { tokens: [{ name: 'a', token: 'short' }] } },
      'api.tokens[0].token: this token is so short',
    ],
    [
      'two tokens of one name',
      {
        api: {
          tokens: [
            { name: 'a', token: TOKEN },
            { name: 'a', token: `${TOKEN}2` },
          ],
        },
      },
      'api.tokens[1].name: api.tokens[0] has the same name',
    ],
    [
      'the same token twice',
      {
        api: {
          tokens: [
            { name: 'a', token: TOKEN },
            { name: 'b', token: TOKEN },
          ],
        },
      },
      'api.tokens[1].token: api.tokens[0] has the same token',
    ],
    ['an identity server without a token', { identity: { server: 'https://a.test' } }, 'identity.token: an identity'],
    ['an API for nobody', { api: { enabled: true, openid: false } }, 'api.enabled: nobody could use the API'],
    ['a database of another kind', { store: { url: 'mysql://a/b' } }, 'store.url: this is no address of a PostgreSQL'],
    ['a control room by its alias', { lines: [{ number: '+441818118181', control_room: '#a:b' }] }, 'lines[0].control'],
  ])('%s', (_name, keys, words) => {
    expect(faultsOf(keys)).toEqual([expect.stringContaining(words)]);
  });

  it('secrets are in no fault, and not shown', () => {
    const config = load({
      api: { enabled: true, tokens: [{ name: 'billing', token_file: '/run/secrets/billing' }] },
      store: { url: `postgres://trunkline:${TOKEN}@db/trunkline` },
    });
    expect(config.api.tokens[0]).toMatchObject({ token: TOKEN, access: 'read' });
    expect(showConfig(config)).not.toContain(TOKEN);
    try {
      load({ store: { url: `mysql://a:${TOKEN}@b` }, api: { tokens: [{ name: 'a', token: TOKEN.slice(0, 20) }] } });
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain(TOKEN.slice(0, 20));
    }
  });
});

describe('advice on money', () => {
  const adviceFor = (keys: Readonly<Record<string, unknown>>) =>
    adviceOn(
      load({
        homeserver: { url: 'https://matrix.example.org', domain: 'example.org' },
        dialer: { enabled: false },
        ...keys,
      }),
    );
  const trunks = [{ name: 'office', host: 'sip.example.net', rates: 'retail' }];
  const permissions = { ...REST.permissions, administrators: ['@admin:example.org'] };

  it.each<[Record<string, unknown>, RegExp]>([
    [{ permissions, credit: { default: 'prepaid' } }, /^credit is set, but no trunk has a deck/],
    [{ rates: { margin: { percent: 20 } } }, /^rates is set, but no trunk has a deck/],
    [{ trunks, credit: { default: 'prepaid' } }, /nobody can top up/],
    [{ trunks, rates: { margin: { percent: 20 }, selling_deck: 'a' } }, /rates.margin is not asked/],
    [
      { permissions, trunks: [...trunks, { name: 'b', host: 'b.example.net' }], credit: { default: 'prepaid' } },
      /^trunk b has no deck \(rates\): whoever calls or writes by it pays nothing/,
    ],
    [
      { lines: [{ number: '+441818118181', users: ['@a:example.org'], control_room: '!a:example.org' }] },
      /^lines\[0\] belongs to its control room/,
    ],
  ])('on %j', (keys, words) => {
    expect(adviceFor(keys)).toEqual([expect.stringMatching(words)]);
  });

  it('is not given where everything is in order', () => {
    expect(adviceFor({ permissions, trunks, credit: { default: 'prepaid' } })).toEqual([]);
  });
});
