/** Several servers for one name (RFC 3263 §4.3), and an address that is not the one we are bound to. */
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { header } from '../../../sip/message/index.ts';
import type { Locate, Target } from '../../../sip/server/index.ts';
import { type Bench, call, failure, LOOPBACK_UDP_TCP, QUICK, startBench } from './harness.ts';
import { RawPeer } from './raw-peer.ts';

describe('a name with several servers', () => {
  const closing: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const one of closing.splice(0).reverse()) await one.close();
  });

  /** A bench whose only name leads to these peers, in order; a number is a port where nobody listens. */
  const setUp = async (
    ...kinds: readonly ('peer' | Partial<Target>)[]
  ): Promise<{ bench: Bench; peers: RawPeer[] }> => {
    const targets: Target[] = [];
    const locate: Locate = () => Promise.resolve(targets);
    const bench = await startBench({ timers: QUICK, listeners: LOOPBACK_UDP_TCP }, locate);
    closing.push(bench);
    const peers: RawPeer[] = [];
    for (const kind of kinds) {
      const target = { transport: 'udp', address: '127.0.0.1', port: 1 } as const;
      if (kind !== 'peer') {
        targets.push({ ...target, ...kind });
        continue;
      }
      const peer = await RawPeer.open(bench.address);
      closing.push(peer);
      peers.push(peer);
      targets.push({ ...target, port: peer.port });
    }
    return { bench, peers };
  };

  const uri = 'sip:x@many.example';

  it('goes on to the next after 503, in a new transaction of the same call', async () => {
    const { bench, peers } = await setUp('peer', 'peer');
    const [first, second] = peers as [RawPeer, RawPeer];
    const dialog = call(bench.srf, uri);
    const one = await first.request('INVITE');
    first.answer(one, 503);
    await first.request('ACK');
    const two = await second.request('INVITE');
    expect(header(two, 'call-id')).toBe(header(one, 'call-id'));
    expect(header(two, 'cseq')).toBe(header(one, 'cseq'));
    expect(header(two, 'via')).not.toBe(header(one, 'via'));
    second.answer(two, 200, { sdp: true });
    await dialog;
  });

  it('goes on after a server that refuses connections, does not listen, or is silent', async () => {
    const { bench, peers } = await setUp({ transport: 'tcp' }, { port: 9 }, 'peer', 'peer');
    const [silent, last] = peers as [RawPeer, RawPeer];
    const dialog = call(bench.srf, uri);
    await silent.request('INVITE');
    last.answer(await last.request('INVITE'), 200, { sdp: true });
    await dialog;
  });

  it('gives the last server’s answer when all fail, and others at once', async () => {
    const { bench, peers } = await setUp('peer', 'peer');
    const [first, second] = peers as [RawPeer, RawPeer];
    const failing = failure(call(bench.srf, uri));
    first.answer(await first.request('INVITE'), 503);
    second.answer(await second.request('INVITE'), 503);
    expect((await failing).status).toBe(503);
    // 486 is the user's answer, not the server's.
    const busy = failure(call(bench.srf, uri));
    first.answer(await first.request('INVITE'), 486);
    expect((await busy).status).toBe(486);
    expect(second.seen.filter((one) => one.kind === 'request' && one.method === 'INVITE').length).toBe(1);
  });

  it('tries nobody else for a call that was cancelled', async () => {
    const { bench, peers } = await setUp('peer', 'peer');
    const [first, second] = peers as [RawPeer, RawPeer];
    let failing: ReturnType<typeof failure> | undefined;
    await new Promise<void>((resolve) => {
      failing = failure(call(bench.srf, uri, { sent: (request) => request.cancel(resolve) }));
    });
    first.answer(await first.request('INVITE'), 503);
    expect((await failing)?.status).toBe(503);
    expect(second.seen).toEqual([]);
  });

  it('is 503 when the name is not known', async () => {
    const { bench } = await setUp();
    const error = await failure(call(bench.srf, uri));
    expect(error.status).toBe(503);
    expect(error.res?.get('Warning')).toContain('leads to no server');
  });
});

describe('a host that takes no TCP', () => {
  it('is asked once, and gets large requests by UDP at once after that', async () => {
    const bench = await startBench({ timers: QUICK, listeners: LOOPBACK_UDP_TCP });
    const peer = await RawPeer.open(bench.address);
    let connections = 0;
    const tcp = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => tcp.listen(peer.port, '127.0.0.1', resolve));
    for (let turn = 0; turn < 3; turn += 1) {
      const calling = failure(call(bench.srf, peer.uri, {}, { 'X-Padding': 'x'.repeat(2000) }));
      peer.answer(await peer.request('INVITE'), 486);
      expect((await calling).status).toBe(486);
    }
    expect(connections).toBe(1);
    peer.close();
    await bench.close();
    tcp.close();
  });
});

describe('an advertised address', () => {
  it('stands in Via, Contact and From, and the answer comes back all the same', async () => {
    const listeners = [
      { transport: 'udp', host: '127.0.0.1', port: 0, advertisedHost: 'gw.example', advertisedPort: 5999 },
    ] as const;
    const bench = await startBench({ timers: QUICK, listeners });
    const peer = await RawPeer.open(bench.address);
    const calling = failure(call(bench.srf, peer.uri));
    const invite = await peer.request('INVITE');
    expect(header(invite, 'via')).toMatch(/^SIP\/2\.0\/UDP gw\.example:5999;/);
    expect(header(invite, 'contact')).toBe('<sip:gw.example:5999>');
    expect(header(invite, 'from')).toMatch(/^<sip:gw\.example:5999>;tag=/);
    peer.answer(invite, 480);
    // The raw peer answers to where the server really is.
    expect((await calling).status).toBe(480);
    peer.close();
    await bench.close();
  });
});
