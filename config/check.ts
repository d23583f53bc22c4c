/** What no key can tell alone: rules over several keys. */
import { isIP } from 'node:net';
import { isSupportedCountry } from 'libphonenumber-js';
import type { Path } from './describe.ts';
import type { Config } from './schema/index.ts';

/** Keys that do not go together. */
export interface Conflict {
  readonly path: Path;
  /** Other keys that it was judged by. */
  readonly about?: readonly Path[];
  readonly problem: string;
  readonly expected?: string;
  readonly found?: string;
  readonly example?: string;
}

/** All conflicts of a configuration whose keys are right one by one. `readFile` throws when a file cannot be read. */
export function checkTogether(config: Config, readFile: (path: string) => string): Conflict[] {
  return [
    ...checkMatrix(config),
    ...checkGhosts(config),
    ...checkNumbers(config),
    ...checkListeners(config),
    ...checkTls(config, readFile),
    ...checkTrunks(config),
    ...checkMedia(config),
  ];
}

const UNSPECIFIED = new Set(['0.0.0.0', '::', '0:0:0:0:0:0:0:0']);

function* checkMatrix({ homeserver, appservice, http }: Config): Generator<Conflict> {
  const reached = new URL(appservice.url);
  const about: Path[] = [['homeserver', 'url']];
  if (reached.host === new URL(homeserver.url).host) {
    const problem = 'this is the address of the homeserver; Trunkline needs one of its own';
    yield { path: ['appservice', 'url'], about, problem, example: 'url: http://localhost:9993' };
  }
  if (UNSPECIFIED.has(reached.hostname.replace(/^\[|\]$/g, ''))) {
    const problem = 'nobody can connect to this address; give the one that the homeserver reaches';
    yield { path: ['appservice', 'url'], problem, found: appservice.url, example: 'url: http://localhost:9993' };
  }
  const { listen } = http;
  if (listen !== undefined && listen.port !== 0 && overlaps(listen, appservice.listen)) {
    const problem = 'the same as appservice.listen; leave http.listen out to share one listener';
    yield { path: ['http', 'listen'], about: [['appservice', 'listen']], problem };
  }
}

/** Room for a telephone number and its escapes in a user ID of 255 bytes. */
const SMALLEST_NUMBER_SPACE = 64;

function* checkGhosts({ ghosts, appservice, homeserver }: Config): Generator<Conflict> {
  if (appservice.sender_localpart.startsWith(ghosts.prefix)) {
    const problem = `starts with ghosts.prefix (${ghosts.prefix}), so it would be taken for a telephone number`;
    yield { path: ['appservice', 'sender_localpart'], about: [['ghosts', 'prefix']], problem };
  }
  if (ghosts.prefix.startsWith('.tel.')) {
    const problem = '.tel. is kept for user IDs that hold an international number';
    yield { path: ['ghosts', 'prefix'], problem, example: 'prefix: _sip_' };
  }
  const taken = `@${ghosts.prefix}=40${ghosts.gateway_host}:${homeserver.domain}`.length;
  if (taken > 255 - SMALLEST_NUMBER_SPACE) {
    const problem = `prefix, gateway_host and the domain leave ${255 - taken} of 255 bytes of a user ID for the number`;
    yield {
      path: ['ghosts', 'gateway_host'],
      problem,
      expected: `a shorter name, so that ${SMALLEST_NUMBER_SPACE} are left`,
    };
  }
}

function* checkNumbers({ numbers, media }: Config): Generator<Conflict> {
  if (!isSupportedCountry(numbers.region)) {
    const expected = 'a country with a numbering plan, by its code of ISO 3166-1';
    yield {
      path: ['numbers', 'region'],
      problem: 'no such country',
      found: numbers.region,
      expected,
      example: 'region: GB',
    };
  }
  for (const [index, { region }] of numbers.user_regions.entries()) {
    if (isSupportedCountry(region)) continue;
    const expected = 'a country with a numbering plan, by its code of ISO 3166-1';
    yield {
      path: ['numbers', 'user_regions', index, 'region'],
      problem: 'no such country',
      found: region,
      expected,
      example: 'region: DE',
    };
  }
  const country = media.embedded.ringback_country;
  if (country !== undefined && !isSupportedCountry(country)) {
    yield { path: ['media', 'embedded', 'ringback_country'], problem: 'no such country', found: country };
  }
  for (const [index, { match, replace }] of numbers.dial_plan.entries()) {
    const groups = (new RegExp(`${match}|`, 'u').exec('')?.length ?? 1) - 1;
    const wanted = Math.max(0, ...[...(replace ?? '').matchAll(/\$(\d)/g)].map((found) => Number(found[1])));
    if (wanted > groups) {
      const problem = `uses $${wanted}, but match has ${groups === 0 ? 'no groups' : `${groups} groups`}`;
      yield { path: ['numbers', 'dial_plan', index, 'replace'], problem, example: `match: '9(\\d+)'\nreplace: $1` };
    }
  }
}

