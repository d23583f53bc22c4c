import { describe, expect, it } from 'vitest';
import { RecentFailures } from '../../../sip/server/agent/recent-failures.ts';
import { SourceLimiter } from '../../../sip/server/limits.ts';
import { resolveSettings } from '../../../sip/server/settings.ts';

describe('a limiter of sources', () => {
  it('lets a burst through, then what the time gives', () => {
    let now = 0;
    const limiter = new SourceLimiter(2, 3, 10, () => now);
    const taken = () => [1, 2, 3, 4, 5].filter(() => limiter.take('a')).length;
    expect(taken()).toBe(3);
    now += 1000;
    expect(taken()).toBe(2);
    expect(limiter.take('b')).toBe(true);
  });

  it('remembers no more sources than it may', () => {
    const limiter = new SourceLimiter(0, 1, 2, () => 0);
    expect(limiter.take('a')).toBe(true);
    expect(limiter.take('b')).toBe(true);
    expect(limiter.take('a')).toBe(false);
    limiter.take('c');
    // `b` was seen longest ago.
    expect(limiter.take('a')).toBe(false);
    expect(limiter.take('b')).toBe(true);
  });
});

describe('recent failures', () => {
  it('count for a while, and no more of them than it may', () => {
    let now = 0;
    const failures = new RecentFailures(100, 2, () => now);
    failures.add('a');
    now = 99;
    expect(failures.has('a')).toBe(true);
    now = 100;
    expect(failures.has('a')).toBe(false);
    for (const key of ['b', 'c', 'd']) failures.add(key);
    expect(['b', 'c', 'd'].map((key) => failures.has(key))).toEqual([false, true, true]);
  });
});

describe('settings', () => {
  const listeners = [{ transport: 'udp', host: '127.0.0.1', port: 0 }] as const;

  it('have defaults', () => {
    expect(resolveSettings({ listeners })).toMatchObject({
      udpMtu: 1300,
      timers: { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 },
    });
    expect(resolveSettings({ listeners, udpMtu: 'off' }).udpMtu).toBe(Number.POSITIVE_INFINITY);
  });

  it('that make no sense are refused', () => {
    expect(() => resolveSettings({ listeners: [] })).toThrow('at least one listener');
    expect(() => resolveSettings({ listeners, maxTransactions: 0 })).toThrow(
      'maxTransactions must be a positive number',
    );
  });
});
