/** What dialled strings mean. */
import { z } from 'zod';
import { country, e164, flag, key, kind, oneOf, pattern, section, text, trunkName, userPattern } from './key.ts';

const rule = section({
  match: key(pattern(), {
    about: 'Regular expression that the whole dialled string, without spaces and punctuation, must match.',
    example: '2\\d\\d',
  }),
  replace: key(text().optional(), {
    about:
      'What is dialled in its place; $1 … $9 are the groups of `match`. Without it the string is dialled as it is.',
    example: '$&',
  }),
  name: key(text().optional(), { about: 'A name for logs.', example: 'extensions of the office' }),
});

const userRegion = section({
  users: key(userPattern(), {
    about: 'Which users: a user ID, where * stands for anything.',
    example: '@berlin-*:example.org',
  }),
  region: key(country(), {
    about: 'The country whose national and emergency numbers they dial.',
    example: 'DE',
  }),
});

const emergency = section({
  policy: key(oneOf(['blocked', 'allowed']).default('blocked'), {
    about:
      'What becomes of calls to emergency numbers: `blocked` refuses them at once with a sentence that says so; `allowed` ' +
      'puts them through by `trunk`. Whether you may, must or must not is a matter of law: docs/admin/emergency.md.',
    inSample: true,
  }),
  trunk: key(trunkName().optional(), {
    about: 'The trunk of emergency calls, whatever routes say. Needed when they are allowed.',
    example: 'office',
  }),
  caller_id: key(e164().optional(), {
    about:
      'The number that emergency services see and call back; an address must be registered for it at the provider.',
    example: '+441818118181',
  }),
  location: key(kind(z.string().min(5).max(500), 'an address in words').optional(), {
    about:
      'The address that is registered with the provider for `caller_id`, in words; it is told to the caller and logged.',
    example: '1 High Street, Anytown AB1 2CD',
  }),
  location_header: key(kind(z.string().regex(/^[A-Za-z0-9-]{1,64}$/), 'the name of a header').optional(), {
    about: 'Header in which the provider takes `location`; without it the location is not sent.',
    example: 'X-Location',
  }),
  acknowledged: key(flag().default(false), {
    about:
      'I have the provider’s word that emergency calls of this trunk reach the right place, have made a test call, ' +
      'and know my legal duties. Needed when they are allowed.',
  }),
  numbers: key(z.array(kind(z.string().regex(/^\d{2,6}$/), 'a short number in quotes')).default([]), {
    about: 'Numbers that are emergency numbers too, such as the test number of the provider.',
    example: ['933'],
  }),
});

export const numbers = section({
  region: key(country(), {
    about: 'The country whose national numbers are understood when no + or 00 is dialled.',
    example: 'GB',
  }),
  user_regions: key(z.array(userRegion).default([]), {
    about:
      'Users who are in another country. The first that matches counts. What somebody dialled once keeps its meaning ' +
      'for them.',
    example: [{ users: '@berlin-*:example.org', region: 'DE' }],
  }),
  dial_plan: key(z.array(rule).default([]), {
    about:
      'Rules for what is not a telephone number of the public network: extensions, feature codes. The first that ' +
      'matches wins; nothing else is done to the number.',
    example: [{ match: '2\\d\\d', name: 'extensions of the office' }],
  }),
  emergency: key(emergency.prefault({}), { about: 'Calls to emergency numbers.' }),
});
