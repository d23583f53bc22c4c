/** Routes out and rules in: they must lead somewhere. */
import { isSupportedCountry } from 'libphonenumber-js';
import type { Path } from '../describe.ts';
import type { Config } from '../schema/index.ts';
import { knownTrunk } from './accounts.ts';
import type { Conflict } from './conflict.ts';

export function* checkRoutes({ routes, permissions, trunks, smpp }: Config): Generator<Conflict> {
  for (const [index, route] of routes.entries()) {
    for (const [place, name] of route.trunks.entries()) {
      yield* knownTrunk(name, ['routes', index, 'trunks', place], trunks, smpp);
      if (route.trunks.indexOf(name) === place) continue;
      yield {
        path: ['routes', index, 'trunks', place],
        problem: 'this trunk is already in the list',
        found: name,
        expected: 'each trunk once; a trunk that failed is not tried again',
        example: `trunks: [${[...new Set(route.trunks)].join(', ')}]`,
      };
    }
    yield* knownCountries(route.countries, ['routes', index, 'countries']);
  }
  for (const [index, { countries }] of permissions.destinations.entries()) {
    yield* knownCountries(countries, ['permissions', 'destinations', index, 'countries']);
  }
}

function* knownCountries(countries: readonly string[], path: Path): Generator<Conflict> {
  for (const [place, country] of countries.entries()) {
    if (isSupportedCountry(country)) continue;
    yield {
      path: [...path, place],
      problem: 'no such country',
      found: country,
      expected: 'a country with a numbering plan, by its code of ISO 3166-1',
      example: 'countries: [GB]',
    };
  }
}

type Rule = Config['inbound']['rules'][number];

export function* checkInbound({ inbound, trunks, smpp }: Config): Generator<Conflict> {
  const { rules } = inbound;
  if (!isTimeZone(inbound.time_zone)) {
    yield {
      path: ['inbound', 'time_zone'],
      problem: 'no such time zone',
      found: inbound.time_zone,
      expected: 'a name of the IANA time zone database',
      example: 'time_zone: Europe/Berlin',
    };
  }
  for (const [index, rule] of rules.entries()) {
    const path: Path = ['inbound', 'rules', index];
    for (const [place, name] of rule.trunks.entries())
      yield* knownTrunk(name, [...path, 'trunks', place], trunks, smpp);
    for (const [place, { users, rooms }] of rule.ring.entries()) {
      if (users.length + rooms.length > 0) continue;
      yield {
        path: [...path, 'ring', place],
        problem: 'nobody rings in this step',
        expected: 'users or rooms',
        example: "ring: [{ users: ['@alice:example.org'] }]",
      };
    }
    for (const [place, number] of rule.numbers.entries()) {
      const rival = rules.findIndex(
        (other, at) => at < index && takesAway(other, rule) && other.numbers.includes(number),
      );
      if (rival === -1) continue;
      yield {
        path: [...path, 'numbers', place],
        about: [['inbound', 'rules', rival]],
        problem: `never used: inbound.rules[${rival}] is for the same number`,
        found: number,
        expected: 'one rule with several users in ring, other trunks, or hours in the first of the two',
        example: "ring: [{ users: ['@alice:example.org', '@bob:example.org'] }]",
      };
    }
  }
}

/** Whether `a` leaves no call by its trunks, at any hour, to `b`. */
function takesAway(a: Rule, b: Rule): boolean {
  if (a.hours.length > 0) return false;
  return a.trunks.length === 0 || (b.trunks.length > 0 && b.trunks.every((one) => a.trunks.includes(one)));
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
