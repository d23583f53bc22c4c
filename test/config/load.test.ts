import { describe, expect, it } from 'vitest';
import { configSample } from '../../config/generate.ts';
import { ConfigError, type Fault, loadConfig } from '../../config/index.ts';

const MINIMAL = `
homeserver: {url: 'http://localhost:8008', domain: example.org}
appservice: {url: 'http://localhost:9993'}
ghosts: {gateway_host: sip.example.org}
permissions: {call_out: ['@*:example.org']}
numbers: {region: GB}
trunks: [{name: office, host: sip.example.net}]
`;

function load(text: string, env: NodeJS.ProcessEnv = {}, files: Record<string, string> = {}) {
  const readFile = (path: string) => {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return content;
  };
  return loadConfig({ file: '/etc/trunkline/trunkline.yaml', text, env, readFile });
}

function faultsOf(text: string, env: NodeJS.ProcessEnv = {}, files: Record<string, string> = {}): readonly Fault[] {
  try {
    load(text, env, files);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Whatever the fault: where it is, what was expected, and an example.
    for (const { problem, expected, example } of error.faults) {
      expect(problem).not.toBe('');
      expect(expected).not.toBe('');
      expect(example).not.toBe('');
    }
    return error.faults;
  }
  throw new Error('no fault was found');
}

/** `MINIMAL` with one of its lines replaced. */
function withLine(section: string, line: string): string {
  return MINIMAL.split('\n')
    .map((each) => (each.startsWith(`${section}:`) ? line : each))
    .join('\n');
}

const lineOf = (fault: Fault | undefined) =>
  fault !== undefined && 'line' in fault.where ? fault.where.line : undefined;

describe('a configuration without faults', () => {
  it('gets its defaults', () => {
    const config = load(MINIMAL);
    expect(config.sip.embedded.listen).toMatchObject([
      { transport: 'udp', port: 5060 },
      { transport: 'tcp', port: 5060 },
    ]);
    expect(config.trunks[0]).toMatchObject({
      transport: 'udp',
      codecs: ['PCMA', 'PCMU'],
      ring_timeout_s: 60,
      srtp: 'off',
    });
    expect(config.log).toEqual({ level: 'info', format: 'auto', redact: true });
  });

  it('makes file names absolute from its own folder', () => {
    const config = load(`${MINIMAL}store: {path: data/t.sqlite}\n`);
    expect(config.store.path).toBe('/etc/trunkline/data/t.sqlite');
    expect(config.appservice.registration).toBe('/etc/trunkline/registration.yaml');
  });

  it('is what the sample is', () => {
    expect(load(configSample()).trunks[0]?.name).toBe('office');
  });

  it('may have sections with nothing in them', () => {
    expect(load(`${MINIMAL}sip:\n  embedded:\n`).sip.server).toBe('embedded');
  });
});

