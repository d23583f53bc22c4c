import { describe, expect, it } from 'vitest';
import { type Config, loadConfig } from '../../config/index.ts';
import {
  accountRules,
  accountsOf,
  drachtioSettings,
  freeswitchSettings,
  freeswitchSipServer,
  matrixSettings,
  mediaSettings,
  numberRules,
  sipServerSettings,
  trunkOf,
  trunksOf,
} from '../../src/gateway-settings/index.ts';

function configOf(more: string, trunk = ''): Config {
  const text = `
homeserver: {url: 'http://localhost:8008', domain: example.org}
appservice: {url: 'http://localhost:9993'}
ghosts: {gateway_host: sip.example.org}
permissions: {call_out: ['@*:example.org']}
trunks:
  - name: office
    host: sip.example.net
${trunk}
${more.includes('numbers:') ? '' : 'numbers: {region: DE}'}
${more}
`;
  return loadConfig({ file: '/etc/trunkline.yaml', text });
}

function rulesOf(config: Config) {
  return accountRules(
    config,
    accountsOf(config, () => false),
    ['PCMA', 'PCMU'],
  );
}

function trunkFor(lines: string) {
  const config = configOf('', lines.replace(/^/gm, '    '));
  const [trunk] = config.trunks;
  if (trunk === undefined) throw new Error('no trunk');
  return trunkOf(trunk, config.numbers.region);
}

describe('the trunk', () => {
  it('is one that calls by address when only a host is given', () => {
    expect(trunkFor('')).toMatchObject({
      name: 'office',
      host: 'sip.example.net',
      transport: 'udp',
      numberFormat: { form: '+e164', countryCode: '49', nationalPrefix: '0', internationalPrefix: '00' },
      callerId: { from: '{number}' },
      sessionTimers: { offer: false },
      maxRedirects: 3,
    });
    expect(trunkFor('')).not.toHaveProperty('credentials');
    expect(trunkFor('')).not.toHaveProperty('port');
  });

  it('has credentials, and calls as its user when no other number is given', () => {
    const trunk = trunkFor('username: "1000"\npassword: secret');
    expect(trunk.credentials).toEqual({ username: '1000', password: 'secret' });
    expect(trunk.callerId.default).toBe('1000');
  });

  it('shows the number that is given', () => {
    expect(trunkFor('caller_id: "+49301234567"\nusername: u\npassword: p').callerId.default).toBe('+49301234567');
  });

  it('hides the number call by call, and knows it all the same', () => {
    const lines = 'caller_id: anonymous\nusername: u\npassword: p';
    expect(trunkFor(lines).callerId.default).toBe('u');
    const config = configOf('', lines.replace(/^/gm, '    '));
    expect(rulesOf(config).outbound.trunks[0]?.callerId).toBe('anonymous');
  });

  it('takes headers apart at the first colon', () => {
    expect(trunkFor('extra_headers: ["X-Account: a:b", "X-B:c"]').extraHeaders).toEqual({
      'X-Account': 'a:b',
      'X-B': 'c',
    });
  });

  it('writes numbers as they were dialled by leaving them alone', () => {
    expect(trunkFor('number_format: {form: as-dialled}').numberFormat.form).toBe('as-is');
  });

  it('may be in another country than its users', () => {
    expect(trunkFor('number_format: {form: national, country_code: "44"}').numberFormat.countryCode).toBe('44');
  });
});

