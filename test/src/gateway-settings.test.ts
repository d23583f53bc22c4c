import { describe, expect, it } from 'vitest';
import { type Config, loadConfig } from '../../config/index.ts';
import {
  callRules,
  matrixSettings,
  mediaSettings,
  numberRules,
  sipServerSettings,
  trunkOf,
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
    const [trunk] = config.trunks;
    expect(trunk && callRules(config, trunk).trunk?.callerId).toBe('anonymous');
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
  const rulesOf = (config: Config) => {
    const [trunk] = config.trunks;
    if (trunk === undefined) throw new Error('no trunk');
    return callRules(config, trunk);
  };

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
    const { mayCall } = rulesOf(config);
    expect(mayCall('@alice:my-server.example.org')).toBe(true);
    expect(mayCall('@alice:example.org')).toBe(false);
  });

  it('count in milliseconds', () => {
    const rules = rulesOf(configOf('limits: {call_s: 60, calls: 7, calls_per_user: 1}', '    ring_timeout_s: 5'));
    expect(rules).toMatchObject({ longestCallMs: 60_000, mostCalls: 7, mostCallsPerUser: 1 });
    expect(rules.trunk).toMatchObject({ name: 'office', ringTimeoutMs: 5_000, asDialled: false });
  });

  it('know which country a user is in: the first that matches, else the gateway’s', () => {
    const { numbersOf } = rulesOf(
      configOf(
        "numbers: {region: GB, user_regions: [{users: '@a*:example.org', region: DE}, {users: '*', region: FR}], dial_plan: [{match: '1'}]}",
      ),
    );
    expect(numbersOf('@alice:example.org')).toMatchObject({ region: 'DE', dialPlan: [{}] });
    expect(numbersOf('@bob:example.org').region).toBe('FR');
    expect(rulesOf(configOf('')).numbersOf('@alice:example.org').region).toBe('DE');
  });

  it('know the dial plan, whole strings only', () => {
    const { dialPlan } = numberRules(
      configOf("numbers: {region: DE, dial_plan: [{match: '2\\d\\d', replace: '9$&'}]}"),
    );
    expect(dialPlan[0]?.match.test('201')).toBe(true);
    expect(dialPlan[0]?.match.test('2011')).toBe(false);
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
});
