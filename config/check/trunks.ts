import { describedAt } from '../describe.ts';
import { exampleLine } from '../fault.ts';
import { presets } from '../presets.ts';
import type { Config, TrunkConfig } from '../schema/index.ts';
import { getAt } from '../tree.ts';
import { type Conflict, isThisMachine, isUnspecified } from './conflict.ts';

export function* checkTrunks({ trunks, sip }: Config): Generator<Conflict> {
  for (const [index, trunk] of trunks.entries()) {
    yield* checkName(trunks, index);
    yield* checkPreset(trunk, index);
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
    yield* checkWhoCalls(trunks, index);
  }
}

/** What calls between our own numbers are said to come by. */
const RESERVED = 'inside';

function* checkName(trunks: Config['trunks'], index: number): Generator<Conflict> {
  const name = trunks[index]?.name;
  if (name === RESERVED) {
    yield {
      path: ['trunks', index, 'name'],
      problem: 'this name is kept for calls that never leave the gateway',
      found: name,
      expected: 'another name',
      example: 'name: office',
    };
  }
  const earlier = trunks.findIndex((other) => other.name === name);
  if (earlier === index) return;
  yield {
    path: ['trunks', index, 'name'],
    about: [['trunks', earlier]],
    problem: `trunks[${earlier}] has the same name`,
    found: name ?? '',
    expected: 'a name of its own for each trunk',
    example: `name: ${name}-2`,
  };
}

/** What a preset cannot know. */
function* checkPreset(trunk: TrunkConfig, index: number): Generator<Conflict> {
  const preset = trunk.preset === undefined ? undefined : presets.get(trunk.preset);
  if (preset === undefined) return;
  for (const [name, example] of Object.entries(preset.needs)) {
    const given = getAt(trunk, name.split('.'));
    if (given !== undefined && !(Array.isArray(given) && given.length === 0)) continue;
    yield {
      path: ['trunks', index, ...name.split('.')],
      problem: `the preset ${preset.name} needs this key`,
      expected: describedAt(['trunks', index, ...name.split('.')])?.expects ?? 'a value',
      example: exampleLine(name.split('.').at(-1) ?? name, example),
    };
  }
}

/** Two trunks whose calls come from the same place, and nothing tells whose they are. */
function* checkWhoCalls(trunks: Config['trunks'], index: number): Generator<Conflict> {
  const trunk = trunks[index];
  if (trunk === undefined || isTold(trunk)) return;
  const mine = origins(trunk);
  const earlier = trunks.findIndex(
    (other, at) => at < index && !isTold(other) && [...origins(other)].some((origin) => mine.has(origin)),
  );
  if (earlier === -1) return;
  yield {
    path: ['trunks', index, 'host'],
    about: [
      ['trunks', earlier],
      ['trunks', index],
    ],
    problem: `calls of this trunk cannot be told from those of trunks[${earlier}] (${trunks[earlier]?.name}): they come from the same address`,
    found: trunk.host,
    expected: 'registration of both accounts, a user name and password in inbound, or one trunk for both',
    example: 'inbound: { username: provider, password_file: /run/secrets/provider }',
  };
}

/** Its calls come to the Contact that it registered, or prove who they are. */
const isTold = ({ register, inbound }: TrunkConfig): boolean => register.enabled || inbound.username !== undefined;

const origins = ({ host, backup_hosts, inbound }: TrunkConfig): Set<string> =>
  new Set([host, ...backup_hosts, ...inbound.allow_from].map((origin) => origin.toLowerCase()));

function* checkCredentials(trunk: TrunkConfig, index: number): Generator<Conflict> {
  const { username, password, auth_username, register, inbound } = trunk;
  if (register.enabled && username === undefined) {
    yield {
      path: ['trunks', index, 'register', 'enabled'],
      about: [['trunks', index, 'username']],
      problem: 'there is nothing to register',
      expected: 'username and password too, or registration switched off; extensions register by themselves',
      example: 'username: 1234567t0',
    };
  }
  if (auth_username !== undefined && username === undefined) {
    yield {
      path: ['trunks', index, 'auth_username'],
      problem: 'auth_username without username',
      expected: 'both, or username alone',
      example: 'username: 1234567t0',
    };
  }
  if ((inbound.username === undefined) !== (inbound.password === undefined)) {
    const name = inbound.username === undefined ? 'password' : 'username';
    yield {
      path: ['trunks', index, 'inbound', name],
      problem: 'a user name without a password, or a password without a user name',
      expected: 'both, or neither for a trunk that is known by its address',
      example: 'inbound: { username: provider, password_file: /run/secrets/provider }',
    };
  }
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
  const isOurs = ours.some(
    (own) => own.port === wanted && (own.host === host || (isThisMachine(host) && isUnspecified(own.host))),
  );
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