describe('faults', () => {
  it('come all at once, in the order of the file, each with its place', () => {
    const faults = faultsOf(`homeserver:
  url: localhost:8008
  domain: example.org
appservice:
  url: http://localhost:9993
ghosts: {gateway_host: sip.example.org}
permissions: {call_out: ['@*:example.org']}
numbers: {region: XX}
trunks:
  - name: office
    hots: sip.example.net
    port: 5o60
media:
  embedded: {rtp: {port_min: 10001}}
`);
    expect(faults.map((fault) => [lineOf(fault), fault.path])).toEqual([
      [2, 'homeserver.url'],
      [8, 'numbers.region'],
      [10, 'trunks[0].host'],
      [11, 'trunks[0].hots'],
      [12, 'trunks[0].port'],
      [14, 'media.embedded.rtp.port_min'],
    ]);
    expect(faults.find((fault) => fault.path === 'trunks[0].port')).toMatchObject({
      expected: 'a port, 1 to 65535',
      found: '"5o60"',
      example: 'port: 5060',
    });
    expect(faults.find((fault) => fault.path === 'trunks[0].hots')?.problem).toContain('did you mean host?');
  });

  it('say line and column in words', () => {
    const error = (() => {
      try {
        return load(withLine('numbers', 'numbers: {region: Britain}'));
      } catch (caught) {
        return caught;
      }
    })();
    expect(String(error)).toContain(`/etc/trunkline/trunkline.yaml:6:19: numbers.region: this value cannot be used
    expected  a country of ISO 3166-1 in capitals, such as GB
    found     "Britain"
    example   region: GB`);
  });

  it('name every missing key of an empty file', () => {
    expect(
      faultsOf('')
        .map((fault) => fault.path)
        .sort(),
    ).toEqual(['appservice', 'ghosts', 'homeserver', 'numbers', 'permissions', 'trunks']);
  });

  it.each([
    ['homeserver:\n  url: "http://a\n', 'not YAML'],
    ['a: 1\na: 2\n', 'not YAML'],
    ['\ta: 1', 'not YAML'],
  ])('of YAML syntax have a line: %j', (text, words) => {
    const [fault] = faultsOf(text);
    expect(fault?.problem).toContain(words);
    expect(lineOf(fault)).toBeGreaterThan(0);
  });

  it.each(['[]', '- a', 'text', '42', '!!binary aGVsbG8=', '? [a, b]\n: c'])(
    'are told for a file that is %j',
    (text) => {
      expect(faultsOf(text).length).toBeGreaterThan(0);
    },
  );

  it('name the file that cannot be read', () => {
    expect(() => loadConfig({ file: '/nowhere/trunkline.yaml' })).toThrow(/\/nowhere\/trunkline\.yaml.*ENOENT/s);
  });

  it('never show a secret', () => {
    const error = (() => {
      try {
        return load(withLine('trunks', 'trunks: [{name: office, host: a, username: u, password: [hunter2]}]'));
      } catch (caught) {
        return caught as ConfigError;
      }
    })();
    expect(String(error)).not.toContain('hunter2');
  });
});

