/** One trunk: the account or the PBX that calls leave by. */
import { z } from 'zod';
import { count, flag, host, key, kind, oneOf, pattern, port, seconds, secret, section, text } from './key.ts';

const DIGITS = 'digits, *, # and +';
const dialString = (expects = DIGITS) => kind(z.string().regex(/^[0-9*#+]{1,32}$/), expects);

const rewriteRule = section({
  match: key(pattern(), { about: 'Regular expression, compared with the number as written so far.', example: '^0049' }),
  replace: key(kind(z.string(), 'text'), { about: 'What stands in its place; $1 … $9 are groups.', example: '0' }),
});

const numberFormat = section({
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

const TEMPLATE = 'a template such as {number}';
const template = () =>
  kind(z.string().regex(/^([^{}\r\n]|\{(number|e164|digits|national|sipUser|domain)\})+$/), TEMPLATE);

const identity = section({
  from: key(template().default('{number}'), {
    about:
      'User part of From. Variables: {number} the caller ID as given, {e164} with +, {digits} without, {national}, ' +
      '{sipUser} the `username`, {domain}. A template with a `:` is a whole URI. Some providers want {sipUser} here and ' +
      'the number in `preferred_identity`.',
  }),
  asserted_identity: key(template().optional(), { about: 'P-Asserted-Identity (RFC 3325).', example: '{e164}' }),
  preferred_identity: key(template().optional(), { about: 'P-Preferred-Identity (RFC 3325).', example: '{e164}' }),
  remote_party_id: key(template().optional(), { about: 'Remote-Party-ID, for older PBXs.', example: '{number}' }),
  send_name: key(flag().default(true), { about: 'Send `caller_name`; some providers refuse calls that have a name.' }),
});

const sessionTimers = section({
  offer: key(flag().default(false), {
    about: 'Ask for a session timer. One that the trunk asks for is kept either way.',
  }),
  expires_s: key(count(90, 86400, 'number of seconds').default(1800), { about: 'Session-Expires that is asked for.' }),
  min_s: key(count(90, 86400, 'number of seconds').default(90), { about: 'Min-SE: the shortest that is accepted.' }),
});

export const trunk = section({
  name: key(kind(z.string().regex(/^[A-Za-z0-9_.-]{1,32}$/), 'a short name of letters, digits and _.-'), {
    about: 'Name of the trunk in logs.',
    example: 'office',
  }),
  host: key(host(), {
    about:
      'Host name or address that calls are sent to. Without `port`, NAPTR and SRV of a name are looked up (RFC 3263).',
    example: 'sip.example.net',
  }),
  port: key(port().optional(), { about: 'Port that calls are sent to.', example: 5060 }),
  transport: key(oneOf(['udp', 'tcp', 'tls']).default('udp'), { about: 'Transport to the trunk.', inSample: true }),
  udp_only: key(flag().default(false), {
    about: 'Never send long requests by TCP in place of UDP (RFC 3261 §18.1.1), for trunks that know UDP alone.',
  }),
  domain: key(host().optional(), {
    about: 'Host part of the URIs, when it is not `host`.',
    example: 'example.net',
  }),
  username: key(text().optional(), { about: 'User name for digest authentication.', example: '1234567t0' }),
  ...secret('password', 'Password for digest authentication.', 'correct horse battery staple'),
  caller_id: key(
    kind(z.string().regex(/^(\+?[0-9*#]{1,32}|anonymous)$/), 'a number such as +441818118181, or anonymous').optional(),
    { about: 'The number that called parties see, or `anonymous`. Default: `username`.', example: '+441818118181' },
  ),
  caller_name: key(kind(z.string().min(1).max(80), 'a name of at most 80 characters').optional(), {
    about: 'The name that called parties see, where the network carries one.',
    example: 'Example Ltd',
  }),
  identity: key(identity.prefault({}), { about: 'In which headers the caller is named.' }),
  number_format: key(numberFormat.prefault({}), { about: 'How numbers are written towards this trunk.' }),
  user_phone: key(flag().default(false), { about: 'Add `;user=phone` to URIs that hold numbers.' }),
  codecs: key(
    z
      .array(oneOf(['PCMU', 'PCMA']))
      .min(1)
      .default(['PCMA', 'PCMU']),
    {
      about: 'Codecs that are offered, the preferred one first.',
    },
  ),
  srtp: key(oneOf(['off', 'optional', 'required']).default('off'), {
    about:
      'Encryption of audio towards the trunk (SDES, RFC 4568). The keys travel in SIP: use it with `transport: tls`.',
  }),
  early_media: key(oneOf(['ringback', 'answer-on-early-rtp']).default('ringback'), {
    about:
      'What happens to audio before the answer. Matrix calls have none: `ringback` lets the client ring until the ' +
      'answer; `answer-on-early-rtp` connects the client when audio flows, so that announcements are heard.',
  }),
  ring_timeout_s: key(seconds(5, 300).default(60), {
    about: 'A call that is not answered after this many seconds is cancelled. Clients give up after about 60.',
  }),
  reliable_provisional: key(oneOf(['off', 'supported', 'required']).default('off'), {
    about: 'Reliable provisional responses (100rel, RFC 3262): not offered, offered, or demanded.',
  }),
  session_timers: key(sessionTimers.prefault({}), { about: 'Regular signs of life during a call (RFC 4028).' }),
  max_redirects: key(count(0, 10, 'number of redirects').default(3), {
    about: 'Redirects (3xx) that are followed in one call, inside the domain of the trunk and to allowed numbers only.',
  }),
  max_calls: key(count(1, 100_000, 'number of calls').optional(), {
    about: 'Calls at the same time on this trunk; the next one is refused before anything is sent.',
    example: 30,
  }),
  extra_headers: key(
    z.array(kind(z.string().regex(/^[A-Za-z0-9-]+:[ \t]*[^\s\r\n][^\r\n]*$/), 'a header, "Name: value"')).default([]),
    { about: 'Headers that every INVITE carries.', example: ['X-Account: 42'] },
  ),
  user_agent: key(text().default('Trunkline'), { about: 'User-Agent of our requests.' }),
});
