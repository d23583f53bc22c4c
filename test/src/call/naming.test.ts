import { describe, expect, it } from 'vitest';
import { namingBy, plainNaming } from '../../../src/call/naming.ts';

describe('what a party is called towards clients', () => {
  const naming = namingBy((number) => number.replace('+44', '0'));
  it.each([
    [{ name: 'Dora', number: '+441818118181', withheld: false }, 'Dora'],
    [{ number: '+441818118181', withheld: false }, '01818118181'],
    [{ withheld: false }, 'Unknown'],
    [{ name: 'Dora', number: '+441818118181', withheld: true }, 'Anonymous'],
  ])('%j is %s', (party, displayName) => {
    expect(naming(party)).toEqual({ displayName });
  });

  it('is the number as it came where nobody says otherwise', () => {
    expect(plainNaming({ number: '200', withheld: false })).toEqual({ displayName: '200' });
  });
});
