/** What dialled strings mean. */
import { z } from 'zod';
import { country, key, oneOf, pattern, section, text, userPattern } from './key.ts';

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
  emergency: key(oneOf(['blocked']).default('blocked'), {
    about:
      'Calls to emergency numbers are refused at once with a sentence that says so. This release knows no other way.',
  }),
});
