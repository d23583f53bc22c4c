/** One trunk: the account or the PBX that calls leave by. */
import { z } from 'zod';
import { count, flag, host, key, kind, oneOf, port, seconds, secret, section, text } from './key.ts';

const numberFormat = section({
  style: key(oneOf(['e164-plus', 'e164', 'international-00', 'national', 'as-dialled']).default('e164-plus'), {
    about:
      'How numbers of the public network are written: `e164-plus` +441818118181, `e164` 441818118181, ' +
      '`international-00` 00441818118181, `national` 01818118181 for numbers of `numbers.region` (others with 00), ' +
      '`as-dialled` what the user typed.',
  }),
  prefix: key(kind(z.string().regex(/^[0-9*#+]{1,32}$/), 'digits, *, # and +').optional(), {
    about: 'Put before every number, after formatting: an access digit or the technical prefix of a provider.',
    example: '12345678*',
  }),
});

const sessionTimers = section({
  enabled: key(flag().default(true), { about: 'Offer session timers (RFC 4028).' }),
  expires_s: key(count(90, 86400, 'number of seconds').default(1800), {
    about: 'Session-Expires that is asked for, in seconds.',
  }),
});

export const trunk = section({
  name: key(kind(z.string().regex(/^[A-Za-z0-9_.-]{1,32}$/), 'a short name of letters, digits and _.-'), {
    about: 'Name of the trunk in logs.',
    example: 'office',
  }),
  host: key(host(), {
    about:
      'Host name or address that calls are sent to. Without `port`, a name is looked up as RFC 3263 says (SRV, then A).',
    example: 'sip.example.net',
  }),
  port: key(port().optional(), { about: 'Port that calls are sent to.', example: 5060 }),
  transport: key(oneOf(['udp', 'tcp', 'tls']).default('udp'), { about: 'Transport to the trunk.', inSample: true }),
  domain: key(host().optional(), {
    about: 'Domain in Request-URI, To and From, when it is not `host`.',
    example: 'example.net',
  }),
  username: key(text().optional(), { about: 'User name for digest authentication.', example: '1234567t0' }),
  ...secret('password', 'Password for digest authentication.', 'correct horse battery staple'),
  caller_id: key(
    kind(z.string().regex(/^(\+?[0-9*#]{1,32}|anonymous)$/), 'a number such as +441818118181, or anonymous').optional(),
    {
      about: 'The number that called parties see, or `anonymous`. Default: `username`.',
      example: '+441818118181',
    },
  ),
  codecs: key(
    z
      .array(oneOf(['PCMU', 'PCMA']))
      .min(1)
      .default(['PCMA', 'PCMU']),
    {
      about: 'Codecs that are offered, the preferred one first.',
    },
  ),
  number_format: key(numberFormat.prefault({}), { about: 'How numbers are written towards this trunk.' }),
  early_media: key(oneOf(['ringback', 'answer-on-early-rtp']).default('ringback'), {
    about:
      'What happens to audio before the answer. Matrix calls have none: `ringback` lets the client ring until the ' +
      'answer; `answer-on-early-rtp` answers the client when half a second of audio has come, so that announcements are heard.',
  }),
  ring_timeout_s: key(seconds(5, 300).default(60), {
    about: 'A call that is not answered after this many seconds is cancelled. Clients give up after about 60.',
  }),
  reliable_provisional: key(flag().default(false), {
    about: 'Say that reliable provisional responses (100rel, RFC 3262) are supported.',
  }),
  session_timers: key(sessionTimers.prefault({}), { about: 'Regular signs of life during a call (RFC 4028).' }),
  srtp: key(oneOf(['off', 'optional', 'required']).default('off'), {
    about: 'Encryption of audio towards the trunk (SDES, RFC 4568).',
  }),
  follow_redirects: key(flag().default(false), {
    about: 'Follow 3xx answers, at most three, inside the domain of the trunk and to allowed numbers only.',
  }),
});
