/** The Matrix side: homeserver, application service, ghosts. */
import { z } from 'zod';
import {
  count,
  filePath,
  flag,
  host,
  httpUrl,
  key,
  kind,
  listenPort,
  oneOf,
  people,
  room,
  secret,
  section,
} from './key.ts';
import { destination } from './routing.ts';

export const homeserver = section({
  url: key(httpUrl(), {
    about: 'Where Trunkline reaches the client-server API of the homeserver.',
    example: 'http://localhost:8008',
  }),
  domain: key(
    kind(
      z.string().regex(/^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/),
      'a server name such as example.org, without scheme (the part of user IDs after the colon)',
    ),
    { about: 'The server name: what stands after the colon in user IDs.', example: 'example.org' },
  ),
});

const LISTEN_HOST = 'Address to listen on; 0.0.0.0 or :: for all.';

export const appservice = section({
  id: key(kind(z.string().regex(/^[^|/\s]+$/), 'a name without spaces, | and /').default('trunkline'), {
    about: 'ID of the application service in its registration; must be the only one of its name on the homeserver.',
  }),
  url: key(httpUrl(), {
    about: 'Where the homeserver reaches Trunkline, as written into the registration.',
    example: 'http://localhost:9993',
  }),
  listen: key(
    section({
      host: key(host().default('127.0.0.1'), { about: LISTEN_HOST }),
      port: key(listenPort().default(9993), { about: 'Port for the homeserver; 0 lets the system choose (tests).' }),
    }).prefault({}),
    { about: 'Where Trunkline listens for the homeserver.' },
  ),
  registration: key(filePath().default('registration.yaml'), {
    about: 'The registration file: written by `trunkline registration`, read for its tokens by `trunkline run`.',
    inSample: true,
  }),
  sender_localpart: key(
    kind(z.string().regex(/^[a-z0-9._=/+-]+$/), 'a localpart of a-z, 0-9 and ._=/+-').default('trunkline'),
    { about: "Localpart of the gateway's own user." },
  ),
});

export const ghosts = section({
  prefix: key(
    kind(
      z.string().regex(/^[a-z0-9._/-]*[a-z._/-]$/),
      'a prefix of a-z, 0-9 and ._/- that does not end in a digit',
    ).default('_sip_'),
    { about: 'What the user IDs of telephone numbers start with. Do not change it once rooms exist.' },
  ),
  gateway_host: key(host(), {
    about: 'The host part in the user IDs of telephone numbers; any name that stays the same, usually the SIP domain.',
    example: 'sip.example.org',
  }),
  escape: key(oneOf(['=', '%']).default('='), {
    about:
      'How characters that user IDs may not have are written: `=` as the specification says (`=40`), `%` as MSC2845 does ' +
      '(`%40`; Dendrite and Tuwunel refuse it). Both are always understood.',
  }),
  registrations_per_second: key(count(1, 1000).default(10), {
    about: 'At most so many new users are registered a second when numbers are looked up.',
  }),
});

export const permissions = section({
  call_out: key(z.array(people()), {
    about:
      'Who may call telephone numbers: user IDs, where * stands for anything, or rooms, for their members. An empty list ' +
      'lets nobody call. Calls cost money: do not open this to other servers without need.',
    example: ['@*:example.org'],
  }),
  destinations: key(z.array(destination).default([]), {
    about:
      'Which numbers may be called: the first rule that fits decides, and what none fits is allowed. A rule fits when ' +
      'each of its `prefixes`, `countries`, `types` and `users` that is given does; one with none of them fits every call. ' +
      'Emergency numbers are not asked about. Kinds of numbers that can be very expensive are closed by `fraud.closed` as well.',
  }),
  text_out: key(z.array(people()).optional(), {
    about: 'Who may send texts to telephone numbers. Default: who may call them (`call_out`).',
    example: ['@*:example.org'],
  }),
  administrators: key(z.array(people()).default([]), {
    about:
      'Who may give the bot commands for administrators. Members of `rooms.administrators` may too: who is let into that room ' +
      'is let in here.',
    example: ['@admin:example.org'],
  }),
  be_called: key(z.array(people()).default([]), {
    about:
      'Who may be called from the telephone: user IDs, where * stands for anything, or rooms, for their members. An empty ' +
      'list means everybody of this homeserver.',
    example: ['@*:example.org'],
  }),
});

export const rooms = section({
  join_users: key(oneOf(['as-user', 'phone-room', 'invite']).default('phone-room'), {
    about:
      'How a caller who is new rings at once. `as-user` joins users to the new room in their name, by a second ' +
      'registration that covers all users of the homeserver (`trunkline registration` writes it too). `phone-room` rings ' +
      'in a room that each user joined once. `invite` only invites: the first call of a number rings when the user accepts.',
    inSample: true,
  }),
  join_registration: key(filePath().default('registration-users.yaml'), {
    about: 'The second registration, for `join_users: as-user`. It has no url: the homeserver sends nothing for it.',
  }),
  administrators: key(room().optional(), {
    about: 'Room that is told of trouble with trunks and servers; the gateway must be allowed to enter.',
    example: '#trunkline-admin:example.org',
  }),
});

export const dialer = section({
  enabled: key(flag().default(true), { about: 'Serve the dialer, a page with a dial pad, at /dialer/.' }),
  homeserver_url: key(httpUrl().optional(), {
    about: 'Where browsers reach the homeserver, when that is not `homeserver.url`.',
    example: 'https://matrix.example.org',
  }),
});

export const http = section({
  listen: key(
    section({
      host: key(host().default('127.0.0.1'), { about: LISTEN_HOST }),
      port: key(listenPort(), { about: 'Port for people: dialer and health.', example: 8080 }),
    }).optional(),
    {
      about: 'A listener of its own for the dialer and /health; without it they are served where the homeserver calls.',
    },
  ),
});

export const store = section({
  path: key(filePath().default('trunkline.sqlite'), {
    about: 'The SQLite database. It holds what was not handled yet: keep it with the registration.',
    inSample: true,
  }),
  ...secret(
    'url',
    'A PostgreSQL database, in place of `path`: postgresql://user:password@host:5432/database. See docs/admin/database.md.',
    'postgresql://trunkline:correct-horse@db.example.org:5432/trunkline',
  ),
});

export const log = section({
  level: key(oneOf(['trace', 'debug', 'info', 'warn', 'error']).default('info'), {
    about: '`info` tells what happens to calls; `debug` tells why.',
  }),
  format: key(oneOf(['auto', 'json', 'pretty']).default('auto'), {
    about: '`json` for machines, `pretty` for people; `auto` is pretty on a terminal.',
  }),
  redact: key(flag().default(true), {
    about: 'Replace telephone numbers by their last two digits. Tokens, passwords and texts are never logged.',
  }),
});
