import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { firstAddress, ownAddressTowards } from '../../src/own-address.ts';

const entry = (address: string, internal = false) =>
  ({ address, internal, family: address.includes(':') ? 'IPv6' : 'IPv4' }) as NetworkInterfaceInfo;

describe('the own address', () => {
  it('towards this machine is the loopback', async () => {
    expect(await ownAddressTowards('127.0.0.1')).toBe('127.0.0.1');
  });

  it('is never a wildcard, also for a name that nobody knows', async () => {
    expect(await ownAddressTowards('nobody.invalid')).not.toMatch(/^(0\.0\.0\.0|::)$/);
  });

  it('is the first that others can reach, IPv4 before IPv6', () => {
    const lo = [entry('127.0.0.1', true), entry('::1', true)];
    expect(firstAddress({ lo, eth0: [entry('fe80::1'), entry('2001:db8::1'), entry('192.0.2.1')] })).toBe('192.0.2.1');
    expect(firstAddress({ lo, eth0: [entry('fe80::1'), entry('2001:db8::1')] })).toBe('2001:db8::1');
    expect(firstAddress({ lo })).toBe('127.0.0.1');
  });
});
