import { describe, expect, it } from 'vitest';
import { mayBeSentOn } from '../../../src/account/index.ts';
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
});
