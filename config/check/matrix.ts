import type { Config } from '../schema/index.ts';
import { type Conflict, isUnspecified, overlaps } from './conflict.ts';

export function* checkMatrix({ homeserver, appservice, http }: Config): Generator<Conflict> {
  const reached = new URL(appservice.url);
  const expected = 'the address at which the homeserver reaches Trunkline';
  const example = 'url: http://localhost:9993';
  if (reached.host === new URL(homeserver.url).host) {
    yield {
      path: ['appservice', 'url'],
      about: [['homeserver', 'url']],
      problem: 'this is the address of the homeserver itself',
      found: appservice.url,
      expected,
      example,
    };
  }
  if (isUnspecified(reached.hostname)) {
    const problem = 'nobody can connect to this address';
    yield { path: ['appservice', 'url'], problem, found: appservice.url, expected, example };
  }
  const { listen } = http;
  if (listen !== undefined && overlaps(listen, appservice.listen)) {
    yield {
      path: ['http', 'listen'],
      about: [['appservice', 'listen']],
      problem: 'the same as appservice.listen',
      found: `${listen.host}:${listen.port}`,
      expected: 'another port, or no http.listen to share one listener',
      example: 'listen: { host: 127.0.0.1, port: 8080 }',
    };
  }
}

/** Room for a telephone number and its escapes in a user ID of 255 bytes. */
const SMALLEST_NUMBER_SPACE = 64;

export function* checkGhosts({ ghosts, appservice, homeserver }: Config): Generator<Conflict> {
  if (appservice.sender_localpart.startsWith(ghosts.prefix)) {
    yield {
      path: ['appservice', 'sender_localpart'],
      about: [['ghosts', 'prefix']],
      problem: 'it would be taken for a telephone number',
      found: appservice.sender_localpart,
      expected: `a name that does not start with ghosts.prefix (${ghosts.prefix})`,
      example: 'sender_localpart: trunkline',
    };
  }
  if (ghosts.prefix.startsWith('.tel.')) {
    yield {
      path: ['ghosts', 'prefix'],
      problem: '.tel. is kept for user IDs that hold an international number',
      found: ghosts.prefix,
      expected: 'another prefix',
      example: 'prefix: _sip_',
    };
  }
  const taken = `@${ghosts.prefix}=40${ghosts.gateway_host}:${homeserver.domain}`.length;
  if (taken > 255 - SMALLEST_NUMBER_SPACE) {
    yield {
      path: ['ghosts', 'gateway_host'],
      about: [
        ['ghosts', 'prefix'],
        ['homeserver', 'domain'],
      ],
      problem: `prefix, gateway_host and the domain leave ${255 - taken} of the 255 bytes of a user ID for the number`,
      expected: `a shorter name, so that ${SMALLEST_NUMBER_SPACE} are left`,
      example: 'gateway_host: sip.example.org',
    };
  }
}
