import { describe, expect, it } from 'vitest';
import { ConfigError, type Fault, loadConfig } from '../../config/index.ts';

const MINIMAL = `
homeserver: {url: 'http://localhost:8008', domain: example.org}
appservice: {url: 'http://localhost:9993'}
ghosts: {gateway_host: sip.example.org}
permissions: {call_out: ['@*:example.org']}
`;
const NUMBERS = 'numbers: {region: GB}\n';
const TRUNKS = 'trunks: [{name: office, host: a.example.net}, {name: backup, host: b.example.net}]\n';

function faultsOf(text: string): readonly Fault[] {
  try {
    loadConfig({ file: 'trunkline.yaml', text });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

/** Where the faults are, and what is wrong there; every fault has an example. */
function told(text: string): [string, string][] {
  return faultsOf(text).map(({ path, problem, example, expected }) => {
    expect(example).not.toBe('');
    expect(expected).not.toBe('');
    return [path, problem];
  });
}

describe('trunks', () => {
  it.each<[string, string, string, RegExp]>([
    ['a name that is kept', '[{name: inside, host: b}]', 'trunks[0].name', /is kept/],
    ['one name twice', '[{name: a, host: b}, {name: a, host: c}]', 'trunks[1].name', /same name/],
    [
      'registration without an account',
      '[{name: a, host: b, register: {enabled: true}}]',
      'trunks[0].register.enabled',
      /nothing to register/,
    ],
    [
      'a name for digest alone',
      '[{name: a, host: b, auth_username: x}]',
      'trunks[0].auth_username',
      /without username/,
    ],
    [
      'calls in with a name alone',
      '[{name: a, host: b, inbound: {username: x}}]',
      'trunks[0].inbound.username',
      /without a password/,
    ],
    [
      'calls in with a password alone',
      '[{name: a, host: b, inbound: {password: x}}]',
      'trunks[0].inbound.password',
      /without a password/,
    ],
    [
      'codecs that the engine does not know',
      '[{name: a, host: b, codecs: [opus]}]',
      'trunks[0].codecs',
      /none of these codecs/,
    ],
    [
      'two by one address',
      '[{name: a, host: b.example}, {name: c, host: B.example}]',
      'trunks[1].host',
      /cannot be told from those of trunks\[0\] \(a\)/,
    ],
    [
      'two by one network',
      '[{name: a, host: b, inbound: {allow_from: [192.0.2.0/24]}}, {name: c, host: d, inbound: {allow_from: [192.0.2.0/24]}}]',
      'trunks[1].host',
      /cannot be told/,
    ],
    [
      'two by a host and a backup host',
      '[{name: a, host: b, backup_hosts: [c]}, {name: d, host: c}]',
      'trunks[1].host',
      /cannot be told/,
    ],
  ])('%s', (_name, trunks, path, problem) => {
    expect(told(`${MINIMAL}${NUMBERS}trunks: ${trunks}\n`)).toEqual([[path, expect.stringMatching(problem)]]);
  });

  it.each([
    ['both register', 'register: {enabled: true}, username: u, password: p'],
    ['both prove who they are', 'inbound: {username: u, password: p}'],
  ])('two by one address are no fault when %s', (_name, told) => {
    expect(
      faultsOf(`${MINIMAL}${NUMBERS}trunks: [{name: a, host: b, ${told}}, {name: c, host: b, ${told}}]\n`),
    ).toEqual([]);
  });
});

describe('lines and extensions', () => {
  const line = "{number: '+441818118181', users: ['@alice:example.org']}";
  const extension = "{user: '@alice:example.org', trunk: office, extension: '200', password: p}";

  it.each<[string, string, string, RegExp]>([
    ['a line twice', `lines: [${line}, ${line}]`, 'lines[1].number', /lines\[0\] has the same number/],
    [
      'a line of no trunk',
      `lines: [${line.replace('}', ', trunk: ofice}')}]`,
      'lines[0].trunk',
      /no trunk has this name/,
    ],
    [
      'an extension of no trunk',
      `extensions: [${extension.replace('office', 'ofice')}]`,
      'extensions[0].trunk',
      /no trunk/,
    ],
    [
      'an extension without a password',
      `extensions: [${extension.replace(', password: p', '')}]`,
      'extensions[0].password',
      /no password/,
    ],
    [
      'an extension twice',
      `extensions: [${extension}, ${extension.replace('alice', 'bob')}]`,
      'extensions[1].extension',
      /same extension/,
    ],
    [
      'a user twice',
      `extensions: [${extension}, ${extension.replace('200', '201')}]`,
      'extensions[1].user',
      /same user/,
    ],
    [
      'a user of another server',
      `extensions: [${extension.replace('example.org', 'elsewhere.org')}]`,
      'extensions[0].user',
      /another homeserver/,
    ],
  ])('%s', (_name, yaml, path, problem) => {
    expect(told(`${MINIMAL}${NUMBERS}${TRUNKS}${yaml}\n`)).toEqual([[path, expect.stringMatching(problem)]]);
  });

  it('one extension may be of two trunks', () => {
    const other = extension.replace('office', 'backup').replace('alice', 'bob');
    expect(faultsOf(`${MINIMAL}${NUMBERS}${TRUNKS}extensions: [${extension}, ${other}]\n`)).toEqual([]);
  });
});

describe('routes and rules', () => {
  const ring = "ring: [{users: ['@a:example.org']}]";

  it.each<[string, string, string, RegExp]>([
    ['a route to no trunk', 'routes: [{trunks: [office, ofice]}]', 'routes[0].trunks[1]', /no trunk has this name/],
    ['a trunk twice in a route', 'routes: [{trunks: [office, office]}]', 'routes[0].trunks[1]', /already in the list/],
    [
      'a route to no country',
      'routes: [{countries: [XX], trunks: [office]}]',
      'routes[0].countries[0]',
      /no such country/,
    ],
    ['a rule of no trunk', `inbound: {rules: [{trunks: [x], ${ring}}]}`, 'inbound.rules[0].trunks[0]', /no trunk/],
    ['a step without anybody', 'inbound: {rules: [{ring: [{for_s: 10}]}]}', 'inbound.rules[0].ring[0]', /nobody rings/],
    [
      'a number that another rule takes',
      `inbound: {rules: [{numbers: ['200'], ${ring}}, {numbers: ['201', '200'], trunks: [office], ${ring}}]}`,
      'inbound.rules[1].numbers[1]',
      /never used: inbound.rules\[0\]/,
    ],
    ['no such time zone', 'inbound: {time_zone: Europe/Bonn}', 'inbound.time_zone', /no such time zone/],
  ])('%s', (_name, yaml, path, problem) => {
    expect(told(`${MINIMAL}${NUMBERS}${TRUNKS}${yaml}\n`)).toEqual([[path, expect.stringMatching(problem)]]);
  });

  it.each([
    ['by hours', `{numbers: ['200'], hours: [{from: '09:00', to: '17:00'}], ${ring}}, {numbers: ['200'], ${ring}}`],
    ['by trunks', `{numbers: ['200'], trunks: [office], ${ring}}, {numbers: ['200'], ${ring}}`],
  ])('two rules for one number, told apart %s, are no fault', (_name, rules) => {
    expect(faultsOf(`${MINIMAL}${NUMBERS}${TRUNKS}inbound: {rules: [${rules}]}\n`)).toEqual([]);
  });

  it('countries of permissions have to be some', () => {
    const permissions = "permissions: {call_out: ['@*:example.org'], destinations: [{action: allow, countries: [UK]}]}";
    const text = MINIMAL.replace(/^permissions.*$/m, permissions);
    expect(told(`${text}${NUMBERS}${TRUNKS}`)).toEqual([
      ['permissions.destinations[0].countries[0]', 'no such country'],
    ]);
  });
});

describe('emergency calls', () => {
  const whole = {
    policy: 'allowed',
    trunk: 'office',
    caller_id: "'+441818118181'",
    location: 'Somewhere 1',
    acknowledged: 'true',
  };
  const faults = (more: Partial<Record<keyof typeof whole, string | undefined>>) => {
    const entries = Object.entries({ ...whole, ...more }).filter(([, value]) => value !== undefined);
    const emergency = entries.map(([name, value]) => `${name}: ${value}`).join(', ');
    return told(`${MINIMAL}numbers: {region: GB, emergency: {${emergency}}}\n${TRUNKS}`);
  };

  it('are allowed when all was said', () => {
    expect(faults({})).toEqual([]);
  });

  it.each<[keyof typeof whole, RegExp]>([
    ['trunk', /no trunk is named/],
    ['caller_id', /where help is needed/],
    ['location', /where help is needed/],
    ['acknowledged', /not acknowledged/],
  ])('not without %s', (name, problem) => {
    expect(faults({ [name]: undefined })).toEqual([[`numbers.emergency.${name}`, expect.stringMatching(problem)]]);
  });

  it('nothing is asked for when they are blocked', () => {
    expect(faults({ policy: 'blocked', trunk: undefined, location: undefined, acknowledged: 'false' })).toEqual([]);
  });

  it('a trunk that there is not', () => {
    expect(faults({ trunk: 'x' })).toEqual([['numbers.emergency.trunk', 'no trunk has this name']]);
  });
});

it('with FreeSWITCH, other codecs and ports are not our affair', () => {
  const media =
    'media: {engine: freeswitch, freeswitch: {servers: [{host: 127.0.0.1, secret: b}]}, embedded: {rtp: {port_max: 10001}}}';
  expect(faultsOf(`${MINIMAL}${NUMBERS}trunks: [{name: a, host: b, codecs: [opus]}]\n${media}\n`)).toEqual([]);
});

describe('extensions in a file of their own', () => {
  const text = `${MINIMAL}${NUMBERS}${TRUNKS}
extensions:
  - {user: '@alice:example.org', trunk: office, extension: '200', password: p}
extensions_file: more.yaml
`;
  const load = (more: string | undefined) =>
    loadConfig({
      file: '/etc/trunkline/trunkline.yaml',
      text,
      readFile: (file) => {
        if (file === '/etc/trunkline/secret') return 's3cret\n';
        if (more === undefined || file !== '/etc/trunkline/more.yaml')
          throw Object.assign(new Error(), { code: 'ENOENT' });
        return more;
      },
    });
  const faults = (more: string | undefined) => {
    try {
      load(more);
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.faults;
      throw error;
    }
  };

  it('come behind those of the configuration', () => {
    const config = load("- {user: '@bob:example.org', trunk: office, extension: '201', password_file: secret}\n");
    expect(config.extensions.map(({ extension, password }) => [extension, password])).toEqual([
      ['200', 'p'],
      ['201', 's3cret'],
    ]);
    expect(config.extensions_file).toBeUndefined();
  });

  it('may be JSON', () => {
    const list = JSON.stringify([{ user: '@bob:example.org', trunk: 'office', extension: '201', password: 'x' }]);
    expect(load(list).extensions).toHaveLength(2);
  });

  it('have their faults told with their own lines', () => {
    const wrong = `- user: '@bob:example.org'
  trunk: ofice
  extension: '201'
  password: p
- user: '@carol:example.org'
  trunk: office
  extension: '200'
  password: p
  nmae: Carol
`;
    const file = '/etc/trunkline/more.yaml';
    expect(faults(wrong).map(({ where, path }) => ['file' in where ? [where.file, where.line] : where, path])).toEqual([
      [[file, 2], 'extensions[1].trunk'],
      [[file, 7], 'extensions[2].extension'],
      [[file, 9], 'extensions[2].nmae'],
    ]);
  });

  it.each([
    [undefined, /cannot be read \(ENOENT\)/],
    ['a: 1', /holds no list/],
    ['- [', /line \d is not YAML/],
  ])('%j is told at the key that names the file', (more, problem) => {
    expect(faults(more)).toMatchObject([{ path: 'extensions_file', problem: expect.stringMatching(problem) }]);
  });
});
