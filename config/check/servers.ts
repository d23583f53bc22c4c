/** Servers beside Trunkline: drachtio for SIP, FreeSWITCH for audio. */
import type { Path } from '../describe.ts';
import type { Config } from '../schema/index.ts';
import type { Conflict } from './conflict.ts';

export function* checkDrachtio({ sip }: Config): Generator<Conflict> {
  if (sip.server !== 'drachtio') return;
  const { servers, listen } = sip.drachtio;
  if (servers.length === 0 && listen === undefined) {
    yield {
      path: ['sip', 'drachtio'],
      about: [['sip', 'server']],
      problem: 'no drachtio server is named',
      expected: 'servers, or listen for servers that connect to us',
      example: 'drachtio:\n  servers:\n    - { host: 127.0.0.1, secret_file: /run/secrets/drachtio }',
    };
  }
  const words = {
    problem: 'the drachtio server has no secret',
    expected: 'secret or secret_file, as in the <admin> element of its configuration',
    example: 'secret_file: /run/secrets/drachtio',
  };
  for (const [index, { secret }] of servers.entries()) {
    if (secret === undefined) yield { path: ['sip', 'drachtio', 'servers', index, 'secret'], ...words };
  }
  if (listen !== undefined && listen.secret === undefined) {
    yield { path: ['sip', 'drachtio', 'listen', 'secret'], ...words };
  }
  yield* checkTwice(servers, ['sip', 'drachtio', 'servers']);
}

export function* checkFreeSwitch({ media }: Config): Generator<Conflict> {
  if (media.engine !== 'freeswitch') return;
  const { servers } = media.freeswitch;
  if (servers.length === 0) {
    yield {
      path: ['media', 'freeswitch'],
      about: [['media', 'engine']],
      problem: 'no FreeSWITCH server is named',
      expected: 'servers',
      example: 'freeswitch:\n  servers:\n    - { host: 127.0.0.1, secret_file: /run/secrets/freeswitch }',
    };
  }
  for (const [index, { secret }] of servers.entries()) {
    if (secret !== undefined) continue;
    yield {
      path: ['media', 'freeswitch', 'servers', index, 'secret'],
      problem: 'the FreeSWITCH server has no password',
      expected: 'secret or secret_file, as in its event_socket.conf.xml',
      example: 'secret_file: /run/secrets/freeswitch',
    };
  }
  yield* checkTwice(servers, ['media', 'freeswitch', 'servers']);
}

interface Server {
  readonly host: string;
  readonly port: number;
}

function* checkTwice(servers: readonly Server[], path: Path): Generator<Conflict> {
  for (const [index, { host, port }] of servers.entries()) {
    const earlier = servers.findIndex((other) => other.host === host && other.port === port);
    if (earlier === index) continue;
    yield {
      path: [...path, index, 'host'],
      problem: `this server is already in the list, at ${earlier}`,
      found: `${host}:${port}`,
      expected: 'each server once',
      example: 'host: 192.0.2.20',
    };
  }
}
