import { describe, expect, it } from 'vitest';
import {
  type Destination,
  LocateError,
  type LocateOptions,
  type LocateTarget,
  Locator,
  locate,
  targetOfUri,
} from '../../../sip/dns/index.ts';
import { parseUri } from '../../../sip/message/index.ts';
import { naptr, srv, type Zone, ZoneResolver } from './zone.ts';

const OPTIONS: LocateOptions = {
  transports: ['udp', 'tcp', 'tls'],
  families: [4, 6],
  random: () => 0,
  signal: new AbortController().signal,
  stepSignal: () => new AbortController().signal,
};

function targetOf(text: string): LocateTarget {
  const uri = parseUri(text);
  if (uri.kind !== 'sip') throw new Error(`${text} is no SIP URI`);
  return targetOfUri(uri);
}

function written(found: readonly Destination[]): string[] {
  return found.map((one) => `${one.transport} ${one.address} ${one.port}`);
}

async function find(uri: string, zone: Zone = {}, options: Partial<LocateOptions> = {}): Promise<string[]> {
  return written(await locate(targetOf(uri), new ZoneResolver(zone), { ...OPTIONS, ...options }));
}

// The example of RFC 3263 §4.1 and §4.2, completed with TLS.
const EXAMPLE: Zone = {
  naptr: {
    'example.com': [
      naptr(90, 50, 'SIP+D2T', '_sip._tcp.example.com'),
      naptr(50, 50, 'SIPS+D2T', '_sips._tcp.example.com'),
      naptr(100, 50, 'SIP+D2U', '_sip._udp.example.com'),
      naptr(10, 10, 'SIP+D2S', '_sip._sctp.example.com'),
      naptr(10, 10, 'E2U+sip', 'elsewhere.example.com'),
    ],
  },
  srv: {
    '_sips._tcp.example.com': [srv(0, 1, 'tls.example.com', 5061)],
    '_sip._tcp.example.com': [srv(2, 0, 'server2.example.com'), srv(1, 1, 'server1.example.com')],
    '_sip._udp.example.com': [srv(0, 1, 'server1.example.com', 5080)],
  },
  a: {
    'tls.example.com': ['192.0.2.9'],
    'server1.example.com': ['192.0.2.1', '192.0.2.3'],
    'server2.example.com': ['192.0.2.2'],
    'example.com': ['192.0.2.100'],
  },
  aaaa: { 'server2.example.com': ['2001:db8::2'] },
};

describe('an address', () => {
  it.each([
    ['sip:192.0.2.1', 'udp 192.0.2.1 5060'],
    ['sip:192.0.2.1:5070', 'udp 192.0.2.1 5070'],
    ['sip:192.0.2.1;transport=TCP', 'tcp 192.0.2.1 5060'],
    ['sip:192.0.2.1;transport=tls', 'tls 192.0.2.1 5061'],
    ['sips:192.0.2.1', 'tls 192.0.2.1 5061'],
    ['sips:192.0.2.1:5090;transport=tcp', 'tls 192.0.2.1 5090'],
    ['sip:a@[2001:db8::1]', 'udp 2001:db8::1 5060'],
    ['sip:a@[2001:db8::1]:5070;transport=tcp', 'tcp 2001:db8::1 5070'],
    ['sip:example.com;maddr=192.0.2.7', 'udp 192.0.2.7 5060'],
  ])('%s is %s, without asking DNS', async (uri, expected) => {
    const resolver = new ZoneResolver({});
    expect(written(await locate(targetOf(uri), resolver, OPTIONS))).toEqual([expected]);
    expect(resolver.asked).toEqual([]);
  });

  it('is reached by what there is when UDP is turned off', async () => {
    expect(await find('sip:192.0.2.1', {}, { transports: ['tcp', 'tls'] })).toEqual(['tcp 192.0.2.1 5060']);
  });
});

describe('localhost', () => {
  it.each([
    ['sip:localhost', ['udp 127.0.0.1 5060', 'udp ::1 5060']],
    ['sip:LOCALHOST:5070;transport=tcp', ['tcp 127.0.0.1 5070', 'tcp ::1 5070']],
    ['sips:pbx.localhost', ['tls 127.0.0.1 5061', 'tls ::1 5061']],
  ])('%s is this machine, without asking DNS (RFC 6761 §6.3)', async (uri, expected) => {
    const resolver = new ZoneResolver({});
    expect(written(await locate(targetOf(uri), resolver, OPTIONS))).toEqual(expected);
    expect(resolver.asked).toEqual([]);
  });
});