describe('keys that do not go together', () => {
  const cases: [string, string, string, RegExp][] = [
    ['trunks', 'trunks: [{name: a, host: b, password: c}]', 'trunks[0].password', /without a user name/],
    ['trunks', 'trunks: [{name: a, host: b, username: c}]', 'trunks[0].username', /without a password/],
    ['trunks', 'trunks: [{name: a, host: 127.0.0.1}]', 'trunks[0].host', /own listener/],
    ['trunks', 'trunks: []', 'trunks', /at least 1/],
    ['ghosts', 'ghosts: {gateway_host: h, prefix: .tel.}', 'ghosts.prefix', /kept/],
    ['ghosts', `ghosts: {gateway_host: ${'a.'.repeat(95)}b}`, 'ghosts.gateway_host', /of the 255 bytes/],
    ['appservice', "appservice: {url: 'http://localhost:8008'}", 'appservice.url', /homeserver/],
    ['appservice', "appservice: {url: 'http://0.0.0.0:9993'}", 'appservice.url', /nobody can connect/],
    [
      'appservice',
      "appservice: {url: 'http://a:1', sender_localpart: _sip_bot}",
      'appservice.sender_localpart',
      /taken for a telephone number/,
    ],
  ];
  it.each(cases)('%s: %s', (section, line, path, problem) => {
    const faults = faultsOf(withLine(section, line));
    expect(faults.map((fault) => fault.path)).toEqual([path]);
    expect(faults[0]?.problem).toMatch(problem);
  });

  const added: [string, string, RegExp][] = [
    [
      'media: {embedded: {rtp: {port_min: 10000, port_max: 10099}}}',
      'media.embedded.rtp.port_max',
      /100 ports are too few/,
    ],
    ['media: {embedded: {webrtc: {port_min: 19000}}}', 'media.embedded.webrtc.port_min', /overlaps/],
    ['media: {embedded: {rtp: {port_max: 19998}}}', 'media.embedded.rtp.port_max', /RTCP port/],
    [
      "media: {embedded: {webrtc: {public_addresses: ['0.0.0.0']}}}",
      'media.embedded.webrtc.public_addresses[0]',
      /nobody/,
    ],
    ['sip: {embedded: {advertise: 0.0.0.0}}', 'sip.embedded.advertise', /nobody can reach/],
    [
      'sip: {embedded: {listen: [{transport: udp, port: 5060}, {transport: udp, host: 127.0.0.1, port: 5060}]}}',
      'sip.embedded.listen[1]',
      /already used/,
    ],
    [
      'sip: {embedded: {listen: [{transport: udp, port: 5060}, {transport: tls, port: 5061}]}}',
      'sip.embedded.listen[1].transport',
      /no certificate/,
    ],
    ['sip: {embedded: {listen: [{transport: udp, port: 20002}]}}', 'sip.embedded.listen[0]', /range for audio/],
    ['sip: {server: drachtio}', 'sip.drachtio', /no drachtio server/],
    ['sip: {server: drachtio, drachtio: {servers: [{host: a}]}}', 'sip.drachtio.servers[0].secret', /no secret/],
    [
      'sip: {server: drachtio, drachtio: {servers: [{host: a, secret: x}, {host: a, secret: y}]}}',
      'sip.drachtio.servers[1].host',
      /already in the list/,
    ],
    ['sip: {drachtio: {host: 127.0.0.1}}', 'sip.drachtio.host', /has moved/],
    ['media: {engine: freeswitch}', 'media.freeswitch', /no FreeSWITCH server/],
    [
      'media: {engine: freeswitch, freeswitch: {servers: [{host: 127.0.0.1, secret: b}], sip: {port: 5060}}}',
      'media.freeswitch.sip.port',
      /already used/,
    ],
    [
      'media: {engine: freeswitch, freeswitch: {servers: [{host: fs.example, secret: b}]}}',
      'media.freeswitch.sip.host',
      /cannot reach this address/,
    ],
    [
      'media: {engine: freeswitch, freeswitch: {servers: [{host: a}]}}',
      'media.freeswitch.servers[0].secret',
      /password/,
    ],
    ['sip: {embedded: {tls: {cert: a, key: b}}}', 'sip.embedded.tls.cert', /ENOENT/],
    ['http: {listen: {port: 9993}}', 'http.listen', /the same as/],
  ];
  it.each(added)('%s', (line, path, problem) => {
    const faults = faultsOf(`${MINIMAL}${line}\n`);
    expect(faults.map((fault) => fault.path)).toContain(path);
    expect(faults.find((fault) => fault.path === path)?.problem).toMatch(problem);
  });

  it('a trunk over TCP needs a listener, one over TLS does not', () => {
    const only = 'sip: {embedded: {listen: [{transport: udp, port: 5060}]}}';
    const over = (transport: string) => withLine('trunks', `trunks: [{name: a, host: b, transport: ${transport}}]`);
    expect(faultsOf(`${over('tcp')}${only}`)).toMatchObject([{ path: 'trunks[0].transport', found: 'tcp' }]);
    expect(load(`${over('tls')}${only}`).trunks[0]?.transport).toBe('tls');
  });

  it('a certificate needs its key', () => {
    const pem = '-----BEGIN CERTIFICATE-----';
    const faults = faultsOf(`${MINIMAL}sip: {embedded: {tls: {cert: a}}}`, {}, { '/etc/trunkline/a': pem });
    expect(faults).toMatchObject([{ path: 'sip.embedded.tls.cert', expected: 'both cert and key' }]);
  });

  it('a UDP and a TCP listener may share a port', () => {
    const listen = 'listen: [{transport: udp, port: 5060}, {transport: tcp, port: 5060}]';
    expect(load(`${MINIMAL}sip: {embedded: {${listen}}}`).sip.embedded.listen).toHaveLength(2);
  });

  it('a dial plan rule may only use groups that it has', () => {
    const faults = faultsOf(withLine('numbers', "numbers: {region: GB, dial_plan: [{match: '9(\\d+)', replace: $2}]}"));
    expect(faults[0]).toMatchObject({
      path: 'numbers.dial_plan[0].replace',
      problem: 'uses $2, but match has 1 group',
    });
  });

  it('users may only be in countries that there are', () => {
    const faults = faultsOf(withLine('numbers', "numbers: {region: GB, user_regions: [{users: '*', region: XX}]}"));
    expect(faults).toMatchObject([{ path: 'numbers.user_regions[0].region', problem: 'no such country' }]);
  });

  it('are not judged by a value that is wrong itself', () => {
    const faults = faultsOf(`${MINIMAL}media: {embedded: {rtp: {port_min: x}}}\n`);
    expect(faults.map((fault) => fault.path)).toEqual(['media.embedded.rtp.port_min']);
  });
});

