import { isSupportedCountry } from 'libphonenumber-js';
import type { Path } from '../describe.ts';
import type { Config } from '../schema/index.ts';
import type { Conflict } from './conflict.ts';

export function* checkNumbers({ numbers, media }: Config): Generator<Conflict> {
  const countries: [Path, string | undefined][] = [
    [['numbers', 'region'], numbers.region],
    ...numbers.user_regions.map(({ region }, index): [Path, string] => [
      ['numbers', 'user_regions', index, 'region'],
      region,
    ]),
    [['media', 'embedded', 'ringback_country'], media.embedded.ringback_country],
  ];
  for (const [path, country] of countries) {
    if (country === undefined || isSupportedCountry(country)) continue;
    const expected = 'a country with a numbering plan, by its code of ISO 3166-1';
    yield { path, problem: 'no such country', found: country, expected, example: `${path.at(-1)}: GB` };
  }
  for (const [index, { match, replace }] of numbers.dial_plan.entries()) {
    const groups = (new RegExp(`${match}|`, 'u').exec('')?.length ?? 1) - 1;
    const wanted = Math.max(0, ...[...(replace ?? '').matchAll(/\$(\d)/g)].map((found) => Number(found[1])));
    if (wanted <= groups) continue;
    yield {
      path: ['numbers', 'dial_plan', index, 'replace'],
      problem: `uses $${wanted}, but match has ${groups === 0 ? 'no groups' : groups === 1 ? '1 group' : `${groups} groups`}`,
      expected: 'only groups that match has, in round brackets there',
      example: `match: '9(\\d+)'\nreplace: $1`,
    };
  }
}
