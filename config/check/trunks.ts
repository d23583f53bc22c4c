import type { Config, TrunkConfig } from '../schema/index.ts';
import { type Conflict, isUnspecified } from './conflict.ts';

export function* checkTrunks({ trunks, sip }: Config): Generator<Conflict> {
  if (sip.server === 'drachtio' && sip.drachtio.secret === undefined) {
    yield {
      path: ['sip', 'drachtio'],
      problem: 'the drachtio server has no secret',
      expected: 'secret or secret_file, as in the <admin> element of its configuration',
      example: 'drachtio: { host: 127.0.0.1, secret_file: /run/secrets/drachtio }',
    };
  }
  for (const [index, trunk] of trunks.entries()) {
    yield* checkCredentials(trunk, index);
    if (isUnspecified(trunk.host)) {
      yield {
        path: ['trunks', index, 'host'],
        problem: 'nothing can be reached at this address',
        found: trunk.host,
        expected: 'the address of the trunk',
        example: 'host: sip.example.net',
      };
    }
    if (sip.server === 'embedded') yield* checkWay(trunk, index, sip.embedded.listen);
  }
}

function* checkCredentials({ username, password }: TrunkConfig, index: number): Generator<Conflict> {
  if (password !== undefined && username === undefined) {
    yield {
      path: ['trunks', index, 'password'],
      problem: 'a password without a user name',
      expected: 'both, or neither for a trunk that knows us by our address',
      example: 'username: 1234567t0',
    };
  }
  if (username !== undefined && password === undefined) {
    yield {
      path: ['trunks', index, 'username'],
      problem: 'a user name without a password',
      expected: 'password or password_file too, or neither for a trunk that knows us by our address',
      example: 'password_file: /run/secrets/trunk',
    };
  }
}

type Listeners = Config['sip']['embedded']['listen'];

function* checkWay({ host, port, transport }: TrunkConfig, index: number, listeners: Listeners): Generator<Conflict> {
  const ours = listeners.filter((listener) => listener.transport === transport);
  const usualPort = transport === 'tls' ? 5061 : 5060;
  // Over TLS, calls go out without a listener too.
  if (ours.length === 0 && transport !== 'tls') {
    yield {
      path: ['trunks', index, 'transport'],
      about: [['sip', 'embedded', 'listen']],
      problem: `no listener of sip.embedded.listen has transport ${transport}`,
      found: transport,
      expected: 'the transport of a listener',
      example: `listen:\n  - {transport: ${transport}, port: ${usualPort}}`,
    };
  }
  const wanted = port ?? usualPort;
  const isLocal = host === 'localhost' || host.startsWith('127.') || host === '::1';
  const isOurs = ours.some((own) => own.port === wanted && (own.host === host || (isLocal && isUnspecified(own.host))));
  if (isOurs) {
    yield {
      path: ['trunks', index, 'host'],
      about: [
        ['trunks', index, 'port'],
        ['sip', 'embedded', 'listen'],
      ],
      problem: "this is Trunkline's own listener: calls would come back to it",
      found: `${host}:${wanted}`,
      expected: 'the address of the trunk',
      example: 'host: sip.example.net',
    };
  }
}