describe('the rules for calls', () => {
  it('let in whom the configuration names, also on a server with a hyphen in its name', () => {
    const config = loadConfig({
      file: 'x',
      text: `
homeserver: {url: 'http://localhost:8008', domain: my-server.example.org}
appservice: {url: 'http://localhost:9993'}
ghosts: {gateway_host: h}
permissions: {call_out: ['@*:my-server.example.org']}
numbers: {region: DE}
trunks: [{name: a, host: b}]`,
    });
    const { mayCall } = rulesOf(config).outbound;
    expect(mayCall.has('@alice:my-server.example.org')).toBe(true);
    expect(mayCall.has('@alice:example.org')).toBe(false);
  });

  it('count in milliseconds', () => {
    const rules = rulesOf(configOf('limits: {call_s: 60, calls: 7, calls_per_user: 1}', '    ring_timeout_s: 5'));
    expect(rules.outbound).toMatchObject({ longestCallMs: 60_000, mostCalls: 7 });
    expect(rules.outbound.mostCallsOf('@alice:example.org')).toBe(1);
    expect(rules.inbound).toMatchObject({ longestCallMs: 60_000, mostCalls: 7, ringMs: 45_000 });
    expect(rules.outbound.trunks).toMatchObject([{ name: 'office', ringTimeoutMs: 5_000, asDialled: false }]);
  });

  it('know which country a user is in: the first that matches, else the gateway’s', () => {
    const { numbersOf } = rulesOf(
      configOf(
        "numbers: {region: GB, user_regions: [{users: '@a*:example.org', region: DE}, {users: '*', region: FR}], dial_plan: [{match: '1'}]}",
      ),
    ).outbound;
    expect(numbersOf('@alice:example.org')).toMatchObject({ region: 'DE', dialPlan: [{}] });
    expect(numbersOf('@bob:example.org').region).toBe('FR');
    expect(rulesOf(configOf('')).outbound.numbersOf('@alice:example.org').region).toBe('DE');
  });

  it('know the dial plan, whole strings only', () => {
    const { dialPlan } = numberRules(
      configOf("numbers: {region: DE, dial_plan: [{match: '2\\d\\d', replace: '9$&'}]}"),
    );
    expect(dialPlan[0]?.match.test('201')).toBe(true);
    expect(dialPlan[0]?.match.test('2011')).toBe(false);
  });
});

describe('the accounts', () => {
  it('leave a codec out that the media engine does not know', () => {
    const rules = rulesOf(configOf('', '    codecs: [opus, G722, PCMU]'));
    expect(rules.outbound.trunks[0]?.rtp.codecs).toEqual(['PCMU']);
  });

  it('have limits of their own for some users', () => {
    const { outbound } = rulesOf(configOf("limits: {users: [{users: ['@r*:example.org'], calls: 9}]}"));
    expect(outbound.mostCallsOf('@reception:example.org')).toBe(9);
    expect(outbound.mostCallsOf('@alice:example.org')).toBe(2);
  });

  it('deny no destination by themselves: those that can be very expensive are closed against fraud', () => {
    const config = configOf('');
    expect(rulesOf(config).outbound.destinations).toEqual([]);
    expect(config.fraud.closed).toEqual(
      expect.arrayContaining(['premium-rate', 'satellite', 'international-networks']),
    );
  });

  it('know lines, extensions and rules', () => {
    const { outbound, inbound } = rulesOf(
      configOf(`
lines: [{number: '+4930901820', users: ['@alice:example.org'], name: Example GmbH}]
extensions: [{user: '@erin:example.org', trunk: office, extension: '200', password: p}]
inbound:
  ring_s: 30
  outcomes: {no_answer: {redirect_to: '+49309018299'}, rejected: {status: 603}}
  rules: [{patterns: ['2..'], ring: [{users: ['@bob:example.org'], for_s: 5}, {rooms: ['#a:example.org']}]}]
`),
    );
    expect(outbound.lines.linesOf('@alice:example.org')).toMatchObject([
      { number: '+4930901820', name: 'Example GmbH' },
    ]);
    expect(outbound.lines.extensionOf('@erin:example.org')).toMatchObject({ trunk: 'office', extension: '200' });
    expect(inbound.rules[0]?.ring.map(({ forMs }) => forMs)).toEqual([5_000, 30_000]);
    expect(inbound.rules[0]?.patterns[0]?.test('2001')).toBe(false);
    expect(inbound.outcomes).toMatchObject({
      rejected: { kind: 'refuse', refusal: { status: 603, q850: 21 } },
      'no-answer': { kind: 'redirect', to: '+49309018299' },
      busy: { kind: 'refuse', refusal: { status: 486, q850: 17 } },
    });
    expect(inbound.mayBeCalled.has('@anybody:example.org')).toBe(true);
    expect(inbound.mayBeCalled.has('@anybody:elsewhere.org')).toBe(false);
  });

  it('put emergency calls through when all was said', () => {
    const emergency =
      "{policy: allowed, trunk: office, caller_id: '+4930901820', location: Somewhere 1, acknowledged: true, numbers: ['933']}";
    const config = configOf(`numbers: {region: DE, emergency: ${emergency}}`);
    expect(rulesOf(config).outbound.emergency).toMatchObject({ kind: 'allowed', trunk: { name: 'office' } });
    expect(numberRules(config).emergencyNumbers).toEqual(new Set(['933']));
  });
});

