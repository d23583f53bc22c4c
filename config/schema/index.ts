/** The whole configuration file. Types, defaults, faults, sample, documentation and the JSON Schema come from here. */
import { z } from 'zod';
import { count, key, section } from './key.ts';
import { appservice, dialer, ghosts, homeserver, http, log, permissions, store } from './matrix.ts';
import { media } from './media.ts';
import { numbers } from './numbers.ts';
import { sip } from './sip.ts';
import { trunk } from './trunk.ts';

const limits = section({
  calls: key(count(1, 100_000, 'number of calls').default(200), {
    about: 'Calls at the same time; the next one is refused with a sentence that says so.',
  }),
  calls_per_user: key(count(1, 1000, 'number of calls').default(2), {
    about: 'Calls at the same time of one user. Clients hold one while they talk on another.',
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
  trunks: key(z.array(trunk).min(1).max(1), {
    about: 'The trunks that calls leave by. This release takes exactly one.',
    example: [{ name: 'office', host: 'sip.example.net' }],
  }),
  sip: key(sip.prefault({}), { about: 'The SIP server.' }),
  media: key(media.prefault({}), { about: 'Audio.' }),
  store: key(store.prefault({}), { about: 'The database.' }),
  http: key(http.prefault({}), { about: 'Pages for people.' }),
  dialer: key(dialer.prefault({}), { about: 'The page with a dial pad.' }),
  log: key(log.prefault({}), { about: 'What is logged.' }),
  limits: key(limits.prefault({}), { about: 'Limits.' }),
});

/** A configuration that was checked, with every default filled in. Names are those of the file. */
export type Config = z.output<typeof configSchema>;
export type TrunkConfig = Config['trunks'][number];
export { expectations, type KeyDoc, keyDocs } from './key.ts';
