/** Which numbers leave by which trunks, and which may be called at all. */
import { z } from 'zod';
import { country, key, kind, oneOf, people, section, text, trunkName } from './key.ts';

const prefix = () => kind(z.string().regex(/^\+?[0-9*#]{1,32}$/), 'the beginning of a number in quotes, such as "+49"');

/** libphonenumber's types, and what is no number of the public network. */
export const NUMBER_TYPES = [
  'fixed-line',
  'mobile',
  'fixed-line-or-mobile',
  'premium-rate',
  'toll-free',
  'shared-cost',
  'voip',
  'personal',
  'pager',
  'uan',
  'voicemail',
  'unknown',
  'short',
  'code',
  'extension',
  'sip-uri',
] as const;

const TYPES =
  'the types of libphonenumber, `unknown` for numbers that it cannot tell, `short` for short numbers of the country, ' +
  '`code` for what has * or #, `extension` for what `numbers.dial_plan` names, `sip-uri`';

/** The same three ways to speak of numbers, for routes and for permissions. */
const numbersMeant = {
  prefixes: key(z.array(prefix()).default([]), {
    about: 'Beginnings of international numbers (+49), or of what is dialled when it is no such number.',
    example: ['+49', '+43'],
  }),
  countries: key(z.array(country()).default([]), { about: 'Countries of the numbers.', example: ['DE', 'AT'] }),
  types: key(z.array(oneOf(NUMBER_TYPES)).default([]), {
    about: `Types of the numbers: ${TYPES}.`,
    example: ['mobile'],
  }),
};

export const route = section({
  name: key(text().optional(), { about: 'A name for logs.', example: 'cheap mobiles' }),
  ...numbersMeant,
  users: key(z.array(people()).default([]), {
    about: 'Only for calls of these users; an empty list means everybody.',
    example: ['@*:example.org'],
  }),
  trunks: key(z.array(trunkName()).min(1), {
    about: 'Trunks that may carry the call. The next is tried when one fails before anybody is reached.',
    example: ['office'],
  }),
  choose: key(oneOf(['in-order', 'by-weight']).default('in-order'), {
    about:
      '`in-order` tries the trunks as listed; `by-weight` starts with one by chance, by the `weight` of each trunk.',
  }),
});

export const destination = section({
  action: key(oneOf(['allow', 'deny']), { about: 'What becomes of calls to such numbers.', example: 'deny' }),
  ...numbersMeant,
  users: key(z.array(people()).default([]), {
    about: 'Only for calls of these users; an empty list means everybody.',
    example: ['@*:example.org'],
  }),
});
