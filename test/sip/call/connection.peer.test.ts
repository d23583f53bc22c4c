/** The connection to the SIP server: lost in every state of a call, made again, closed; and a network that loses packets. */
import { connect as connectTo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSipCalls, type SipCallsOptions, type TrunkCalls } from '../../../sip/call/index.ts';
import { type EmbeddedSipServer, startEmbeddedSipServer } from '../../../sip/server/index.ts';
import { trunkSettings } from '../../../sip/trunk/index.ts';
import { keptLog, OFFER, sdp, TestCall, World } from './world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.stop());

/** Stands between the calls and the server, so that the one can lose the other while both live. */
class Wire {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #up = true;

  private constructor(server: Server, port: number, upstream: number) {
    this.#server = server;
    this.port = port;
    server.on('connection', (near) => {
      if (!this.#up) {
        near.destroy();
        return;
      }
      const far = connectTo(upstream, '127.0.0.1');
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one);
        one.on('error', () => undefined);
        one.on('close', () => {
          this.#sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  }

  static open(upstream: number): Promise<Wire> {
    return new Promise((resolve) => {
      const server = createServer();
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(new Wire(server, typeof address === 'object' && address ? address.port : 0, upstream));
      });
    });
  }

  cut(): void {
    this.#up = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#up = true;
  }

  close(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

interface Setting {
  readonly server: EmbeddedSipServer;
  readonly wire: Wire;
  readonly calls: TrunkCalls;
  readonly lines: string[];
  place(): TestCall;
  /** Settles when `health().connected` is this. */
  connected(up: boolean): Promise<void>;
}

async function setting(peer: { host: string; port: number }, more: Partial<SipCallsOptions> = {}): Promise<Setting> {
  const { logger, lines } = keptLog();
  const server = await startEmbeddedSipServer(
    { listeners: [{ transport: 'udp', host: '127.0.0.1', port: 0 }] },
    logger,
    () => Promise.reject(new Error('no name is known here')),
  );
  const wire = await Wire.open(server.port);
  const calls = await createSipCalls({
    connection: { host: '127.0.0.1', port: wire.port, secret: server.secret },
    trunks: [trunkSettings({ name: 'test', host: peer.host, port: peer.port })],
    logger,
    ...more,
  });
  world.onStop(async () => {
    await calls.close(0);
    await wire.close();
    await server.close();
  });
  return {
    server,
    wire,
    calls,
    lines,
    place() {
      const call = new TestCall();
      call.leg = calls.placeCall(
        { callRef: 'c', trunk: 'test', target: '200', sdp: OFFER, ringTimeoutMs: 20_000 },
        (event) => call.heard(event),
      );
      return call;
    },
    async connected(up) {
      await expect.poll(() => calls.health().connected, { interval: 10, timeout: 10_000 }).toBe(up);
    },
  };
}

describe('the connection to the SIP server is lost', () => {
  test('while it rings: the call fails, and others too until it is back', async () => {
    const peer = await world.peer('no-answer', { calls: 0 });
    const { wire, place, calls, connected } = await setting(peer);
    const call = place();
    await call.next('provisional');
    wire.cut();
    expect((await call.next('failed')).failure).toMatchObject({
      status: 503,
      origin: 'transport',
      sawProvisional: true,
    });
    call.leg.hangup();
    await connected(false);
    expect((await place().next('failed')).failure).toMatchObject({ status: 503, origin: 'transport' });
    expect(calls.health()).toMatchObject({ connected: false, calls: 0, lost: 1 });
    wire.mend();
    await connected(true);
    const again = place();
    await again.next('provisional');
    again.leg.hangup();
    await again.next('failed');
    expect(call.types()).toEqual(['provisional', 'failed']);
  });

  test('in a call: the call ends, what waits for an answer is told', async () => {
    const peer = await world.peer('answer', { calls: 0, args: ['-nd'] });
    const { wire, place, lines } = await setting(peer);
    const call = place();
    await call.until('answered');
    const offered = call.leg.reoffer(sdp('sendonly', 2));
    wire.cut();
    expect(await call.next('ended')).toMatchObject({ end: { by: 'dialog-lost' } });
    await expect(offered).rejects.toMatchObject({ failure: { origin: expect.stringMatching(/local|transport/) } });
    await expect(call.leg.reoffer(OFFER)).rejects.toThrow('481');
    call.leg.hangup();
    expect(lines.filter((line) => line.includes('"level":50')).length).toBe(1);
  });

  test('before anything was there', async () => {
    const { logger } = keptLog();
    const calls = await createSipCalls({
      connection: { host: '127.0.0.1', port: 1, secret: 'x' },
      trunks: [trunkSettings({ name: 'test', host: '127.0.0.1', port: 9 })],
      logger,
      connectMs: 20,
    });
    const call = new TestCall();
    calls.placeCall({ callRef: 'c', trunk: 'test', target: '200', sdp: OFFER, ringTimeoutMs: 1_000 }, (event) =>
      call.heard(event),
    );
    expect((await call.next('failed')).failure).toMatchObject({ status: 503, origin: 'transport' });
    expect(calls.health().connected).toBe(false);
    await calls.close(0);
  });

  test('a wrong secret is said in the log, and is not in it', async () => {
    const peer = { host: '127.0.0.1', port: 9 };
    const { wire, lines } = await setting(peer);
    const { logger, lines: ours } = keptLog();
    const calls = await createSipCalls({
      connection: { host: '127.0.0.1', port: wire.port, secret: 'not the secret' },
      trunks: [trunkSettings({ name: 'test', ...peer })],
      logger,
      connectMs: 300,
    });
    expect(calls.health().connected).toBe(false);
    expect(ours.join('')).toContain('check its secret');
    expect([...ours, ...lines].join('')).not.toContain('not the secret');
    await calls.close(0);
  });
});

describe('closing', () => {
  test('waits for the calls, then hangs up what is left', async () => {
    const peer = await world.peer('answer');
    const { calls, place } = await world.gateway(peer);
    const call = place();
    await call.until('answered');
    await calls.close(20);
    expect(await call.next('ended')).toMatchObject({ end: { by: 'local', q850: 16 } });
    expect((await peer.finished).passed).toBe(true);
    expect((await place().next('failed')).failure).toMatchObject({ status: 503, origin: 'local' });
  });

  test('settles at once when there is nothing to wait for', async () => {
    const { calls } = await world.gateway({ host: '127.0.0.1', port: 9 });
    await calls.close(60_000);
  });
});

describe('a network that loses and repeats', () => {
  test('every call still ends in a definite state', async () => {
    const count = 25;
    const peer = await world.peer('answer', { calls: 0, args: ['-lost', '20', '-nd'] });
    const { place, calls, server } = await world.gateway(peer, { t1Ms: 40 });
    const legs = Array.from({ length: count }, () => place({ ringTimeoutMs: 4_000 }));
    await Promise.all(
      legs.map(async (call) => {
        for (;;) {
          const event = await Promise.race([call.until('answered'), call.until('failed')]);
          if (event.type === 'answered') call.leg.hangup();
          return;
        }
      }),
    );
    await calls.close(10_000);
    for (const call of legs) expect(call.types().at(-1)).toMatch(/^(?:failed|ended)$/);
    expect(legs.filter((call) => call.types().includes('answered')).length).toBeGreaterThan(count / 2);
    expect(calls.health().calls).toBe(0);
    expect(server.counts().dialogs).toBe(0);
  });
});
