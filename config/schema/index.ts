/** The whole configuration file. Types, defaults, faults, sample, documentation and the JSON Schema come from here. */
import { z } from 'zod';
import { api, identityServer, lookups } from './api.ts';
import { fraud } from './fraud.ts';
import { inbound } from './inbound.ts';
import { count, filePath, key, people, section } from './key.ts';
import { extension, line } from './lines.ts';
import { appservice, dialer, ghosts, homeserver, http, log, permissions, rooms, store } from './matrix.ts';
import { media } from './media.ts';
import { credit, rates } from './money.ts';
import { numbers } from './numbers.ts';
import { records } from './records.ts';
import { route } from './routing.ts';
import { sip } from './sip.ts';
import { smpp } from './smpp.ts';
import { texts } from './texts.ts';
import { trunk } from './trunk.ts';

const userLimits = section({
  users: key(z.array(people()).min(1), { about: 'Which users.', example: ['@reception:example.org'] }),
  calls: key(count(0, 1000, 'number of calls'), { about: 'Calls at the same time of one of them.', example: 5 }),
});

const limits = section({
  calls: key(count(1, 100_000, 'number of calls').default(200), {
    about: 'Calls at the same time; the next one is refused with a sentence that says so.',
  }),
  calls_per_user: key(count(1, 1000, 'number of calls').default(2), {
    about: 'Calls at the same time of one user. Clients hold one while they talk on another.',
  }),
  users: key(z.array(userLimits).default([]), {
    about: 'Other limits for some users; the first that fits counts.',
  }),
  call_s: key(count(60, 604_800, 'number of seconds').default(14_400), {
    about: 'The longest that a call may last, in seconds; then it is ended with words.',
  }),
  request_bytes: key(count(1_048_576, 104_857_600, 'number of bytes').default(16_777_216), {
    about: 'Largest transaction that is taken from the homeserver.',
  }),
  stop_grace_s: key(count(0, 600, 'number of seconds').default(5), {
    about: 'When Trunkline stops, calls are ended and given this many seconds to say goodbye.',
  }),
});

/** Keys in the order of the sample and the documentation. */
export const configSchema = section({
  homeserver: key(homeserver, { about: 'The homeserver that Trunkline belongs to.' }),
  appservice: key(appservice, { about: 'How the homeserver reaches Trunkline.' }),
  ghosts: key(ghosts, { about: 'The Matrix users that stand for telephone numbers.' }),
  permissions: key(permissions, { about: 'Who may do what.' }),
  numbers: key(numbers, { about: 'What dialled strings mean.' }),
  trunks: key(z.array(trunk).min(1), {
    about: 'The trunks that calls go and come by.',
    example: [{ name: 'office', host: 'sip.example.net' }],
  }),
  smpp: key(z.array(smpp).default([]), {
    about: 'Accounts at service centres for SMS (SMPP 3.4), which carry texts and no calls. See docs/admin/smpp.md.',
    example: [{ name: 'sms', host: 'smpp.example.net', system_id: 'example01' }],
  }),
  lines: key(z.array(line).default([]), { about: 'Numbers of the public network, and whose they are.' }),
  extensions: key(z.array(extension).default([]), {
    about: 'Extensions of a PBX, one for each user: each registers, rings its user, and calls under its own name.',
  }),
  extensions_file: key(filePath().optional(), {
    about:
      'A file with more `extensions`, a list in YAML or JSON as another program writes it. Read at start, and with it what ' +
      '`config check` says of its lines.',
    example: 'extensions.yaml',
  }),
  routes: key(z.array(route).default([]), {
    about:
      'Which trunks carry which numbers. The longest prefix wins, then rules for countries and types, then the rest; of ' +
      'equals the first. Without routes every trunk may carry every number, in the order of `trunks`. Users with an ' +
      'extension call by its trunk.',
  }),
  inbound: key(inbound.prefault({}), { about: 'Calls from the telephone.' }),
  texts: key(texts.prefault({}), { about: 'Text messages.' }),
  credit: key(credit.prefault({}), { about: 'What users may spend. See docs/admin/credit.md.' }),
  rates: key(rates.prefault({}), {
    about:
      'Prices. What a trunk takes is in its deck (`trunks[].rates`), imported by `trunkline rates import`. See docs/admin/prices.md.',
  }),
  fraud: key(fraud.prefault({}), {
    about:
      'Limits against fraud, for calls to the telephone. Emergency calls are never limited. See docs/admin/limits.md.',
  }),
  records: key(records.prefault({}), { about: 'Records of calls. See docs/admin/records.md.' }),
  lookups: key(lookups.prefault({}), { about: 'Whom a number means.' }),
  identity: key(identityServer.prefault({}), { about: 'The identity server.' }),
  rooms: key(rooms.prefault({}), { about: 'Rooms that the gateway makes and enters.' }),
  sip: key(sip.prefault({}), { about: 'The SIP server.' }),
  media: key(media.prefault({}), { about: 'Audio.' }),
  store: key(store.prefault({}), { about: 'The database.' }),
  http: key(http.prefault({}), { about: 'Pages for people.' }),
  api: key(api.prefault({}), { about: 'The provisioning API.' }),
  dialer: key(dialer.prefault({}), { about: 'The page with a dial pad.' }),
  log: key(log.prefault({}), { about: 'What is logged.' }),
  limits: key(limits.prefault({}), { about: 'Limits.' }),
});

/** A configuration that was checked, with every default filled in. Names are those of the file. */
export type Config = z.output<typeof configSchema>;
export type TrunkConfig = Config['trunks'][number];
export { expectations, type KeyDoc, keyDocs } from './key.ts';
