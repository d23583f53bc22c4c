import { describe, expect, it } from 'vitest';
import {
  createLineBook,
  matchPeople,
  NO_PREFERENCES,
  type OwnerRules,
  ownerOfNumber,
  type Preferences,
} from '../../../../src/account/index.ts';
import { alice, bob } from '../samples.ts';

const SALES = '!sales:example.org';
const book = createLineBook(
  [
    { number: '+491', users: matchPeople([alice]) },
    { number: '+492', users: matchPeople([alice, bob]) },
    { number: '+493', users: matchPeople(['@*:example.org']) },
    { number: '+494', users: matchPeople([alice, SALES]) },
    { number: '+495', users: matchPeople([SALES]), controlRoom: SALES },
    { number: '+496', users: matchPeople(['@dana:elsewhere.test']) },
  ],
  [],
);

function owner(number: string, preferences: Partial<Preferences> = {}, more: Partial<OwnerRules> = {}) {
  const preferencesOf = () => ({ ...NO_PREFERENCES, ...preferences });
  return ownerOfNumber(number, { lines: book, rules: [], preferencesOf, serverName: 'example.org', ...more });
}

describe('whose number it is', () => {
  it('is its one user', () => {
    expect(owner('+491')).toBe(alice);
  });

  it.each([
    ['several users', '+492'],
    ['everybody', '+493'],
    ['a user and a room', '+494'],
    ['a control room', '+495'],
    ['somebody of another server', '+496'],
    ['nobody here', '+499'],
  ])('is nobody’s alone where it is that of %s', (_title, number) => {
    expect(owner(number)).toBeUndefined();
  });

  it.each<[string, Partial<Preferences>]>([
    ['is not to be disturbed', { dnd: {} }],
    ['sends calls on', { forward: { when: 'unanswered', to: '+4930555', by: alice } }],
    ['screens callers', { screening: [{ caller: '+44*', verdict: 'block' }] }],
  ])('is asked of the gateway while its user %s', (_title, preferences) => {
    expect(owner('+491', preferences)).toBeUndefined();
  });

  it('is asked of the gateway where a rule says whom the number rings', () => {
    expect(owner('+491', {}, { rules: [{ numbers: ['+491'] }] })).toBeUndefined();
    expect(owner('+491', {}, { rules: [{ numbers: ['+492'] }] })).toBe(alice);
  });
});
