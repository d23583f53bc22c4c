import { describe, expect, it } from 'vitest';
import { DnsFailure, Locator, SystemResolver } from '../../../sip/dns/index.ts';
import { aRecord, naptrRecord, srvRecord, startNameServer } from './name-server.ts';

const ANSWERS = {
  'naptr example.test': [naptrRecord(1, 1, 'SIP+D2T', '_sip._tcp.example.test')],
  'srv _sip._tcp.example.test': [srvRecord(1, 2, 5070, 'a.example.test')],
  'srv _sip._udp.none.test': [srvRecord(0, 0, 0, '.')],
  'a a.example.test': [aRecord('192.0.2.1', 77), aRecord('192.0.2.2', 55)],
};

describe('a real name server', () => {
  it('is asked for NAPTR, SRV and addresses', async () => {
    await using dns = await startNameServer({ answers: ANSWERS });
    const resolver = new SystemResolver({ servers: [dns.server] });
    const found = await new Locator({ resolver }).locate({ host: 'example.test', secure: false });
    expect(found).toMatchObject([
      { transport: 'tcp', address: '192.0.2.1', port: 5070, domain: 'example.test' },
      { transport: 'tcp', address: '192.0.2.2', port: 5070, domain: 'example.test' },
    ]);
  });

  it('is asked again over TCP when its answer over UDP was truncated', async () => {
    await using dns = await startNameServer({ answers: ANSWERS, truncateUdp: true });
    const resolver = new SystemResolver({ servers: [dns.server] });
    expect((await resolver.srv('_sip._tcp.example.test')).records).toEqual([
      { priority: 1, weight: 2, port: 5070, target: 'a.example.test' },
    ]);
    expect(dns.asked).toEqual(['udp srv _sip._tcp.example.test', 'tcp srv _sip._tcp.example.test']);
  });

  it('says how long addresses may be kept: as long as the shortest-lived', async () => {
    await using dns = await startNameServer({ answers: ANSWERS });
    const resolver = new SystemResolver({ servers: [dns.server] });
    expect(await resolver.a('a.example.test')).toEqual({ records: ['192.0.2.1', '192.0.2.2'], ttlS: 55 });
  });

  it('says "." for a service that is not there', async () => {
    await using dns = await startNameServer({ answers: ANSWERS });
    const resolver = new SystemResolver({ servers: [dns.server] });
    expect((await resolver.srv('_sip._udp.none.test')).records).toMatchObject([{ target: '.' }]);
  });

  it('knows no such name: an answer without records', async () => {
    await using dns = await startNameServer({ answers: {} });
    const resolver = new SystemResolver({ servers: [dns.server] });
    const answers = await Promise.all([resolver.a('x.test'), resolver.srv('x.test'), resolver.naptr('x.test')]);
    expect(answers.map((one) => one.records)).toEqual([[], [], []]);
  });

  it('fails: a DnsFailure with its code', async () => {
    await using dns = await startNameServer({ answers: {}, serverFailure: true });
    const resolver = new SystemResolver({ servers: [dns.server], tries: 1 });
    const failures = [resolver.a('x.test'), resolver.srv('x.test'), resolver.naptr('x.test')];
    for (const failure of failures)
      await expect(failure).rejects.toMatchObject({ name: 'DnsFailure', code: 'ESERVFAIL' });
  });

  it('is not there: a DnsFailure', async () => {
    const dns = await startNameServer({ answers: {} });
    await dns[Symbol.asyncDispose]();
    const resolver = new SystemResolver({ servers: [dns.server], tries: 1, timeoutMs: 200 });
    await expect(resolver.srv('x.test')).rejects.toBeInstanceOf(DnsFailure);
  });
});

describe('the machine', () => {
  it('knows the names of its hosts file, whatever DNS says', async () => {
    // The one name that every hosts file has.
    const answer = await new SystemResolver({ tries: 1, timeoutMs: 200 }).a('localhost');
    expect(answer.records).toContain('127.0.0.1');
  });
});
