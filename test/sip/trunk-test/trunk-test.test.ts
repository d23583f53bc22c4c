/** The test of a trunk: what it says of trunks that work and of trunks that do not. */
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DnsAnswer, DnsResolver, SrvRecord } from '../../../sip/dns/index.ts';
import { header } from '../../../sip/message/index.ts';
import type { EmbeddedSipSettings, TlsSettings } from '../../../sip/server/index.ts';
import { type TrunkInput, trunkSettings } from '../../../sip/trunk/index.ts';
import { type Finding, testTrunk } from '../../../sip/trunk-test/index.ts';
import { type Answer, Provider } from '../registration/provider.ts';

const pem = (name: string): Buffer => readFileSync(new URL(`../server/data/tls/${name}`, import.meta.url));

const stops: (() => unknown)[] = [];
let provider: Provider;
beforeEach(async () => {
  provider = await Provider.open();
  stops.unshift(() => provider.close());
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Names of the tests alone. */
const zone = (records: { srv?: Record<string, SrvRecord[]>; a?: Record<string, string[]> }): DnsResolver => {
  const none = async <T>(found: readonly T[] = []): Promise<DnsAnswer<T>> => ({ records: found, ttlS: 60 });
  return {
    naptr: () => none(),
    srv: (name) => none(records.srv?.[name]),
    a: (name) => none(records.a?.[name]),
    aaaa: () => none(),
  };
};

async function findings(
  trunk: Partial<TrunkInput>,
  more: { resolver?: DnsResolver; tls?: TlsSettings; epochMs?: () => number } = {},
): Promise<{ isGood: boolean; found: Finding[]; lines: string[] }> {
  const found: Finding[] = [];
  const { tls, ...rest } = more;
  const server: EmbeddedSipSettings = {
    listeners: [
      { transport: 'udp', host: '127.0.0.1', port: 5060, advertisedPort: 5060 },
      ...(tls === undefined ? [] : [{ transport: 'tls', host: '127.0.0.1', port: 5061, tls } as const]),
    ],
    timers: { t1Ms: 50, t2Ms: 400, t4Ms: 500 },
  };
  const isGood = await testTrunk(
    {
      trunk: trunkSettings({ name: 'line', host: '127.0.0.1', port: provider.port, ...trunk }),
      server,
      logger: pino({ level: 'silent' }),
      ...rest,
    },
    (finding) => found.push(finding),
  );
  return { isGood, found, lines: found.map(({ step, verdict, words }) => `${verdict} ${step}: ${words}`) };
}

const account = {
  domain: 'example.net',
  credentials: { username: '1000', password: 'secret' },
  registration: { expiresS: 600 },
};

describe('a trunk by UDP', () => {
  test('in order: DNS by SRV, OPTIONS, and each account without touching its registration', async () => {
    provider.answer = (request): Answer => {
      if (request.method !== 'REGISTER' || header(request, 'authorization') !== undefined)
        return { status: 200, headers: { Contact: '<sip:t@192.0.2.1>;expires=60' } };
      return { status: 401, headers: { 'WWW-Authenticate': 'Digest realm="r", nonce="n"' } };
    };
    const target = { priority: 10, weight: 5, port: provider.port, target: 'one.example.net' };
    const { port: _none, ...given } = { ...account, port: undefined };
    const { isGood, lines, found } = await findings(
      {
        ...given,
        host: 'example.net',
        port: undefined as never,
        accounts: [{ name: '200', username: '200', password: 'other', messageWaiting: false }],
      },
      { resolver: zone({ srv: { '_sip._udp.example.net': [target] }, a: { 'one.example.net': ['127.0.0.1'] } }) },
    );
    expect(lines).toEqual([
      'note DNS: NAPTR example.net: none',
      `note DNS: SRV _sip._udp.example.net: one.example.net:${provider.port} (priority 10, weight 5)`,
      'note DNS: A one.example.net: 127.0.0.1',
      'note DNS: AAAA one.example.net: none',
      `ok DNS: tried in this order: udp 127.0.0.1:${provider.port}`,
      `note UDP: 127.0.0.1:${provider.port}: UDP shows only with the next steps`,
      'ok OPTIONS: example.net answers 200 OK',
      'ok account 1000: user name and password are right; it is registered at 1 place at this moment',
      'ok account 200: user name and password are right; it is registered at 1 place at this moment',
    ]);
    expect(isGood).toBe(true);
    expect(found.at(-1)?.ms).toBeGreaterThanOrEqual(0);
    for (const register of provider.of('REGISTER')) {
      expect(header(register, 'contact')).toBeUndefined();
      expect(header(register, 'expires')).toBeUndefined();
    }
  });

  test('with a wrong password', async () => {
    provider.answer = (request) =>
      request.method === 'OPTIONS'
        ? { status: 404 }
        : { status: 401, headers: { 'WWW-Authenticate': 'Digest realm="r", nonce="n"' } };
    const { isGood, lines } = await findings(account);
    expect(isGood).toBe(false);
    expect(lines).toContainEqual(expect.stringMatching(/^ok OPTIONS: .* answers 404 Not Found$/));
    expect(lines.at(-1)).toMatch(/^wrong account 1000: The registrar does not accept the user name or the password/);
    expect(lines.join()).not.toContain('secret');
  });

  test('where nobody is', async () => {
    const gone = await Provider.open();
    const { port } = gone;
    gone.close();
    const { isGood, lines } = await findings({ port });
    expect(isGood).toBe(false);
    expect(lines.at(-1)).toMatch(
      /^wrong OPTIONS: 127\.0\.0\.1:\d+ does not answer \(.*\): check the port, the firewalls/,
    );
  });

  test('whose name does not exist', async () => {
    const { isGood, lines } = await findings({ host: 'sip.exmaple.net' }, { resolver: zone({}) });
    expect(isGood).toBe(false);
    expect(lines.at(-1)).toBe(
      "wrong DNS: sip.exmaple.net has no address in DNS: check the trunk's host for a misspelling",
    );
  });
});

describe('a trunk by TCP', () => {
  test('that takes no connection', async () => {
    const server = createTcpServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { isGood, lines } = await findings({ transport: 'tcp', port });
    expect(isGood).toBe(false);
    expect(lines).toContainEqual(
      `wrong TCP: 127.0.0.1:${port} takes no connection (ECONNREFUSED): check port and transport, and the firewalls on the way`,
    );
  });
});

describe('a trunk by TLS', () => {
  async function listening(): Promise<number> {
    const server = createTlsServer({ cert: pem('server.pem'), key: pem('server.key') }, (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        const text = bytes.toString();
        const echoed = text.split('\r\n').filter((line: string) => /^(?:Via|From|To|Call-ID|CSeq):/i.test(line));
        if (text.startsWith('OPTIONS'))
          socket.write(
            `SIP/2.0 200 OK\r\n${echoed.join('\r\n').replace(/^(To:.*)$/m, '$1;tag=a')}\r\nContent-Length: 0\r\n\r\n`,
          );
      });
    });
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.unshift(() => server.close());
    return (server.address() as AddressInfo).port;
  }
  const known = zone({ a: { 'sip.example.test': ['127.0.0.1'], 'other.example.test': ['127.0.0.1'] } });
  const tls = (host: string, port: number): Partial<TrunkInput> => ({ transport: 'tls', host, port });

  test('with a certificate for its name', async () => {
    const port = await listening();
    const { isGood, lines } = await findings(tls('sip.example.test', port), {
      resolver: known,
      tls: { ca: pem('ca.pem') },
    });
    expect(lines).toContainEqual(
      expect.stringMatching(/^ok TLS: certificate for sip\.example\.test.*valid until \d{4}-\d\d-\d\d$/),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^ok OPTIONS: sip\.example\.test:\d+;transport=tls answers 200/),
    );
    expect(isGood).toBe(true);
  });

  test.each([
    ['that is for another name', 'other.example.test', { ca: pem('ca.pem') }, 'it is not for other.example.test'],
    ['that nobody vouches for', 'sip.example.test', {}, 'no authority that is known here vouches for it'],
  ])('with a certificate %s', async (_, host, settings, words) => {
    const port = await listening();
    const { isGood, lines } = await findings(tls(host, port), { resolver: known, tls: settings });
    expect(isGood).toBe(false);
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^wrong TLS: .*${words}`)));
    expect(lines.at(-1)).toMatch(/^wrong OPTIONS/);
  });

  test('with a certificate that expires soon', async () => {
    const port = await listening();
    const { X509Certificate } = await import('node:crypto');
    const end = Date.parse(new X509Certificate(pem('server.pem')).validTo);
    const { isGood, lines } = await findings(tls('sip.example.test', port), {
      resolver: known,
      tls: { ca: pem('ca.pem') },
      epochMs: () => end - 3.5 * 86_400_000,
    });
    expect(lines).toContainEqual(expect.stringMatching(/^note TLS: .*it expires in 3 days$/));
    expect(isGood).toBe(true);
  });
});