/** An address of this machine. */
const OWN = '192.0.2.1';

describe('the other parts', () => {
  it('SIP never says that it is to be reached at a wildcard, and keeps the address of a listener that has one', () => {
    const hosts = (more: string) => sipServerSettings(configOf(more), OWN).listeners.map((each) => each.advertisedHost);
    expect(hosts('')).toEqual([OWN, OWN]);
    expect(hosts('sip: {embedded: {listen: [{transport: udp, host: 127.0.0.1, port: 5060}]}}')).toEqual([undefined]);
  });

  it('SIP over TLS leaves from a listener that does not listen, when there is none', () => {
    const config = configOf('', '    transport: tls');
    expect(sipServerSettings(config, OWN).listeners.at(-1)).toEqual({
      transport: 'tls',
      host: '0.0.0.0',
      port: 0,
      advertisedHost: OWN,
      tls: { verifyServer: true },
    });
  });

  it('media says an own address of the right family only', () => {
    expect(mediaSettings(configOf(''), '2001:db8::1').rtp).not.toHaveProperty('publicAddress');
    expect(mediaSettings(configOf('media: {embedded: {rtp: {bind: 127.0.0.1}}}'), OWN).rtp).not.toHaveProperty(
      'publicAddress',
    );
  });

  it('Matrix gets the tokens of the registration', () => {
    const registration = { id: 'i', asToken: 'A', hsToken: 'H', senderLocalpart: 's' };
    expect(matrixSettings(configOf(''), registration)).toMatchObject({
      homeserverUrl: 'http://localhost:8008',
      serverName: 'example.org',
      asToken: 'A',
      hsToken: 'H',
      ghostPrefix: '_sip_',
      gatewayHost: 'sip.example.org',
    });
  });

  it('SIP listeners say the advertised address', () => {
    const settings = sipServerSettings(configOf('sip: {embedded: {advertise: 198.51.100.7, udp_mtu: 4096}}'), OWN);
    expect(settings).toEqual({
      listeners: [
        { transport: 'udp', host: '0.0.0.0', port: 5060, advertisedHost: '198.51.100.7' },
        { transport: 'tcp', host: '0.0.0.0', port: 5060, advertisedHost: '198.51.100.7' },
      ],
      udpMtu: 4096,
    });
  });

  it('media gets what was said, and finds the rest by itself', () => {
    expect(mediaSettings(configOf(''), OWN)).toEqual({
      rtp: { bindAddress: '0.0.0.0', publicAddress: OWN, ports: { min: 10_000, max: 19_999 } },
      webrtc: { publicAddresses: [], ports: { min: 20_000, max: 29_999 }, turn: 'auto', connectTimeoutMs: 30_000 },
      mediaTimeoutMs: 30_000,
      comfortNoise: false,
    });
    const more = 'media: {embedded: {workers: 2, rtp: {public_address: 198.51.100.7}, webrtc: {bind: [192.0.2.1]}}}';
    expect(mediaSettings(configOf(more), OWN)).toMatchObject({
      workers: 2,
      rtp: { publicAddress: '198.51.100.7' },
      webrtc: { bindAddresses: ['192.0.2.1'] },
    });
  });

  it('drachtio servers have their certificates read, and the listener its networks', () => {
    const config = configOf(`sip:
  server: drachtio
  drachtio:
    servers: [{host: a, secret: x}, {name: two, host: b, port: 9023, secret: y, tls: true, verify_server: false}]
    listen: {port: 0, secret: z, allow_from: [192.0.2.0/24]}`);
    expect(drachtioSettings(config)).toEqual({
      servers: [
        { host: 'a', port: 9022, secret: 'x' },
        { name: 'two', host: 'b', port: 9023, secret: 'y', tls: { verifyServer: false } },
      ],
      listen: { host: '127.0.0.1', port: 0, secret: 'z', allowFrom: ['192.0.2.0/24'] },
    });
  });

  it.each([
    ['{servers: [{host: 127.0.0.1, secret: x}]}', '127.0.0.1:5090', '127.0.0.1'],
    ['{servers: [{host: fs, secret: x}], sip: {host: 0.0.0.0, port: 5091}}', `${OWN}:5091`, OWN],
    [
      '{servers: [{host: fs, secret: x}], sip: {host: 0.0.0.0, advertise: 198.51.100.7}}',
      '198.51.100.7:5090',
      '198.51.100.7',
    ],
    ["{servers: [{host: fs, secret: x}], sip: {host: '2001:db8::1'}}", '[2001:db8::1]:5090', '2001:db8::1'],
  ])('FreeSWITCH servers reach us at what they are told: %s', (freeswitch, address, advertisedHost) => {
    const config = configOf(`media: {engine: freeswitch, freeswitch: ${freeswitch}}`);
    const { listeners } = freeswitchSipServer(config, OWN);
    expect(listeners).toMatchObject([{ transport: 'tcp', advertisedHost }]);
    const server = { host: '127.0.0.1', port: 4000, secret: 's', addresses: [] };
    expect(freeswitchSettings(config, server, OWN)).toMatchObject({
      servers: [{ port: 8021, secret: 'x', profile: 'trunkline', weight: 1, draining: false }],
      signalling: { host: '127.0.0.1', port: 4000, secret: 's', sipAddress: address },
      connectTimeoutMs: 30_000,
      mediaTimeoutMs: 30_000,
    });
  });

  it('the Matrix side knows who rings, which rooms to watch, and with what to join', () => {
    const registration = { id: 'i', asToken: 'A', hsToken: 'H', senderLocalpart: 's' };
    const config = configOf(`
lines: [{number: '+4930901820', users: ['@alice:example.org', '@*:example.org', '#desk:example.org']}]
extensions: [{user: '@erin:example.org', trunk: office, extension: '200', password: p}]
inbound: {rules: [{ring: [{users: ['@bob:example.org', '@alice:example.org', '@x:elsewhere.org']}]}]}
routes: [{users: ['!r:example.org'], trunks: [office]}]
rooms: {administrators: '#admin:example.org'}`);
    expect(matrixSettings(config, registration)).toMatchObject({
      phoneRoomUsers: ['@alice:example.org', '@erin:example.org', '@bob:example.org'],
      watchedRooms: ['#admin:example.org', '!r:example.org', '#desk:example.org'],
      adminRoom: '#admin:example.org',
      ringFederated: false,
      phoneRoomAtFirstCall: true,
    });
    // Nobody has a number: whoever calls out needs no room for callers.
    expect(matrixSettings(configOf(''), registration)).toMatchObject({
      phoneRoomUsers: [],
      phoneRoomAtFirstCall: false,
    });
    const joining = configOf('rooms: {join_users: as-user}');
    expect(matrixSettings(joining, registration, 'J')).toMatchObject({ joinToken: 'J' });
    expect(matrixSettings(joining, registration, 'J')).not.toHaveProperty('phoneRoomUsers');
  });

  it('a trunk with a registration, a proxy and extensions', () => {
    const config = configOf(
      "extensions: [{user: '@erin:example.org', trunk: office, extension: '200', auth_username: a7, password: p, name: Erin}]",
      '    username: u\n    password: p\n    auth_username: a\n    register: {enabled: true, registrar: r.example}\n    outbound_proxy: proxy.example:5070\n    dtmf: info',
    );
    expect(trunksOf(config)).toMatchObject([
      {
        outboundProxy: 'proxy.example:5070',
        credentials: { username: 'u', authUsername: 'a' },
        registration: { registrar: 'r.example', expiresS: 600 },
        accounts: [{ name: '200', username: '200', authUsername: 'a7', displayName: 'Erin', messageWaiting: true }],
      },
    ]);
    expect(rulesOf(config).outbound.trunks[0]).toMatchObject({ dtmf: 'info', rtp: { events: false } });
  });
});