describe('a name with a port', () => {
  it('has addresses only', async () => {
    const resolver = new ZoneResolver(EXAMPLE);
    expect(written(await locate(targetOf('sip:example.com:5070'), resolver, OPTIONS))).toEqual([
      'udp 192.0.2.100 5070',
    ]);
    expect(resolver.asked).toEqual(['a example.com', 'aaaa example.com']);
  });

  it('is UDP for sip, TLS for sips (RFC 3263 §4.1)', async () => {
    expect(await find('sips:example.com:5090', EXAMPLE)).toEqual(['tls 192.0.2.100 5090']);
  });
});

describe('a name alone', () => {
  it('follows NAPTR in its order, and gives every target for failover', async () => {
    expect(await find('sip:example.com', EXAMPLE)).toEqual([
      'tls 192.0.2.9 5061',
      'tcp 192.0.2.1 5060',
      'tcp 192.0.2.3 5060',
      'tcp 192.0.2.2 5060',
      'tcp 2001:db8::2 5060',
      'udp 192.0.2.1 5080',
      'udp 192.0.2.3 5080',
    ]);
  });

  it('keeps the name that was asked for: certificates are checked against it', async () => {
    const found = await locate(targetOf('sip:example.com'), new ZoneResolver(EXAMPLE), OPTIONS);
    expect(new Set(found.map((one) => one.domain))).toEqual(new Set(['example.com']));
  });

  it('takes only TLS for sips', async () => {
    expect(await find('sips:example.com', EXAMPLE)).toEqual(['tls 192.0.2.9 5061']);
  });

  it('passes over transports that are turned off', async () => {
    expect(await find('sip:example.com', EXAMPLE, { transports: ['udp'] })).toEqual([
      'udp 192.0.2.1 5080',
      'udp 192.0.2.3 5080',
    ]);
  });

  it('with a transport asks for its SRV only', async () => {
    const resolver = new ZoneResolver(EXAMPLE);
    await locate(targetOf('sip:example.com;transport=tcp'), resolver, OPTIONS);
    expect(resolver.asked.filter((question) => /^(naptr|srv)/.test(question))).toEqual(['srv _sip._tcp.example.com']);
  });

  it('without NAPTR asks for the SRV of every transport, the preferred first', async () => {
    expect(await find('sip:example.com', { ...EXAMPLE, naptr: {} }, { transports: ['tcp', 'udp'] })).toEqual([
      'tcp 192.0.2.1 5060',
      'tcp 192.0.2.3 5060',
      'tcp 192.0.2.2 5060',
      'tcp 2001:db8::2 5060',
      'udp 192.0.2.1 5080',
      'udp 192.0.2.3 5080',
    ]);
  });

  it('without NAPTR and SRV is its addresses at the default port', async () => {
    expect(await find('sip:example.com', { a: { 'example.com': ['192.0.2.1'] } })).toEqual(['udp 192.0.2.1 5060']);
    expect(await find('sips:example.com', { a: { 'example.com': ['192.0.2.1'] } })).toEqual(['tls 192.0.2.1 5061']);
  });

  it('with SRV but no address of its own is found', async () => {
    const zone = {
      srv: { '_sip._udp.tel.example.net': [srv(0, 0, 'p.example.net')] },
      a: { 'p.example.net': ['192.0.2.5'] },
    };
    expect(await find('sip:tel.example.net', zone)).toEqual(['udp 192.0.2.5 5060']);
  });

  it('prefers IPv6 when told to', async () => {
    const zone = { a: { h: ['192.0.2.1'] }, aaaa: { h: ['2001:db8::1'] } };
    expect(await find('sip:h', zone, { families: [6, 4] })).toEqual(['udp 2001:db8::1 5060', 'udp 192.0.2.1 5060']);
  });

  it('takes an address as SRV target for what it is', async () => {
    expect(await find('sip:h', { srv: { '_sip._udp.h': [srv(0, 0, '192.0.2.77', 5090)] } })).toEqual([
      'udp 192.0.2.77 5090',
    ]);
  });
});

