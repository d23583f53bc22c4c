/** Credit, prices and limits of the configuration, as the parts get them. */
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type Config, loadConfig } from '../../config/index.ts';
import {
  accountsOf,
  creditSettings,
  fraudRules,
  ledgerSettings,
  lineBook,
  ratingRules,
} from '../../src/gateway-settings/index.ts';
import { REST } from '../config/one-trunk.ts';

function configOf(keys: Readonly<Record<string, unknown>>): Config {
  const text = stringify({ ...REST, trunks: [{ name: 'office', host: 'sip.example.net', rates: 'retail' }], ...keys });
  return loadConfig({ file: '/etc/trunkline.yaml', text, readFile: () => 'secret' });
}

const nobody = () => false;
const inAdminRoom = (user: string, room: string) => user === '@erin:example.org' && room === '#admins:example.org';

describe('credit', () => {
  it('is that of the first rule for a user, else the default; amounts are millionths', () => {
    const { currency, termsOf } = ledgerSettings(
      configOf({
        credit: {
          currency: 'GBP',
          default: 'prepaid',
          users: [
            { users: ['@boss:example.org'], kind: 'free' },
            { users: ['@sales-*:example.org'], kind: 'postpaid', limit: 12.5 },
            { users: ['*'], kind: 'postpaid', limit: '0.000001' },
          ],
        },
      }),
      nobody,
    );
    expect(currency).toBe('GBP');
    expect(termsOf('@boss:example.org')).toEqual({ kind: 'free', limit: 0 });
    expect(termsOf('@sales-1:example.org')).toEqual({ kind: 'postpaid', limit: 12_500_000 });
    expect(termsOf('@other:example.org')).toEqual({ kind: 'postpaid', limit: 1 });
    expect(ledgerSettings(configOf({}), nobody).termsOf('@a:b')).toEqual({ kind: 'free', limit: 0 });
  });

  it('is reserved and warned of as configured', () => {
    expect(creditSettings(configOf({ credit: { warn_before_s: 10, reserve_s: 6 } }))).toEqual({
      warnBeforeMs: 10_000,
      reserveS: 6,
    });
  });
});

describe('prices', () => {
  it('are those of each trunk’s deck with the margin', () => {
    const smpp = [{ name: 'sms', host: 'a', system_id: 'b', password: 'c', rates: 'texts' }];
    const trunks = [
      { name: 'office', host: 'a', rates: 'retail' },
      { name: 'pbx', host: 'b' },
    ];
    const margin = { percent: 12.5, per_minute: 0.01, connect_fee: '0.05', per_text: 0.002 };
    const rules = ratingRules(configOf({ trunks, smpp, rates: { margin, selling_deck: 'shop' } }));
    expect(rules).toEqual({
      currency: 'EUR',
      deckOf: new Map([
        ['office', 'retail'],
        ['sms', 'texts'],
      ]),
      margin: { percent: 12.5, perMinute: 10_000, connectFee: 50_000, perText: 2_000 },
      sellingDeck: 'shop',
    });
    expect(ratingRules(configOf({}))).not.toHaveProperty('sellingDeck');
  });
});

describe('limits', () => {
  it('are on without being configured', () => {
    const { base, newUsers, night, users, revenueShare } = fraudRules(configOf({}), nobody, ['+1']);
    expect(base).toEqual({
      closed: ['premium-rate', 'shared-cost', 'satellite', 'international-networks', 'revenue-share', 'foreign-nanp'],
      pricePerMinute: 3_000_000,
      spendPerDay: 50_000_000,
      minutesPerDay: 1000,
      callsPerMinute: 20,
      callsPerHour: 200,
      numbersPerHour: 100,
      countriesPerHour: 10,
      callS: 14_400,
    });
    expect([newUsers, users, revenueShare]).toEqual([{ days: 7, percent: 50 }, [], ['+1']]);
    expect(night).toEqual({ from: '00:00', to: '05:00', calls: 10, minutes: 10, timeZone: 'UTC' });
  });

  it('are taken away by 0, for all or for some', () => {
    const fraud = {
      closed: [],
      spend_per_day: 0,
      calls: 3,
      new_users: { days: 0 },
      night: { calls: 0 },
      users: [
        {
          users: ['@sales:example.org'],
          calls_per_hour: 0,
          price_per_minute: '0',
          countries: ['GB'],
          closed: ['satellite'],
        },
      ],
    };
    const rules = fraudRules(configOf({ fraud }), nobody, []);
    expect(rules).not.toHaveProperty('newUsers');
    expect(rules).not.toHaveProperty('night');
    expect(rules.base).toMatchObject({ closed: [], callsAtOnce: 3 });
    expect(rules.base).not.toHaveProperty('spendPerDay');
    const [sales] = rules.users;
    expect(sales?.users.has('@sales:example.org')).toBe(true);
    expect(sales?.limits).toEqual({
      callsPerHour: null,
      pricePerMinute: null,
      countries: ['GB'],
      closed: ['satellite'],
    });
  });
});

describe('lines and administrators', () => {
  it('a line of a control room is its members’', () => {
    const isMember = (user: string, room: string) => user === '@sue:example.org' && room === '!sales:example.org';
    const book = lineBook(
      configOf({ lines: [{ number: '+441818118181', control_room: '!sales:example.org' }] }),
      isMember,
    );
    expect(book.lineOf('+441818118181')).toMatchObject({ controlRoom: '!sales:example.org' });
    expect(book.linesOf('@sue:example.org')).toHaveLength(1);
    expect(book.linesOf('@bob:example.org')).toHaveLength(0);
  });

  it('administrators are those who are named, and the members of their room', () => {
    const config = configOf({
      permissions: { call_out: [], administrators: ['@admin:example.org'] },
      rooms: { administrators: '#admins:example.org' },
    });
    const { administrators } = accountsOf(config, inAdminRoom);
    expect(
      ['@admin:example.org', '@erin:example.org', '@bob:example.org'].map((user) => administrators.has(user)),
    ).toEqual([true, true, false]);
    expect(accountsOf(configOf({}), inAdminRoom).administrators.has('@erin:example.org')).toBe(false);
  });
});
