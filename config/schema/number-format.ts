/** How numbers are written towards a trunk. */
import { z } from 'zod';
import { count, dialString, key, kind, oneOf, pattern, section } from './key.ts';

export const rewriteRule = section({
  match: key(pattern(), { about: 'Regular expression, compared with the number as written so far.', example: '^0049' }),
  replace: key(kind(z.string(), 'text'), { about: 'What stands in its place; $1 … $9 are groups.', example: '0' }),
});

export const numberFormat = section({
  form: key(oneOf(['+e164', 'e164', 'international', 'national', 'as-dialled']).default('+e164'), {
    about:
      'How telephone numbers are written: `+e164` +441818118181, `e164` 441818118181, `international` 00441818118181, ' +
      '`national` 01818118181 in the own country and 00… for others, `as-dialled` what the user typed. What is no ' +
      'telephone number of the public network (extensions, codes) always stays as it was dialled.',
    inSample: true,
  }),
  country_code: key(
    kind(z.string().regex(/^[1-9]\d{0,2}$/), 'a country calling code in quotes, without +').optional(),
    {
      about: 'Country calling code of the trunk, for `national`. Default: the one of `numbers.region`.',
      example: '44',
    },
  ),
  national_prefix: key(kind(z.string().regex(/^\d{0,4}$/), 'digits in quotes, or nothing').default('0'), {
    about: 'What precedes a number of the own country; empty in North America.',
  }),
  international_prefix: key(dialString('digits in quotes').default('00'), {
    about: 'What precedes a foreign number; 011 in North America.',
  }),
  rewrite: key(z.array(rewriteRule).default([]), {
    about: 'Rules that are applied one after the other to the written number.',
  }),
  strip: key(count(0, 32, 'number of characters').default(0), {
    about: 'Characters that are cut off at the front, after `rewrite`.',
  }),
  prepend: key(dialString().optional(), {
    about: 'Put before what remains, such as the digit for an outside line.',
    example: '0',
  }),
  tech_prefix: key(dialString().optional(), {
    about: 'Customer or route code of the provider, put before everything.',
    example: '12345678',
  }),
  tech_prefix_separator: key(kind(z.enum(['*', '#', '']), '*, # or nothing').default(''), {
    about: 'What stands between `tech_prefix` and the number.',
  }),
});
