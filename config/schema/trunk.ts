/** One trunk: the account or the PBX that calls go and come by. */
import { z } from 'zod';
import { presetNames } from '../presets.ts';
import { identity } from './identity.ts';
import {
  count,
  flag,
  host,
  key,
  kind,
  oneOf,
  pattern,
  port,
  seconds,
  secret,
  section,
  text,
  trunkName,
} from './key.ts';
import { deckName } from './money.ts';
import { numberFormat } from './number-format.ts';
import { register } from './register.ts';
import { trunkInbound } from './trunk-inbound.ts';
import { trunkText } from './trunk-text.ts';

const sessionTimers = section({
  offer: key(flag().default(false), {
    about: 'Ask for a session timer. One that the trunk asks for is kept either way.',
  }),
  expires_s: key(count(90, 86400, 'number of seconds').default(1800), { about: 'Session-Expires that is asked for.' }),
  min_s: key(count(90, 86400, 'number of seconds').default(90), { about: 'Min-SE: the shortest that is accepted.' }),
});

const providerError = section({
  match: key(pattern(), {
    about: 'Regular expression that is looked for in status, phrase and warnings of a failure: "403 … D35".',
    example: '\\bD35\\b',
  }),
  meaning: key(text(), { about: 'What it means, for administrators.', example: 'the caller ID is not valid' }),
});

