import { describe, expect, it } from 'vitest';
import { mayBeSentOn } from '../../../src/account/index.ts';
import type { CallPrice } from '../../../src/account/rating/index.ts';
import { currency, parseAmount } from '../../../src/money.ts';
import { alice, outbound } from './samples.ts';

const premium = { prefixes: [], countries: [], types: ['premium-rate'], action: 'deny' } as const;

describe('where a call may be sent on to by the network', () => {
  it.each([
    ['+4930123456', true],
    ['030123456', true],
    ['200', true],
    ['112', false],
    ['110', false],
    ['', false],
    ['what is this', false],
  ])('%s: %s', (target, expected) => {
    expect(mayBeSentOn(alice, target, outbound)).toBe(expected);
  });

  it('nowhere that its caller could not have dialled', () => {
    const rules = { ...outbound, destinations: [premium] };
    expect(mayBeSentOn(alice, '+4930123456', rules)).toBe(true);
    expect(mayBeSentOn(alice, '+499001234567', rules)).toBe(false);
  });

  it('nowhere that is closed against fraud', () => {
    const closed = { cause: 'destination-closed', admin: 'premium-rate' } as const;
    const guard = {
      of: () => ({ closed: [] }),
      closed: (_user: string, { type }: { readonly type: string }) => (type === 'premium-rate' ? closed : undefined),
    };
    expect(mayBeSentOn(alice, '+4930123456', { ...outbound, guard })).toBe(true);
    expect(mayBeSentOn(alice, '+499001234567', { ...outbound, guard })).toBe(false);
  });
});

describe('what a number costs to which a call is sent on', () => {
  const tariff = (perMinute: string, firstS = 60, nextS = 60, connectFee = '0') => ({
    price: {
      currency: currency('EUR'),
      perMinute: parseAmount(perMinute),
      connectFee: parseAmount(connectFee),
      firstS,
      nextS,
    },
    rate: 'deck',
  });
  const dialled = { trunk: 'office', tariff: tariff('0.10', 30, 6) };
  const to = (price: CallPrice, route: Parameters<typeof mayBeSentOn>[3] = dialled) => {
    const prices = { call: (trunk: string) => (trunk === 'office' ? price : ({ kind: 'none' } as const)) };
    return mayBeSentOn(alice, '+4930123456', { ...outbound, prices }, route);
  };

  it.each([
    ['the same', tariff('0.10', 30, 6), true],
    ['cheaper', tariff('0.05', 30, 6), true],
    ['dearer', tariff('0.11', 30, 6), false],
    ['dearer by its first increment', tariff('0.10', 60, 6), false],
    ['dearer by its next increment', tariff('0.10', 30, 60), false],
    ['dearer by its fee', tariff('0.01', 30, 6, '0.20'), false],
  ])('%s', (_name, other, may) => {
    expect(to({ kind: 'tariff', tariff: other })).toBe(may);
  });

  it('not known is not allowed; without decks nothing is asked', () => {
    expect(to({ kind: 'no-rate', admin: 'none' })).toBe(false);
    expect(to({ kind: 'none' })).toBe(true);
    expect(to({ kind: 'no-rate', admin: 'none' }, { trunk: 'pbx' })).toBe(true);
    expect(to({ kind: 'tariff', tariff: tariff('0.01') }, { trunk: 'office' })).toBe(false);
  });
});
