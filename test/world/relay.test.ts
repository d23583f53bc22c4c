import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { exchangeAddresses, type RelayOptions, seededRandom, UdpRelay } from './relay.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const thing of open.splice(0)) thing.close();
});

async function socket(): Promise<Socket> {
  const bound = createSocket('udp4').bind(0, '127.0.0.1');
  await once(bound, 'listening');
  open.push(bound);
  return bound;
}

async function relayBetween(gateway: Socket, peer: Socket, options: Partial<RelayOptions> = {}): Promise<UdpRelay> {
  const relay = await UdpRelay.start({
    gateway: { host: '127.0.0.1', port: gateway.address().port },
    peer: { host: '127.0.0.1', port: peer.address().port },
    ...options,
  });
  open.push(relay);
  return relay;
}

describe('the relay between gateway and peer', () => {
  it('stands for the peer to the gateway and for the gateway to the peer', async () => {
    const [gateway, peer] = [await socket(), await socket()];
    const relay = await relayBetween(gateway, peer);
    const contact = `Contact: <sip:a@127.0.0.1:${gateway.address().port}>\r\n\r\nbody`;
    gateway.send(`OPTIONS sip:b@127.0.0.1:${relay.port} SIP/2.0\r\n${contact}`, relay.port, '127.0.0.1');
    const [received, from] = await once(peer, 'message');
    expect(String(received)).toBe(
      `OPTIONS sip:b@127.0.0.1:${peer.address().port} SIP/2.0\r\nContact: <sip:a@127.0.0.1:${relay.gatewayPort}>\r\n\r\nbody`,
    );
    peer.send('SIP/2.0 200 OK\r\n\r\n', from.port, from.address);
    const [answer] = await once(gateway, 'message');
    expect(String(answer)).toBe('SIP/2.0 200 OK\r\n\r\n');
    expect(relay.messages.map(({ to, lost }) => [to, lost])).toEqual([
      ['peer', false],
      ['gateway', false],
    ]);
  });

  it('leaves a call with the peer that it began with', async () => {
    const [gateway, first, second] = [await socket(), await socket(), await socket()];
    const relay = await relayBetween(gateway, first);
    const send = (callId: string, method: string) =>
      gateway.send(`${method} x SIP/2.0\r\nCall-ID: ${callId}\r\n\r\n`, relay.port, '127.0.0.1');
    send('one', 'INVITE');
    expect(String((await once(first, 'message'))[0])).toContain('INVITE');
    relay.peer = { host: '127.0.0.1', port: second.address().port };
    send('one', 'CANCEL');
    expect(String((await once(first, 'message'))[0])).toContain('CANCEL');
    send('two', 'INVITE');
    expect(String((await once(second, 'message'))[0])).toContain('Call-ID: two');
  });

  it('does not touch credentials, which are signed, nor the body', () => {
    const message = Buffer.from(
      'BYE x\r\nAuthorization: Digest uri="sip:1.1.1.1:5"\r\nRoute: <sip:1.1.1.1:5>\r\n\r\n1.1.1.1:5',
    );
    expect(String(exchangeAddresses(message, [['1.1.1.1:5', '2.2.2.2:6']]))).toBe(
      'BYE x\r\nAuthorization: Digest uri="sip:1.1.1.1:5"\r\nRoute: <sip:2.2.2.2:6>\r\n\r\n1.1.1.1:5',
    );
  });

  it('takes no longer port for a shorter one', () => {
    const message = Buffer.from('Via: 1.1.1.1:50601\r\n\r\n');
    expect(String(exchangeAddresses(message, [['1.1.1.1:5060', '2.2.2.2:6']]))).toBe('Via: 1.1.1.1:50601\r\n\r\n');
  });

  it('loses the same datagrams in every run with the same seed', async () => {
    const lostOf = async (seed: number) => {
      const [gateway, peer] = [await socket(), await socket()];
      const relay = await relayBetween(gateway, peer, { seed, lossPercent: 20 });
      for (let i = 0; i < 50; i++) {
        gateway.send(`${i}`, relay.port, '127.0.0.1');
        while (relay.messages.length <= i) await new Promise((resolve) => setImmediate(resolve));
      }
      return relay.messages.flatMap(({ lost }, i) => (lost ? [i] : []));
    };
    const first = await lostOf(7);
    expect(first.length).toBeGreaterThan(2);
    expect(first.length).toBeLessThan(25);
    expect(await lostOf(7)).toEqual(first);
    expect(await lostOf(8)).not.toEqual(first);
  });

  it('has random numbers between 0 and 1 that depend on the seed alone', () => {
    const numbers = (seed: number) => Array.from({ length: 1_000 }, seededRandom(seed));
    expect(numbers(3)).toEqual(numbers(3));
    expect(Math.min(...numbers(3))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers(3))).toBeLessThan(1);
  });
});
