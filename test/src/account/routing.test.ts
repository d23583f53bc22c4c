import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitOf, type NumberFacts } from '../../../src/account/number-filter.ts';
import { matchPeople } from '../../../src/account/people.ts';
import { byWeight, chooseTrunks, type RouteRule } from '../../../src/account/routing.ts';
import type { Availability } from '../../../src/account/trunk-rules.ts';
import { alice, bob, trunk } from './samples.ts';

const berlin: NumberFacts = { target: '+49301234567', type: 'fixed-line', country: 'DE' };
const mobile: NumberFacts = { target: '+4915112345678', type: 'mobile', country: 'DE' };
const london: NumberFacts = { target: '+442079460018', type: 'fixed-line', country: 'GB' };
const newYork: NumberFacts = { target: '+12125550100', type: 'fixed-line-or-mobile', country: 'US' };
const code: NumberFacts = { target: '*97', type: 'code' };

function route(trunks: string[], more: Partial<RouteRule> = {}): RouteRule {
  return { prefixes: [], countries: [], types: [], choose: 'in-order', ...more, trunks };
}

const trunks = ['a', 'b', 'c'].map((name) => trunk(name));

function chosen(
  number: NumberFacts,
  routes: readonly RouteRule[],
  now: Record<string, Availability> = {},
  user = alice,
) {
  const routing = chooseTrunks({ user, number, trunks, routes, availability: (name) => now[name], random: () => 0 });
  return routing.kind === 'trunks' ? routing.trunks.map(({ name }) => name) : routing.kind;
}

describe('a filter', () => {
  it.each<[string, Partial<RouteRule>, NumberFacts, number | undefined]>([
    ['without conditions fits all', {}, code, 0],
    ['by prefix', { prefixes: ['+49'] }, berlin, 3],
    ['by the longest of its prefixes', { prefixes: ['+49', '+4930', '+4'] }, berlin, 5],
    ['by another prefix', { prefixes: ['+44'] }, berlin, undefined],
    ['by the beginning of a code', { prefixes: ['*9'] }, code, 2],
    ['by country', { countries: ['AT', 'DE'] }, berlin, 0.5],
    ['by a country, of a number without one', { countries: ['DE'] }, code, undefined],
    ['by type', { types: ['code'] }, code, 0.25],
    ['wants all conditions', { countries: ['DE'], types: ['mobile'] }, berlin, undefined],
    ['with all conditions', { countries: ['DE'], types: ['mobile'] }, mobile, 0.75],
    ['takes a number that may be either for either', { types: ['mobile'] }, newYork, 0.25],
  ])('%s', (_name, more, number, fit) => {
    expect(fitOf(route([], more), number)).toBe(fit);
  });
});

describe('routes', () => {
  it('there are none: every trunk, in the order of the configuration', () => {
    expect(chosen(berlin, [])).toEqual(['a', 'b', 'c']);
  });

  it.each<[string, RouteRule[], NumberFacts, string[] | string]>([
    [
      'the longest prefix wins, wherever it stands',
      [route(['a'], { prefixes: ['+49'] }), route(['b'], { prefixes: ['+4930'] })],
      berlin,
      ['b'],
    ],
    [
      'a prefix wins over a country',
      [route(['a'], { countries: ['DE'] }), route(['b'], { prefixes: ['+49'] })],
      berlin,
      ['b'],
    ],
    ['a country wins over none', [route(['a']), route(['b'], { countries: ['DE'] })], berlin, ['b']],
    ['of equals the first', [route(['a'], { prefixes: ['+49'] }), route(['b'], { prefixes: ['+49'] })], berlin, ['a']],
    ['what no other route is for', [route(['a'], { countries: ['DE'] }), route(['c'])], london, ['c']],
    ['none is for it', [route(['a'], { countries: ['DE'] })], london, 'none'],
    ['the trunks in order', [route(['c', 'a'])], london, ['c', 'a']],
    ['a trunk that does not exist is left out', [route(['x', 'a'])], london, ['a']],
  ])('%s', (_name, routes, number, expected) => {
    expect(chosen(number, routes)).toEqual(expected);
  });

  it('for some users are not for others', () => {
    const routes = [route(['a'], { prefixes: ['+49'], users: matchPeople([bob]) }), route(['b'])];
    expect(chosen(berlin, routes)).toEqual(['b']);
    expect(chosen(berlin, routes, {}, bob)).toEqual(['a']);
  });
});

