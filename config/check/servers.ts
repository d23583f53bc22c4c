/** Servers beside Trunkline: drachtio for SIP, FreeSWITCH for audio. */
import type { Path } from '../describe.ts';
import type { Config } from '../schema/index.ts';
import { type Conflict, isThisMachine, overlaps } from './conflict.ts';

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

export function* checkFreeSwitch({ media, sip, appservice, http }: Config): Generator<Conflict> {
  if (media.engine !== 'freeswitch') return;
  const { servers, sip: own } = media.freeswitch;
  const trunks = sip.server === 'embedded' ? sip.embedded.listen.filter(({ transport }) => transport !== 'udp') : [];
  const others = [...trunks, appservice.listen, ...(http.listen === undefined ? [] : [http.listen])];
  if (others.some((other) => overlaps(own, other))) {
    yield {
      path: ['media', 'freeswitch', 'sip', 'port'],
      about: [['sip', 'embedded', 'listen'], ['appservice', 'listen'], ['http']],
      problem: `port ${own.port} is already used`,
      found: String(own.port),
      expected: 'a port of its own: the FreeSWITCH servers are not trunks',
      example: 'sip: { host: 127.0.0.1, port: 5090 }',
    };
  }
  const isElsewhere = servers.some(({ host }) => !isThisMachine(host));
  if (isElsewhere && isThisMachine(own.advertise ?? own.host)) {
    yield {
      path: ['media', 'freeswitch', 'sip', own.advertise === undefined ? 'host' : 'advertise'],
      about: [['media', 'freeswitch', 'servers']],
      problem: 'a FreeSWITCH server on another machine cannot reach this address',
      found: own.advertise ?? own.host,
      expected: 'an address of this machine that it reaches',
      example: 'sip: { host: 0.0.0.0, advertise: 192.0.2.10 }',
    };
  }
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
