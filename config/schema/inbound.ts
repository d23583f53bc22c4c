/** Calls from the telephone: whom they ring, and what becomes of those that nobody takes. */
import { z } from 'zod';
import {
  count,
  dialString,
  key,
  kind,
  oneOf,
  pattern,
  room,
  seconds,
  section,
  text,
  trunkName,
  userId,
} from './key.ts';

const outcome = (status: number, about: string) =>
  key(
    section({
      status: key(count(400, 699, 'SIP status').default(status), {
        about: 'What the telephone network is answered: 486 busy, 480 not available, 603 declined, 404 no such number.',
      }),
      redirect_to: key(dialString().optional(), {
        about: 'A number that the telephone network is told to call instead (302), such as a mailbox.',
        example: '+441818118199',
      }),
    }).prefault({}),
    { about },
  );

export const outcomes = section({
  rejected: outcome(486, 'Somebody declined the call.'),
  busy: outcome(486, 'Everybody who would ring is on the telephone.'),
  no_answer: outcome(480, 'Nobody answered in time.'),
  nobody: outcome(480, 'Nobody could be rung.'),
});

const step = section({
  users: key(z.array(userId()).default([]), { about: 'Users who ring together.', example: ['@alice:example.org'] }),
  rooms: key(z.array(room()).default([]), {
    about: 'Rooms in which everybody rings; the gateway must be allowed to enter.',
    example: ['#phones:example.org'],
  }),
  for_s: key(seconds(3, 300).optional(), {
    about: 'Seconds until the next step, or until the call counts as not answered. Default: `inbound.ring_s`.',
    example: 20,
  }),
});

const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/;

const hours = section({
  days: key(z.array(oneOf(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).default([]), {
    about: 'Days of the week; an empty list means every day.',
    example: ['mon', 'fri'],
  }),
  from: key(kind(z.string().regex(TIME), 'a time of day in quotes, such as "09:00"').default('00:00'), {
    about: 'From when on.',
  }),
  to: key(kind(z.string().regex(TIME), 'a time of day in quotes, such as "17:30"').default('24:00'), {
    about: 'Until when; a time before `from` is on the next day.',
  }),
});

const rule = section({
  name: key(text().optional(), { about: 'A name for logs.', example: 'reception' }),
  numbers: key(
    z
      .array(
        kind(z.string().regex(/^[^\s*]{1,255}$/), 'a number in quotes, an extension or the user part of a SIP URI'),
      )
      .default([]),
    {
      about:
        'Calls to exactly these numbers (+441818118181), extensions (200) or names (alice). The most exact rule counts: ' +
        '`numbers` before `patterns` before the longest of `prefixes` before a rule with none of them; of equals the first.',
      example: ['+441818118181'],
    },
  ),
  prefixes: key(
    z.array(kind(z.string().regex(/^\+?[0-9*#]{1,32}$/), 'the beginning of a number in quotes')).default([]),
    {
      about: 'Calls to numbers that begin so.',
      example: ['+4418181181'],
    },
  ),
  patterns: key(z.array(pattern()).default([]), {
    about: 'Calls to numbers that match one of these regular expressions as a whole.',
    example: ['\\+44181811818[1-5]'],
  }),
  trunks: key(z.array(trunkName()).default([]), {
    about: 'Only calls by these trunks; an empty list means any.',
    example: ['office'],
  }),
  hours: key(z.array(hours).default([]), {
    about: 'Only at these times (`inbound.time_zone`); outside of them the next rule that fits counts.',
  }),
  ring: key(z.array(step).min(1), {
    about: 'Who rings: one step after the other, and all of a step together.',
    example: [{ users: ['@alice:example.org'] }],
  }),
  reject_ends: key(oneOf(['one', 'all']).default('one'), {
    about: 'When one of several declines: `one` lets the others ring on, `all` ends the call.',
  }),
  outcomes: key(outcomes.optional(), {
    about: 'What becomes of calls that nobody takes, in place of `inbound.outcomes`.',
  }),
});

export const inbound = section({
  rules: key(z.array(rule).default([]), {
    about:
      'Whom numbers ring. Numbers of `lines` ring their users and extensions of `extensions` theirs without a rule. A call ' +
      'to any other number is answered 404.',
  }),
  ring_s: key(seconds(3, 300).default(45), { about: 'How long a call rings, in seconds, when its rule does not say.' }),
  time_zone: key(text().default('UTC'), { about: 'Time zone of `hours`, by its name such as Europe/Berlin.' }),
  outcomes: key(outcomes.prefault({}), { about: 'What becomes of calls that nobody takes.' }),
  blocked_callers: key(
    z
      .array(
        kind(
          z.string().regex(/^\+?[0-9*#A-Za-z_.-]{1,64}$/),
          'a number in quotes, where a * at the end stands for anything',
        ),
      )
      .default([]),
    {
      about: 'Numbers that are refused (603) without ringing; a * at the end stands for anything.',
      example: ['+4490*'],
    },
  ),
  withheld_callers: key(oneOf(['ring', 'refuse']).default('ring'), {
    about: 'Calls without a caller number: let them ring, or refuse them (433).',
  }),
  unverified_callers: key(oneOf(['ring', 'refuse']).default('ring'), {
    about: 'Calls whose number the trunk says is forged (`trust_verstat`): let them ring, or refuse them (603).',
  }),
});
