/** Lines, extensions and emergency calls: whose numbers are whose. */
import type { Path } from '../describe.ts';
import type { Config } from '../schema/index.ts';
import type { Conflict } from './conflict.ts';

export function* checkLines({ lines, trunks, smpp }: Config): Generator<Conflict> {
  for (const [index, { number, trunk }] of lines.entries()) {
    const earlier = lines.findIndex((other) => other.number === number);
    if (earlier < index) {
      yield {
        path: ['lines', index, 'number'],
        about: [['lines', earlier]],
        problem: `lines[${earlier}] has the same number`,
        found: number,
        expected: 'one line for each number, with all its users',
        example: "users: ['@alice:example.org', '@bob:example.org']",
      };
    }
    yield* knownTrunk(trunk, ['lines', index, 'trunk'], trunks, smpp);
  }
}

export function* checkExtensions({ extensions, trunks, homeserver }: Config): Generator<Conflict> {
  for (const [index, { user, trunk, extension, password }] of extensions.entries()) {
    const at = (name: string): Path => ['extensions', index, name];
    yield* knownTrunk(trunk, at('trunk'), trunks);
    const sameNumber = extensions.findIndex((other) => other.trunk === trunk && other.extension === extension);
    if (sameNumber < index) {
      yield {
        path: at('extension'),
        about: [['extensions', sameNumber]],
        problem: `extensions[${sameNumber}] is the same extension of the same trunk`,
        found: extension,
        expected: 'each extension once; others ring with it by a rule of inbound.rules',
        example:
          "inbound: { rules: [{ numbers: ['200'], ring: [{ users: ['@alice:example.org', '@bob:example.org'] }] }] }",
      };
    }
    const sameUser = extensions.findIndex((other) => other.user === user);
    if (sameUser < index) {
      yield {
        path: at('user'),
        about: [['extensions', sameUser]],
        problem: `extensions[${sameUser}] is of the same user`,
        found: user,
        expected: 'one extension for each user: it would not be known as which they call',
        example: "user: '@bob:example.org'",
      };
    }
    if (!user.endsWith(`:${homeserver.domain}`)) {
      yield {
        path: at('user'),
        about: [['homeserver', 'domain']],
        problem: 'this user is of another homeserver',
        found: user,
        expected: `a user of ${homeserver.domain}`,
        example: `user: '@alice:${homeserver.domain}'`,
      };
    }
    if (password === undefined) {
      yield {
        path: at('password'),
        problem: 'an extension registers, and has no password to do so',
        expected: 'password or password_file',
        example: `password_file: /run/secrets/extension-${extension}`,
      };
    }
  }
}

/** A name that has to be the one of a trunk, or of an SMPP account where those will do as well. */
export function* knownTrunk(
  name: string | undefined,
  path: Path,
  trunks: Config['trunks'],
  smpp: Config['smpp'] = [],
): Generator<Conflict> {
  const names = [...trunks, ...smpp].map((trunk) => trunk.name);
  if (name === undefined || names.includes(name)) return;
  const field = path.findLast((step) => typeof step === 'string');
  yield {
    path,
    about: [
      ...trunks.map((_, index): Path => ['trunks', index, 'name']),
      ...smpp.map((_, index): Path => ['smpp', index, 'name']),
    ],
    problem: 'no trunk has this name',
    found: name,
    expected: `the name of a trunk: ${names.join(', ')}`,
    example: field === 'trunks' ? `trunks: [${names[0]}]` : `${field}: ${names[0]}`,
  };
}

/** Emergency calls that get lost kill: they are allowed only when all that they need was said. */
export function* checkEmergency({ numbers, trunks }: Config): Generator<Conflict> {
  const { policy, trunk, caller_id, location, acknowledged } = numbers.emergency;
  const at = (name: string): Path => ['numbers', 'emergency', name];
  yield* knownTrunk(trunk, at('trunk'), trunks);
  if (policy !== 'allowed') return;
  const problem = (what: string) => `emergency calls are allowed, but ${what}`;
  const about = [at('policy')];
  if (trunk === undefined) {
    yield {
      path: at('trunk'),
      about,
      problem: problem('no trunk is named that carries them'),
      expected: 'the trunk of a provider that puts emergency calls through',
      example: `trunk: ${trunks[0]?.name ?? 'office'}`,
    };
  }
  if (caller_id === undefined || location === undefined) {
    yield {
      path: at(caller_id === undefined ? 'caller_id' : 'location'),
      about,
      problem: problem('nobody would know where help is needed'),
      expected: 'caller_id with a number, and location with the address that is registered for it at the provider',
      example: "caller_id: '+441818118181'\nlocation: 1 High Street, Anytown AB1 2CD",
    };
  }
  if (!acknowledged) {
    yield {
      path: at('acknowledged'),
      about,
      problem: problem('it was not acknowledged that they were tested and that the law is known'),
      expected: 'true, once a test call was made and docs/admin/emergency.md was read',
      example: 'acknowledged: true',
    };
  }
}