describe('the environment', () => {
  it('wins over the file', () => {
    const config = load(MINIMAL, {
      TRUNKLINE_TRUNKS__0__HOST: 'other.example.net',
      TRUNKLINE_TRUNKS__0__PORT: '5080',
      TRUNKLINE_LOG__REDACT: 'false',
      TRUNKLINE_TRUNKS__0__CODECS: 'PCMU,PCMA',
    });
    expect(config.trunks[0]).toMatchObject({ host: 'other.example.net', port: 5080, codecs: ['PCMU', 'PCMA'] });
    expect(config.log.redact).toBe(false);
  });

  it('is enough without a file', () => {
    const config = load('', {
      TRUNKLINE_HOMESERVER__URL: 'http://localhost:8008',
      TRUNKLINE_HOMESERVER__DOMAIN: 'example.org',
      TRUNKLINE_APPSERVICE__URL: 'http://localhost:9993',
      TRUNKLINE_GHOSTS__GATEWAY_HOST: 'sip.example.org',
      TRUNKLINE_PERMISSIONS__CALL_OUT: '@*:example.org',
      TRUNKLINE_NUMBERS: '{region: GB}',
      TRUNKLINE_TRUNKS__0__NAME: 'office',
      TRUNKLINE_TRUNKS__0__HOST: '192.0.2.1',
      TRUNKLINE_TRUNKS__0__USERNAME: '1000',
      TRUNKLINE_TRUNKS__0__PASSWORD: '0042',
    });
    expect(config.trunks[0]).toMatchObject({ username: '1000', password: '0042' });
  });

  it('has faults that name the variable', () => {
    const faults = faultsOf(MINIMAL, { TRUNKLINE_TRUNKS__0__PROT: '1', TRUNKLINE_LOG__LEVEL: 'loud' });
    expect(faults).toMatchObject([
      {
        where: { variable: 'TRUNKLINE_TRUNKS__0__PROT' },
        problem: expect.stringContaining('TRUNKLINE_TRUNKS__0__PORT'),
      },
      { where: { variable: 'TRUNKLINE_LOG__LEVEL' }, path: 'log.level', found: '"loud"' },
    ]);
  });

  it('leaves other variables alone, those of a Kubernetes service called trunkline too', () => {
    const env = {
      PATH: '/bin',
      TRUNKLINE_CONFIG: 'x',
      TRUNKLINE_SERVICE_HOST: '10.0.0.1',
      TRUNKLINE_SERVICE_PORT_HTTP: '9993',
      TRUNKLINE_PORT: 'tcp://10.0.0.1:9993',
      TRUNKLINE_PORT_9993_TCP_ADDR: '10.0.0.1',
    };
    expect(load(MINIMAL, env).numbers.region).toBe('GB');
  });
});

describe('secrets in files', () => {
  const trunk = 'trunks: [{name: a, host: b, username: u, password_file: secret}]';

  it('are read from the folder of the configuration, without the line end', () => {
    const config = load(withLine('trunks', trunk), {}, { '/etc/trunkline/secret': 'pass word \n' });
    expect(config.trunks[0]?.password).toBe('pass word ');
  });

  it('may be named by the environment, which replaces the password of the file', () => {
    const text = withLine('trunks', 'trunks: [{name: a, host: b, username: u, password: old}]');
    const env = { TRUNKLINE_TRUNKS__0__PASSWORD_FILE: '/run/secret' };
    expect(load(text, env, { '/run/secret': 'new' }).trunks[0]?.password).toBe('new');
  });

  it('that cannot be read are one fault, at the key that names the file', () => {
    const faults = faultsOf(withLine('trunks', trunk));
    expect(faults).toMatchObject([{ path: 'trunks[0].password_file', problem: expect.stringContaining('ENOENT') }]);
  });

  it('that are empty are a fault', () => {
    const faults = faultsOf(withLine('trunks', trunk), {}, { '/etc/trunkline/secret': '\n' });
    expect(faults).toMatchObject([{ path: 'trunks[0].password_file', problem: 'the file is empty' }]);
  });

  it('are not taken when the secret is given too', () => {
    const both = 'trunks: [{name: a, host: b, username: u, password: x, password_file: secret}]';
    expect(faultsOf(withLine('trunks', both))[0]?.problem).toContain('both password and password_file');
  });
});
