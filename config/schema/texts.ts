/** Text messages: whose number they come from, how long they are tried, what they may cost. */
import { z } from 'zod';
import { count, flag, httpUrl, key, kind, oneOf, people, seconds, section, text, trunkName } from './key.ts';

const usersMeant = (about: string) => key(z.array(people()).min(1), { about, example: ['@*:example.org'] });

const trunksMeant = () =>
  key(z.array(trunkName()).default([]), {
    about: 'Trunks that know it; an empty list means any that carries texts.',
    example: ['office'],
  });

const sharedSender = section({
  sender: key(
    kind(
      z.string().regex(/^\+?[0-9]{3,15}$|^(?=.*[A-Za-z])[A-Za-z0-9 .&_-]{2,11}$/),
      'a number, a short code, or 2 to 11 letters and digits',
    ),
    { about: 'What the telephone shows as the sender.', example: 'EXAMPLE' },
  ),
  users: usersMeant('Users without a number of their own whose texts come from it.'),
  trunks: trunksMeant(),
});

const pool = section({
  name: key(kind(z.string().regex(/^[A-Za-z0-9_.-]{1,32}$/), 'a short name of letters, digits and _.-'), {
    about: 'A name for logs. The numbers that are lent out are remembered under it.',
    example: 'mobiles',
  }),
  numbers: key(z.array(kind(z.string().regex(/^\+[1-9]\d{6,14}$/), 'an international number in quotes')).min(1), {
    about: 'The numbers, which must be nobody’s `lines`.',
    example: ['+447700900001', '+447700900002'],
  }),
  users: usersMeant('Users without a number of their own to whom they are lent.'),
  trunks: trunksMeant(),
  rest_h: key(count(0, 87_600, 'number of hours').default(720), {
    about:
      'How many hours after its last text with a telephone a number may be lent to another user for the same telephone. ' +
      'A late answer would reach that other user: keep it long.',
  }),
});

const mediaLinks = section({
  url: key(httpUrl().optional(), {
    about:
      'Where telephones reach Trunkline by the web. With it, pictures and files go out as links; without it their writers ' +
      'are told that they were not sent.',
    example: 'https://sip.example.org',
  }),
  hours: key(count(1, 8_760, 'number of hours').default(168), { about: 'How long a link works.' }),
  max_megabytes: key(count(1, 1_000, 'number of megabytes').default(20), {
    about: 'Larger files are refused in words.',
  }),
});

export const texts = section({
  repeat: key(oneOf(['at-least-once', 'at-most-once']).default('at-least-once'), {
    about:
      'What becomes of a text when the trunk’s answer was lost and the trunk does not know repeats: `at-least-once` sends it ' +
      'again, so that it may arrive twice; `at-most-once` tells its writer that it may not have arrived.',
    inSample: true,
  }),
  retry_for_h: key(count(1, 168, 'number of hours').default(24), {
    about: 'How long a text that cannot be delivered for the moment is tried.',
  }),
  first_retry_s: key(seconds(1, 3600).default(30), {
    about:
      'After how many seconds it is tried again for the first time; each further pause is twice as long, up to half an hour.',
  }),
  notice_above_segments: key(count(0, 255, 'number of segments').default(1), {
    about:
      'A text of more segments than this (160 characters; 70 with emoji and the like) tells its writer how many it costs.',
  }),
  max_segments: key(count(1, 255, 'number of segments').default(10), { about: 'Longer texts are refused in words.' }),
  per_minute: key(count(1, 10_000, 'number of texts').default(30), {
    about: 'Texts a minute of one user, a group counted by telephone.',
  }),
  inbound_per_minute: key(count(1, 10_000, 'number of texts').default(30), {
    about: 'Texts a minute from one telephone to one number. More are kept and shown when the minute is over.',
  }),
  notices: key(oneOf(['ignore', 'send']).default('ignore'), {
    about: 'Whether what bots write (`m.notice`) is sent.',
  }),
  edits: key(oneOf(['tell', 'send']).default('tell'), {
    about:
      'An edited text: `tell` its writer that the telephone has the old one, or `send` the new one as another text.',
  }),
  reactions: key(oneOf(['ignore', 'send']).default('ignore'), {
    about: 'Whether reactions are sent as texts.',
  }),
  delivery_status: key(oneOf(['receipts', 'events', 'both']).default('both'), {
    about:
      'How writers see what became of a text: read receipts of the telephone, `com.beeper.message_send_status` events, or both.',
  }),
  group_relay: key(flag().default(true), {
    about: 'Whether telephones in a room see one another’s texts, where the room has not chosen otherwise.',
  }),
  opt_out: key(flag().default(true), {
    about: 'Honour STOP, START and HELP, in many languages. Turn it off only where the provider does it already.',
  }),
  help: key(text().optional(), {
    about: 'What a telephone that writes HELP is told. Default: whose number it is and that STOP ends it.',
    example: 'Texts of Example Ltd. Questions: +441818118181. STOP ends them.',
  }),
  keep_failed_days: key(count(1, 365, 'number of days').default(7), {
    about: 'How long a text that failed is kept, so that it can be sent again.',
  }),
  shared_senders: key(z.array(sharedSender).default([]), {
    about: 'Senders that many users share and that nobody can answer.',
  }),
  pools: key(z.array(pool).default([]), {
    about:
      'Numbers that are lent so that each pair of user and telephone has one of its own; the telephone can answer.',
  }),
  media_links: key(mediaLinks.prefault({}), { about: 'Pictures and files.' }),
});
