/** The first trunk fails as trunks fail, and the second carries the call: the caller notices nothing but one ring. */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createServer } from 'node:tls';
import { afterAll, describe, expect, it } from 'vitest';
import { type Baresip, startBaresip } from '../world/peers/baresip.ts';
import { startSipp } from '../world/peers/sipp.ts';
import { refuse, scenarioFile } from '../world/scenarios.ts';
import { until } from '../world/wait.ts';
import { useWorld, type WorldOptions } from '../world/world.ts';

const BARESIP_HZ = 620;

/** A trunk that is of no use. */
interface Broken {
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tls';
  /** What it has heard, in words. */
  heard(): Promise<string>;
  stop(): Promise<unknown>;
}

async function silent(): Promise<Broken> {
  const socket = createSocket('udp4');
  const heard: string[] = [];
  socket.on('message', (message) => {
    const [method = ''] = message.toString().trim().split(' ');
    // Empty: the gateway only looks whether anybody listens here.
    if (method !== '') heard.push(method);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    host: '127.0.0.1',
    port: socket.address().port,
    transport: 'udp',
    heard: () => Promise.resolve([...new Set(heard)].join()),
    stop: () => new Promise<void>((resolve) => socket.close(resolve)),
  };
}

async function overloaded(): Promise<Broken> {
  const scenario = await scenarioFile(refuse(503, 'Service Unavailable', { ring: false }));
  const sipp = await startSipp({ scenario: scenario.file, calls: 0 });
  return {
    host: sipp.host,
    port: sipp.port,
    transport: 'udp',
    heard: async () => {
      const received = (await sipp.messages()).filter(({ direction }) => direction === 'received');
      return received.map(({ startLine }) => startLine.split(' ')[0]).join();
    },
    stop: async () => {
      await sipp.stop();
      await scenario.remove();
    },
  };
}

/** Its certificate is nobody's that we trust. */
async function untrusted(): Promise<Broken> {
  const pem = (name: string): Buffer => readFileSync(path.resolve(import.meta.dirname, '../sip/server/data/tls', name));
  const heard: string[] = [];
  const server = createServer({ cert: pem('server.pem'), key: pem('server.key') }, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => heard.push(chunk.toString()));
  });
  server.on('tlsClientError', () => heard.push('refused'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    transport: 'tls',
    heard: () => Promise.resolve([...new Set(heard)].join()),
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

describe.each([
  { what: 'says nothing', start: silent, heard: /^INVITE$/ },
  { what: 'answers 503', start: overloaded, heard: /^INVITE,ACK$/ },
  { what: 'shows a certificate of nobody', start: untrusted, heard: /^refused$/ },
])('the first trunk $what', ({ start, heard }) => {
  let broken: Broken | undefined;
  let baresip: Baresip | undefined;

  const world = useWorld(async (): Promise<WorldOptions> => {
    broken = await start();
    baresip = await startBaresip({ user: '+441818118181', answer: 'manual', source: { sineHz: BARESIP_HZ } });
    const { host, port, transport } = broken;
    return {
      config: {
        trunks: [
          { name: 'first', host, port, transport, response_timeout_s: 2, keep_alive_s: 0, inbound: inbound('first') },
          { name: 'second', host: baresip.host, port: baresip.port, transport: 'udp', inbound: inbound('second') },
        ],
      },
    };
  });
  afterAll(async () => {
    await broken?.stop();
    await baresip?.stop();
  });

  it('the call goes through the second, rings once, is heard and ends', async () => {
    const user = await world.current.newUser();
    const caller = await world.current.newCaller(user);
    await caller.dial('0181 811 8181');
    await baresip?.waitForEvent('CALL_INCOMING');
    await until('the telephone to ring', () => Promise.resolve(ringing(world.current.gateway.log) === 1));
    await baresip?.command('accept');
    await caller.state('talking');
    await caller.hears(BARESIP_HZ);
    await caller.hangUp();
    await caller.state('ended');
    await baresip?.waitForEvent('CALL_CLOSED');

    expect(await broken?.heard()).toMatch(heard);
    expect(ringing(world.current.gateway.log)).toBe(1);
    expect(baresip?.events().filter(({ type }) => type === 'CALL_INCOMING')).toHaveLength(1);
    const ofCall = (await world.current.eventsOf(user)).filter(({ type }) => type.startsWith('m.call.'));
    expect(ofCall.filter(({ type }) => type === 'm.call.invite')).toHaveLength(1);
    expect(ofCall.filter(({ type }) => type === 'm.call.answer')).toHaveLength(1);
    // The caller's own: nobody else hung up on the way.
    expect(ofCall.filter(({ type }) => type === 'm.call.hangup').map(({ sender }) => sender)).toEqual([
      user.session.userId,
    ]);
  });
});

/** Both are on loopback: calls in would be told apart by their user names. */
function inbound(username: string): Record<string, string> {
  return { username, password: `the password of ${username}` };
}

/** How often a telephone was said to ring. */
function ringing(log: string): number {
  return log.split('the far side is alerting').length - 1;
}