describe('trunks as they are now', () => {
  const up = { state: 'up', calls: 0 } as const;
  const down = { state: 'down', calls: 0 } as const;
  const full = { state: 'up', calls: 2, maxCalls: 2 } as const;

  it.each<[string, Record<string, Availability>, string[] | string]>([
    ['that is down is tried last', { a: down, b: up }, ['b', 'c', 'a']],
    ['all down are tried all the same', { a: down, b: down, c: down }, ['a', 'b', 'c']],
    ['that is full is left out', { a: full }, ['b', 'c']],
    ['full and down', { a: full, b: down }, ['c', 'b']],
    ['all full', { a: full, b: full, c: full }, 'full'],
    ['nothing is known of counts as up', { a: { state: 'unknown', calls: 0 }, b: up }, ['a', 'b', 'c']],
  ])('one %s', (_name, now, expected) => {
    expect(chosen(berlin, [], now)).toEqual(expected);
  });
});

describe('by weight', () => {
  const weights: Record<string, number> = { a: 1, b: 3 };
  const weightOf = (name: string) => weights[name] ?? 1;

  it.each([
    [0, ['a', 'b']],
    [0.24, ['a', 'b']],
    [0.26, ['b', 'a']],
    [0.999_999, ['b', 'a']],
  ])('drawn at %f', (drawn, order) => {
    expect(byWeight(['a', 'b'], weightOf, () => drawn)).toEqual(order);
  });

  it('every trunk is in the order once, whatever is drawn', () => {
    const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd')),
        fc.array(draw, { minLength: 4 }),
        (names, drawn) => {
          let at = 0;
          const order = byWeight(names, weightOf, () => drawn[at++ % drawn.length] ?? 0);
          expect(order.toSorted()).toEqual(names.toSorted());
        },
      ),
    );
  });

  it('comes as often first as it weighs', () => {
    const draws = Array.from({ length: 400 }, (_, index) => index / 400);
    const first = draws.filter((drawn) => byWeight(['a', 'b'], weightOf, () => drawn)[0] === 'b');
    expect(first).toHaveLength(300);
  });
});

describe('whatever routes, states and draws there are', () => {
  const names = ['a', 'b', 'c', 'x'];
  const anyRoute = fc.record({
    prefixes: fc.subarray(['+49', '+4930', '+44']),
    countries: fc.subarray(['DE', 'GB']),
    types: fc.subarray(['mobile', 'fixed-line'] as const),
    trunks: fc.subarray(names, { minLength: 1 }),
    choose: fc.constantFrom('in-order' as const, 'by-weight' as const),
  });
  const anyState = fc.record({
    state: fc.constantFrom('up' as const, 'down' as const, 'unknown' as const),
    calls: fc.nat(3),
    maxCalls: fc.constantFrom(1, 2, 9),
  });

  it('each trunk is tried at most once, is one of those that there are, and none is full; those that are down come last', () => {
    fc.assert(
      fc.property(
        fc.array(anyRoute),
        fc.dictionary(fc.constantFrom(...names), anyState),
        fc.constantFrom(berlin, mobile, london, newYork, code),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (routes, now, number, drawn) => {
          const routing = chooseTrunks({
            user: alice,
            number,
            trunks,
            routes,
            availability: (name) => (Object.hasOwn(now, name) ? now[name] : undefined),
            random: () => drawn,
          });
          if (routing.kind !== 'trunks') return;
          const tried = routing.trunks.map(({ name }) => name);
          expect(new Set(tried).size).toBe(tried.length);
          const states = tried.map((name) => now[name]);
          for (const state of states) expect(state === undefined || state.calls < state.maxCalls).toBe(true);
          const firstDown = states.findIndex((each) => each?.state === 'down');
          const afterwards = firstDown === -1 ? [] : states.slice(firstDown);
          expect(afterwards.every((each) => each?.state === 'down')).toBe(true);
        },
      ),
    );
  });
});