interface Address {
  readonly host: string;
  readonly port: number;
}

function overlaps(a: Address, b: Address): boolean {
  const sameHost = a.host === b.host || UNSPECIFIED.has(a.host) || UNSPECIFIED.has(b.host);
  return a.port !== 0 && a.port === b.port && sameHost;
}

function* checkListeners({ sip, http, appservice, media }: Config): Generator<Conflict> {
  if (sip.server !== 'embedded') return;
  const listeners = sip.embedded.listen;
  for (const [index, listener] of listeners.entries()) {
    const path: Path = ['sip', 'embedded', 'listen', index];
    const isTcp = listener.transport !== 'udp';
    const earlier = listeners
      .slice(0, index)
      .find((other) => isTcp === (other.transport !== 'udp') && overlaps(listener, other));
    if (earlier !== undefined) {
      const problem = `port ${listener.port} is already used by the ${earlier.transport} listener before it`;
      yield { path, problem };
    }
    const web = [appservice.listen, ...(http.listen === undefined ? [] : [http.listen])];
    if (isTcp && web.some((other) => overlaps(listener, other))) {
      yield {
        path,
        about: [
          ['appservice', 'listen'],
          ['http', 'listen'],
        ],
        problem: `port ${listener.port} is already used for HTTP`,
      };
    }
    for (const [side, { port_min, port_max }] of Object.entries({
      rtp: media.embedded.rtp,
      webrtc: media.embedded.webrtc,
    })) {
      if (isTcp || listener.port < port_min || listener.port > port_max) continue;
      const problem = `port ${listener.port} is in the range for audio, ${port_min} to ${port_max}`;
      yield { path, about: [['media', 'embedded', side]], problem };
    }
  }
  const { advertise } = sip.embedded;
  if (advertise !== undefined && UNSPECIFIED.has(advertise)) {
    const expected = 'the address that other SIP servers reach, or leave the key out';
    yield {
      path: ['sip', 'embedded', 'advertise'],
      problem: 'nobody can reach this address',
      found: advertise,
      expected,
      example: 'advertise: 198.51.100.7',
    };
  }
}

function* checkTls({ sip }: Config, readFile: (path: string) => string): Generator<Conflict> {
  if (sip.server !== 'embedded') return;
  const { listen, tls } = sip.embedded;
  const secure = listen.findIndex((listener) => listener.transport === 'tls');
  if (secure !== -1 && tls === undefined) {
    const problem = 'a listener with transport tls needs sip.embedded.tls with cert and key';
    const example = 'tls:\n  cert: /etc/trunkline/sip.crt\n  key: /etc/trunkline/sip.key';
    yield {
      path: ['sip', 'embedded', 'listen', secure, 'transport'],
      about: [['sip', 'embedded', 'tls']],
      problem,
      example,
    };
  }
  if (tls === undefined) return;
  for (const name of ['cert', 'key', 'ca'] as const) {
    const file = tls[name];
    if (file === undefined) continue;
    const problem = pemProblem(file, name === 'key' ? 'PRIVATE KEY' : 'CERTIFICATE', readFile);
    if (problem !== undefined) yield { path: ['sip', 'embedded', 'tls', name], problem, found: JSON.stringify(file) };
  }
}

function pemProblem(file: string, label: string, readFile: (path: string) => string): string | undefined {
  try {
    return readFile(file).includes(`${label}-----`) ? undefined : `the file holds no ${label.toLowerCase()} in PEM`;
  } catch (error) {
    return `the file cannot be read (${error instanceof Error && 'code' in error ? error.code : error})`;
  }
}