describe('what goes wrong', () => {
  it('a target without address does not hide the others', async () => {
    const zone = {
      srv: { '_sip._udp.h': [srv(0, 0, 'gone.h'), srv(1, 0, 'broken.h'), srv(2, 0, 'here.h')] },
      a: { 'here.h': ['192.0.2.1'] },
      fails: ['broken.h'],
    };
    expect(await find('sip:h', zone)).toEqual(['udp 192.0.2.1 5060']);
  });

  it('a name server that cannot do NAPTR and SRV is no reason to give up', async () => {
    const zone = { a: { h: ['192.0.2.1'] }, fails: ['_sip._udp.h', '_sip._tcp.h', '_sips._tcp.h'] };
    expect(await find('sip:h', zone)).toEqual(['udp 192.0.2.1 5060']);
  });

  it('SRV with target "." means: not here, do not look further', async () => {
    const zone = { srv: { '_sip._udp.h': [srv(0, 0, '.')] }, a: { h: ['192.0.2.1'] } };
    await expect(find('sip:h;transport=udp', zone)).rejects.toMatchObject({ reason: 'no-address' });
  });

  it.each([
    ['sip:nowhere.example', {}, 'no-address', /nowhere\.example has no address/],
    ['sip:h', { fails: ['h', '_sip._udp.h', '_sip._tcp.h', '_sips._tcp.h'] }, 'dns-failed', /could not be asked/],
    ['sip:h;transport=sctp', {}, 'unsupported-transport', /sctp/],
    ['sips:h;transport=udp', {}, 'unsupported-transport', /udp/],
  ])('%s is a LocateError in words', async (uri, zone, reason, words) => {
    const failure = await find(uri, zone).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LocateError);
    expect(failure).toMatchObject({ reason, message: expect.stringMatching(words) });
  });

  it('sips without TLS is refused', async () => {
    await expect(find('sips:h', {}, { transports: ['udp'] })).rejects.toMatchObject({
      reason: 'unsupported-transport',
    });
  });

  it('what was found when time is up is the result', async () => {
    const time = new AbortController();
    const zone = {
      srv: { '_sip._udp.h': [srv(0, 0, 'slow.h'), srv(1, 0, 'quick.h')] },
      a: { 'quick.h': ['192.0.2.1'] },
      hangs: ['slow.h'],
    };
    const resolver = new ZoneResolver(zone);
    const asked = resolver.aaaa.bind(resolver);
    resolver.aaaa = (name) => {
      // The last of the lookups has begun: now time is up.
      if (name === 'quick.h') setImmediate(() => time.abort());
      return asked(name);
    };
    const found = await locate(targetOf('sip:h;transport=udp'), resolver, { ...OPTIONS, signal: time.signal });
    expect(written(found)).toEqual(['udp 192.0.2.1 5060']);
  });

  it('a name server that drops NAPTR and SRV questions costs two steps, not the call', async () => {
    const zone = { a: { 'pbx.h': ['192.0.2.1'] } };
    const resolver = new ZoneResolver(zone);
    resolver.naptr = () => new Promise(() => undefined);
    resolver.srv = () => new Promise(() => undefined);
    const steps: string[] = [];
    const stepSignal = () => {
      steps.push('step');
      return AbortSignal.abort(new Error('no answer'));
    };
    const found = await locate(targetOf('sip:pbx.h'), resolver, { ...OPTIONS, stepSignal });
    expect(written(found)).toEqual(['udp 192.0.2.1 5060']);
    expect(steps).toHaveLength(2);
  });

  it('nothing found when time is up is a timeout', async () => {
    const locator = new Locator({ resolver: new ZoneResolver({ hangs: ['h'] }), timeoutMs: 5 });
    await expect(locator.locate(targetOf('sip:h'))).rejects.toMatchObject({ reason: 'timeout' });
  });

  it('hundreds of targets are cut short', async () => {
    const many = Array.from({ length: 500 }, (_, i) => srv(i, 0, `t${i}.h`));
    const a = Object.fromEntries(many.map((one) => [one.target, ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']]));
    const resolver = new ZoneResolver({ srv: { '_sip._udp.h': many }, a });
    const found = await locate(targetOf('sip:h;transport=udp'), resolver, OPTIONS);
    expect(found.length).toBeLessThanOrEqual(64);
    expect(resolver.asked.length).toBeLessThan(60);
  });
});
