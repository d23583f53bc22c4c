import { describe, expect, it } from 'vitest';
import { CachingResolver, DnsFailure } from '../../../sip/dns/index.ts';
import { type Zone, ZoneResolver } from './zone.ts';

function setUp(zone: Zone) {
  const clock = { ms: 1_000_000 };
  const inner = new ZoneResolver(zone);
  return { clock, inner, cache: new CachingResolver(inner, () => clock.ms, { maxEntries: 3, staleMs: 10_000 }) };
}

const ZONE: Zone = { a: { h: ['192.0.2.1'] }, ttlS: 20 };

describe('answers are kept', () => {
  it('for their time to live, and no longer', async () => {
    const { cache, clock, inner } = setUp(ZONE);
    await cache.a('h');
    clock.ms += 19_999;
    expect((await cache.a('H')).records).toEqual(['192.0.2.1']);
    expect(inner.asked).toEqual(['a h']);
    clock.ms += 1;
    await cache.a('h');
    expect(inner.asked).toEqual(['a h', 'a h']);
  });

  it('not at all when the time to live is zero', async () => {
    const { cache, inner } = setUp({ ...ZONE, ttlS: 0 });
    await cache.a('h');
    await cache.a('h');
    expect(inner.asked).toHaveLength(2);
  });

  it('by type: an address is not a service', async () => {
    const { cache, inner } = setUp(ZONE);
    await Promise.all([cache.a('h'), cache.aaaa('h'), cache.srv('h'), cache.naptr('h')]);
    expect(inner.asked).toEqual(['a h', 'aaaa h', 'srv h', 'naptr h']);
  });

  it('also when they say that there is nothing', async () => {
    const { cache, inner } = setUp(ZONE);
    expect((await cache.a('nowhere')).records).toEqual([]);
    await cache.a('nowhere');
    expect(inner.asked).toHaveLength(1);
  });

  it('within a bound', async () => {
    const { cache, inner } = setUp(ZONE);
    for (const name of ['h', 'h2', 'h3', 'h4', 'h']) await cache.a(name);
    expect(inner.asked).toEqual(['a h', 'a h2', 'a h3', 'a h4', 'a h']);
  });

  it('one question is asked once, however many wait for it', async () => {
    const { cache, inner } = setUp({ ...ZONE, ttlS: 0 });
    const answers = await Promise.all([cache.a('h'), cache.a('h'), cache.a('h')]);
    expect(answers.map((one) => one.records)).toEqual([['192.0.2.1'], ['192.0.2.1'], ['192.0.2.1']]);
    expect(inner.asked).toHaveLength(1);
  });
});

describe('when DNS fails', () => {
  it('an expired answer serves for a while', async () => {
    const { cache, clock, inner } = setUp(ZONE);
    await cache.a('h');
    inner.zone = { fails: ['h'] };
    clock.ms += 25_000;
    expect((await cache.a('h')).records).toEqual(['192.0.2.1']);
    clock.ms += 10_000;
    await expect(cache.a('h')).rejects.toBeInstanceOf(DnsFailure);
  });

  it('for SRV or NAPTR, it is not asked again for 20 seconds', async () => {
    const { cache, clock, inner } = setUp({ fails: ['h'] });
    await expect(cache.srv('h')).rejects.toBeInstanceOf(DnsFailure);
    clock.ms += 19_999;
    await expect(cache.srv('h')).rejects.toBeInstanceOf(DnsFailure);
    expect(inner.asked).toEqual(['srv h']);
    clock.ms += 1;
    inner.zone = {};
    expect((await cache.srv('h')).records).toEqual([]);
  });

  it('for an address, the failure is not kept', async () => {
    const { cache, inner } = setUp({ fails: ['h'] });
    await expect(cache.a('h')).rejects.toBeInstanceOf(DnsFailure);
    inner.zone = ZONE;
    expect((await cache.a('h')).records).toEqual(['192.0.2.1']);
  });
});