function* checkTrunks({ trunks, sip }: Config): Generator<Conflict> {
  if (sip.server === 'drachtio' && sip.drachtio.secret === undefined) {
    const example = 'drachtio:\n  host: 127.0.0.1\n  secret_file: /run/secrets/drachtio';
    yield { path: ['sip', 'drachtio'], problem: 'server: drachtio needs this section with a secret', example };
  }
  for (const [index, trunk] of trunks.entries()) {
    const at = (name: string): Path => ['trunks', index, name];
    if (trunk.password !== undefined && trunk.username === undefined) {
      yield { path: at('password'), problem: 'a password without username', example: 'username: 1234567t0' };
    }
    if (trunk.username !== undefined && trunk.password === undefined) {
      yield {
        path: at('username'),
        problem: 'a username without password or password_file',
        example: 'password_file: /run/secrets/trunk',
      };
    }
    if (sip.server !== 'embedded') continue;
    if (!sip.embedded.listen.some((listener) => listener.transport === trunk.transport)) {
      const problem = `no listener of sip.embedded.listen has transport ${trunk.transport}`;
      const example = `listen:\n  - {transport: ${trunk.transport}, port: ${trunk.transport === 'tls' ? 5061 : 5060}}`;
      yield { path: at('transport'), about: [['sip', 'embedded', 'listen']], problem, example };
    }
    if (isIP(trunk.host) !== 0 && UNSPECIFIED.has(trunk.host)) {
      yield { path: at('host'), problem: 'nothing can be reached at this address', found: trunk.host };
    }
    const target = { host: trunk.host, port: trunk.port ?? (trunk.transport === 'tls' ? 5061 : 5060) };
    const isLocal = trunk.host === 'localhost' || trunk.host.startsWith('127.') || trunk.host === '::1';
    const own = sip.embedded.listen.find(
      (listener) => listener.transport === trunk.transport && listener.port === target.port,
    );
    if (own !== undefined && ((isLocal && UNSPECIFIED.has(own.host)) || own.host === trunk.host)) {
      const problem = "this is Trunkline's own listener: calls would come back to it";
      yield {
        path: at('host'),
        about: [at('port'), ['sip', 'embedded', 'listen']],
        problem,
        found: `${target.host}:${target.port}`,
      };
    }
  }
}

/** RTP takes the even port of a pair, RTCP the odd one (RFC 3550 §11). */
const RTP_PORTS_PER_CALL = 2;

function* checkMedia({ media, limits }: Config): Generator<Conflict> {
  const { rtp, webrtc } = media.embedded;
  const at = (...names: (string | number)[]): Path => ['media', 'embedded', ...names];
  if (rtp.port_min % 2 !== 0) {
    const example = `port_min: ${rtp.port_min + 1}`;
    yield {
      path: at('rtp', 'port_min'),
      problem: 'RTP takes even ports (RFC 3550 §11)',
      expected: 'an even port',
      example,
    };
  }
  if (rtp.port_max % 2 === 0) {
    const problem = 'the last port is the RTCP port of the last pair';
    yield { path: at('rtp', 'port_max'), problem, expected: 'an odd port', example: `port_max: ${rtp.port_max - 1}` };
  }
  for (const [side, range, perCall] of [
    ['rtp', rtp, RTP_PORTS_PER_CALL],
    ['webrtc', webrtc, 1],
  ] as const) {
    const needed = limits.calls * perCall;
    const have = Math.max(range.port_max - range.port_min + 1, 0);
    if (have >= needed) continue;
    const problem = `${have} ports are too few for limits.calls: ${limits.calls}`;
    const expected = `at least ${needed} ports (${perCall} a call), or a smaller limits.calls`;
    yield { path: at(side, 'port_max'), about: [at(side, 'port_min'), ['limits', 'calls']], problem, expected };
  }
  if (rtp.port_min <= webrtc.port_max && webrtc.port_min <= rtp.port_max) {
    const problem = `the range overlaps the one of media.embedded.rtp, ${rtp.port_min} to ${rtp.port_max}`;
    yield { path: at('webrtc', 'port_min'), about: [at('webrtc', 'port_max'), at('rtp')], problem };
  }
  const addresses: [Path, string | undefined][] = [
    [at('rtp', 'public_address'), rtp.public_address],
    ...webrtc.public_addresses.map((address, index): [Path, string] => [
      at('webrtc', 'public_addresses', index),
      address,
    ]),
  ];
  for (const [path, address] of addresses) {
    if (address === undefined || !UNSPECIFIED.has(address)) continue;
    yield { path, problem: 'nobody can send audio to this address', found: address, example: '198.51.100.7' };
  }
}
