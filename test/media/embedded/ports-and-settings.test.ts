import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PortPool } from '../../../media/embedded/port-pool.ts';
import { type InterfaceAddress, isPrivateAddress, sessionSettings } from '../../../media/embedded/settings.ts';

const MINUTE_MS = 60_000;

describe('the port pool', () => {
  function pool(min: number, max: number, quarantineMs = 5000) {
    const clock = { nowMs: 0 };
    return {
      clock,
      ports: new PortPool(
        'RTP',
        { min, max },
        quarantineMs,
        () => clock.nowMs,
        () => 0,
      ),
    };
  }

  test('gives even ports of complete pairs only', () => {
    const { ports } = pool(30_001, 30_008);
    expect([ports.take(), ports.take(), ports.take()]).toEqual([30_002, 30_004, 30_006]);
    expect(() => ports.take()).toThrow(/30001–30008/);
  });

  test('a port rests before it serves again', () => {
    const { ports, clock } = pool(30_000, 30_003);
    const port = ports.take();
    ports.take();
    ports.release(port);
    expect(() => ports.take()).toThrow(/widen the range/);
    clock.nowMs = 4999;
    expect(() => ports.take()).toThrow();
    clock.nowMs = 5000;
    expect(ports.take()).toBe(port);
  });

  test('takes the longest unused first', () => {
    const { ports, clock } = pool(30_000, 30_009, 0);
    const first = ports.take();
    ports.release(first);
    clock.nowMs = MINUTE_MS;
    expect(ports.take()).toBe(30_002);
  });

  test('an empty range says so', () => {
    expect(() => pool(30_001, 30_001).ports.take()).toThrow(expect.objectContaining({ code: 'no-port-free' }));
  });

  test('never gives a pair twice', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 100 }), (takes) => {
        const { ports, clock } = pool(30_000, 30_020, 3);
        const held: number[] = [];
        for (const isTake of takes) {
          clock.nowMs++;
          if (!isTake) {
            ports.release(held.shift() ?? 0);
            continue;
          }
          try {
            const port = ports.take();
            expect(held).not.toContain(port);
            held.push(port);
          } catch (error) {
            expect(error).toMatchObject({ code: 'no-port-free' });
          }
        }
        expect(ports.takenCount).toBe(held.length);
      }),
    );
  });
});

describe('the settings', () => {
  const loopback: InterfaceAddress = { address: '127.0.0.1', family: 'IPv4', internal: true };
  const lan: InterfaceAddress = { address: '192.168.1.5', family: 'IPv4', internal: false };
  const linkLocal: InterfaceAddress = { address: 'fe80::1', family: 'IPv6', internal: false };
  const ipv6: InterfaceAddress = { address: '2001:db8::5', family: 'IPv6', internal: false };

  test('loopback and link-local addresses are not told', () => {
    expect(sessionSettings({}, [loopback, lan, linkLocal, ipv6])).toMatchObject({
      rtpBindAddress: '0.0.0.0',
      rtpPublicAddress: '192.168.1.5',
      webrtcBindAddresses: ['192.168.1.5', '2001:db8::5'],
      turn: 'auto',
    });
  });

  test('loopback serves when there is nothing else', () => {
    expect(sessionSettings({}, [loopback, linkLocal])).toMatchObject({
      rtpPublicAddress: '127.0.0.1',
      webrtcBindAddresses: ['127.0.0.1'],
    });
  });

  test('what is set is kept; a bind address is told when no public one is set', () => {
    const settings = sessionSettings(
      { rtp: { bindAddress: '192.168.1.5' }, webrtc: { bindAddresses: ['127.0.0.1', '127.0.0.1'] }, mediaTimeoutMs: 0 },
      [lan],
    );
    expect(settings).toMatchObject({
      rtpPublicAddress: '192.168.1.5',
      webrtcBindAddresses: ['127.0.0.1'],
      mediaTimeoutMs: 0,
    });
  });

  test('private addresses', () => {
    const isPrivate = [
      '10.1.2.3',
      '172.16.0.1',
      '192.168.0.1',
      '100.64.0.1',
      '127.0.0.1',
      '169.254.1.1',
      '::1',
      'fd00::1',
    ];
    const isPublic = ['8.8.8.8', '172.32.0.1', '100.128.0.1', '192.169.0.1', '2001:db8::1'];
    expect(isPrivate.filter((address) => !isPrivateAddress(address))).toEqual([]);
    expect(isPublic.filter(isPrivateAddress)).toEqual([]);
  });
});
