/** Calls through a real proxy (Kamailio) that challenges, record-routes and forwards, to a real user agent (baresip). */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startBaresip } from '../../world/peers/baresip.ts';
import { startKamailio } from '../../world/peers/kamailio.ts';
import { received, sdp, World } from '../call/world.ts';

const credentials = { username: 'alice', password: 'open sesame' };
const auth = { ...credentials, realm: 'example.net' };

const pemFile = (name: string): string => fileURLToPath(new URL(`../server/data/tls/${name}`, import.meta.url));

import { SERVERS } from './servers.ts';

describe.each(SERVERS)('on the $name server', (server) => {
  let world: World;
  beforeEach(() => {
    world = new World(server);
  });
  afterEach(() => world.stop());

  async function baresip(options: Parameters<typeof startBaresip>[0] = {}) {
    const phone = await startBaresip(options);
    world.onStop(() => phone.stop());
    return phone;
  }

  async function kamailio(options: Parameters<typeof startKamailio>[0]) {
    const proxy = await startKamailio(options);
    world.onStop(() => proxy.stop());
    return proxy;
  }

  describe('baresip', () => {
    test('answers, is held and taken back by us, and hears us hang up', async () => {
      const phone = await baresip();
      const { place } = await world.gateway(phone);
      const call = place({ target: 'bob' });
      expect((await call.until('answered')).sdp).toContain('m=audio');
      await phone.waitForEvent('CALL_ESTABLISHED');
      expect(await call.leg.reoffer(sdp('sendonly', 2))).toMatch(/a=recvonly|a=inactive/);
      expect(await call.leg.reoffer(sdp('sendrecv', 3))).toContain('a=sendrecv');
      call.leg.hangup();
      await call.next('ended');
      await phone.waitForEvent('CALL_CLOSED');
    });

    test('holds, takes back, hangs up', async () => {
      const phone = await baresip();
      const { place } = await world.gateway(phone);
      const call = place({ target: 'bob' });
      await call.until('answered');
      await phone.waitForEvent('CALL_ESTABLISHED');
      await phone.command('hold');
      const hold = await call.next('reoffer');
      expect(hold.sdp).toMatch(/a=sendonly|a=inactive/);
      await hold.accept(sdp('recvonly', 2));
      await phone.command('resume');
      const resume = await call.next('reoffer');
      expect(resume.sdp).toContain('a=sendrecv');
      await resume.accept(sdp('sendrecv', 3));
      await phone.command('hangup');
      expect(await call.next('ended')).toMatchObject({ end: { by: 'remote' } });
    });

    test('rings and declines', async () => {
      const phone = await baresip({ answer: 'manual' });
      const { place } = await world.gateway(phone);
      const call = place({ target: 'bob' });
      await call.next('provisional');
      await phone.command('hangup');
      expect((await call.until('failed')).failure).toMatchObject({ origin: 'remote', sawProvisional: true });
    });

    test('rings and is cancelled', async () => {
      const phone = await baresip({ answer: 'manual' });
      const { place, calls } = await world.gateway(phone);
      const call = place({ target: 'bob' });
      await call.next('provisional');
      call.leg.hangup();
      await call.next('failed');
      await phone.waitForEvent('CALL_CLOSED');
      await calls.close(2_000);
    });
  });

  describe('Kamailio', () => {
    test.each([
      ['MD5', 'proxy'],
      ['MD5', 'www'],
      ['SHA-256', 'proxy'],
      ['SHA-256', 'www'],
    ] as const)('challenges by %s (%s) outside and inside the call, stays in its path', async (algorithm, kind) => {
      const phone = await baresip();
      const proxy = await kamailio({
        forwardTo: `127.0.0.1:${phone.port}`,
        auth: { ...auth, algorithm, kind, inDialog: true },
      });
      const { place } = await world.gateway(proxy, { trunk: { credentials } });
      const call = place({ target: 'bob' });
      await call.until('answered');
      expect(await call.leg.reoffer(sdp('sendonly', 2))).toMatch(/a=recvonly|a=inactive/);
      call.leg.hangup();
      await call.next('ended');
      await phone.waitForEvent('CALL_CLOSED');
      const log = proxy.output();
      for (const method of ['INVITE', 'BYE']) expect(log).toContain(`TRACE ${method} challenged`);
      // ACK and BYE came through the proxy: the route set was kept.
      expect(log).toContain('TRACE ACK -');
      expect(log.match(/TRACE INVITE challenged/g)?.length).toBeLessThanOrEqual(2);
    });

    test('the far side hangs up through it', async () => {
      const phone = await baresip();
      const proxy = await kamailio({ forwardTo: `127.0.0.1:${phone.port}`, auth: { ...auth, algorithm: 'SHA-256' } });
      const { place } = await world.gateway(proxy, { trunk: { credentials } });
      const call = place({ target: 'bob' });
      await call.until('answered');
      await phone.waitForEvent('CALL_ESTABLISHED');
      await phone.command('hangup');
      expect(await call.next('ended')).toMatchObject({ end: { by: 'remote' } });
    });

    test('by TCP to it, by UDP from it', async () => {
      const peer = await world.peer('answer');
      const proxy = await kamailio({ forwardTo: `127.0.0.1:${peer.port}`, auth: { ...auth, algorithm: 'MD5' } });
      const { place } = await world.gateway(proxy, { trunk: { credentials, transport: 'tcp' } });
      const call = place();
      await call.until('answered');
      call.leg.hangup();
      await call.next('ended');
      expect((await peer.finished).passed).toBe(true);
    });

    // A drachtio server has its own TLS settings and its own DNS.
    test.runIf(server.isEmbedded)('by TLS to it, under the name of its certificate', async () => {
      const peer = await world.peer('answer');
      const proxy = await kamailio({
        forwardTo: `127.0.0.1:${peer.port}`,
        auth: { ...auth, algorithm: 'SHA-256' },
        tls: { certificateFile: pemFile('server.pem'), keyFile: pemFile('server.key') },
      });
      const { place } = await world.gateway(
        { host: 'sip.example.test', port: 5061 },
        {
          trunk: { credentials, transport: 'tls' },
          tls: { ca: readFileSync(pemFile('ca.pem')) },
          locate: () =>
            Promise.resolve([
              { transport: 'tls', address: '127.0.0.1', port: proxy.tlsPort, serverName: 'sip.example.test' },
            ]),
        },
      );
      const call = place();
      await call.until('answered');
      call.leg.hangup();
      await call.next('ended');
      expect((await peer.finished).passed).toBe(true);
    });

    test.runIf(server.isEmbedded)('a TLS server that nobody vouches for is not spoken to', async () => {
      const peer = await world.peer('answer');
      const proxy = await kamailio({
        forwardTo: `127.0.0.1:${peer.port}`,
        tls: { certificateFile: pemFile('server.pem'), keyFile: pemFile('server.key') },
      });
      const { place } = await world.gateway(
        { host: 'another.example.test', port: 5061 },
        {
          trunk: { transport: 'tls' },
          tls: { ca: readFileSync(pemFile('ca.pem')) },
          locate: () =>
            Promise.resolve([
              { transport: 'tls', address: '127.0.0.1', port: proxy.tlsPort, serverName: 'another.example.test' },
            ]),
        },
      );
      expect((await place().next('failed')).failure).toMatchObject({ status: 503, origin: 'transport' });
      expect(proxy.output()).not.toContain('TRACE');
    });

    test('a wrong password is the failure, after two requests', async () => {
      const peer = await world.peer('answer');
      const proxy = await kamailio({ forwardTo: `127.0.0.1:${peer.port}`, auth: { ...auth, algorithm: 'MD5' } });
      const { place, log } = await world.gateway(proxy, {
        trunk: { credentials: { ...credentials, password: 'a guess' } },
      });
      expect((await place().until('failed')).failure).toMatchObject({ status: 407, origin: 'remote' });
      await proxy.waitForOutput(/TRACE INVITE -[\s\S]*TRACE INVITE -/);
      expect(proxy.output().match(/TRACE INVITE -/g)).toHaveLength(2);
      expect(log.join('')).not.toContain('a guess');
      expect(received(await peer.messages())).toEqual([]);
    });

    test('the caller gives up while it rings behind the proxy', async () => {
      const peer = await world.peer('no-answer');
      const proxy = await kamailio({ forwardTo: `127.0.0.1:${peer.port}`, auth: { ...auth, algorithm: 'SHA-256' } });
      const { place } = await world.gateway(proxy, { trunk: { credentials } });
      const call = place();
      await call.until('provisional');
      call.leg.hangup();
      expect((await call.until('failed')).failure).toMatchObject({ status: 487, origin: 'local' });
      expect((await peer.finished).passed).toBe(true);
    });
  });
});