export const trunk = section({
  name: key(trunkName(), { about: 'Name of the trunk in logs and in other keys.', example: 'office' }),
  preset: key(oneOf(presetNames).optional(), {
    about:
      'Settings of a provider or PBX to start from; what is written beside it wins. See docs/admin/presets.md ' +
      'for the list and for what each still needs.',
    example: 'sipgate-trunk',
  }),
  host: key(host(), {
    about:
      'Host name or address that calls are sent to. Without `port`, NAPTR and SRV of a name are looked up (RFC 3263).',
    example: 'sip.example.net',
    byPreset: true,
  }),
  backup_hosts: key(z.array(host()).default([]), {
    about: 'Tried in this order when `host`, with all its addresses, does not answer.',
    example: ['sip2.example.net'],
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
  outbound_proxy: key(
    kind(
      z.string().regex(/^[A-Za-z0-9_.-]+(?::\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](?::\d{1,5})?$/),
      'a host, or host:port',
    ).optional(),
    { about: 'Where all requests are sent, whatever `host` says.', example: 'proxy.example.net' },
  ),
  proxy_route: key(flag().default(false), {
    about: 'Name `outbound_proxy` in a Route header too (RFC 3261 §8.1.2); most proxies do without.',
  }),
  username: key(text().optional(), { about: 'User name of the account.', example: '1234567t0' }),
  auth_username: key(text().optional(), {
    about: 'User name for digest authentication, when it is not `username`.',
    example: 'a7Bc9',
  }),
  ...secret('password', 'Password for digest authentication.', 'correct horse battery staple'),
  auth_new_call_id: key(flag().default(false), {
    about: 'Send the request with credentials under a new Call-ID, for trunks that take it for a repetition otherwise.',
  }),
  register: key(register.prefault({}), { about: 'Registration of the account.' }),
  keep_alive_s: key(count(0, 3600, 'number of seconds').default(60), {
    about:
      'Seconds between two OPTIONS, which tell whether the trunk is up and keep the way through NAT open (then 30 is ' +
      'better); 0 sends none.',
  }),
  caller_id: key(
    kind(z.string().regex(/^(\+?[0-9*#]{1,32}|anonymous)$/), 'a number such as +441818118181, or anonymous').optional(),
    {
      about: 'The number that called parties see of users without a line, or `anonymous`. Default: `username`.',
      example: '+441818118181',
    },
  ),
  caller_name: key(kind(z.string().min(1).max(80), 'a name of at most 80 characters').optional(), {
    about: 'The name that called parties see, where the network carries one.',
    example: 'Example Ltd',
  }),
  identity: key(identity.prefault({}), { about: 'In which headers the caller is named.' }),
  diversion: key(flag().default(false), {
    about: 'Name who forwarded a call in Diversion (RFC 5806), for trunks that want one of your numbers there.',
  }),
  number_format: key(numberFormat.prefault({}), { about: 'How numbers are written towards this trunk.' }),
  user_phone: key(flag().default(false), { about: 'Add `;user=phone` to URIs that hold numbers.' }),
  inbound: key(trunkInbound.prefault({}), { about: 'Calls that come from this trunk.' }),
  texts: key(trunkText.prefault({}), { about: 'Text messages by SIP MESSAGE.' }),
  codecs: key(
    z
      .array(oneOf(['PCMU', 'PCMA', 'G722', 'opus']))
      .min(1)
      .default(['PCMA', 'PCMU']),
    {
      about:
        'Codecs that are offered, the preferred one first. The embedded media engine knows PCMU and PCMA alone and leaves ' +
        'the others out.',
    },
  ),
  dtmf: key(oneOf(['rtp', 'info']).default('rtp'), {
    about: 'How digits are sent: as RTP events (RFC 4733), or as INFO requests for trunks that take nothing else.',
  }),
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
  response_timeout_s: key(seconds(1, 32).default(6), {
    about: 'A trunk that says nothing at all to a call for this many seconds is given up, and the next one is tried.',
  }),
  advance_on: key(z.array(count(400, 699, 'SIP status')).default([]), {
    about:
      'Statuses that go on to the next trunk, beside those that always do (408 without ringing, 5xx, and trouble with the ' +
      'account). Never after somebody was heard or reached.',
    example: [403],
  }),
  forwards: key(oneOf(['inside', 'redirect']).default('inside'), {
    about:
      'How calls from this trunk are forwarded to another number by the user whom they ring: `inside` calls that number and ' +
      "joins both here, at the user's expense; `redirect` tells the trunk to (302), which many refuse.",
  }),
  transfers: key(oneOf(['inside', 'refer']).default('inside'), {
    about:
      'How a user transfers a call to somebody else: `inside` calls them and joins both here; `refer` asks the trunk to do it ' +
      '(REFER, RFC 3515), which PBXs do and most providers refuse.',
  }),
  reliable_provisional: key(oneOf(['off', 'supported', 'required']).default('off'), {
    about: 'Reliable provisional responses (100rel, RFC 3262): not offered, offered, or demanded.',
  }),
  session_timers: key(sessionTimers.prefault({}), { about: 'Regular signs of life during a call (RFC 4028).' }),
  max_redirects: key(count(0, 10, 'number of redirects').default(3), {
    about: 'Redirects (3xx) that are followed in one call, inside the domain of the trunk and to allowed numbers only.',
  }),
  max_calls: key(count(1, 100_000, 'number of calls').optional(), {
    about:
      'Calls at the same time on this trunk, in both directions; the next one goes by another trunk or is refused.',
    example: 30,
  }),
  calls_per_second: key(kind(z.number().min(0.1).max(1000), 'a number of calls a second, 0.1 to 1000').optional(), {
    about: 'New calls a second that the trunk takes; more wait for their turn.',
    example: 1,
  }),
  rates: key(deckName().optional(), {
    about:
      'Its deck of prices. Without one its calls and texts cost nothing; with one, numbers that it does not know cannot be called.',
    example: 'provider',
  }),
  weight: key(count(1, 1000).default(1), { about: 'Share of the calls, for routes with `choose: by-weight`.' }),
  provider_errors: key(z.array(providerError).default([]), {
    about:
      "What the provider's own codes mean: told in the log and in the administrators' room, at most once a day each.",
  }),
  extra_headers: key(
    z.array(kind(z.string().regex(/^[A-Za-z0-9-]+:[ \t]*[^\s\r\n][^\r\n]*$/), 'a header, "Name: value"')).default([]),
    { about: 'Headers that every INVITE carries.', example: ['X-Account: 42'] },
  ),
  user_agent: key(text().default('Trunkline'), { about: 'User-Agent of our requests.' }),
});
