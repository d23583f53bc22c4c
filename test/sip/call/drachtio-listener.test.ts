/** SIP servers that connect to the gateway, as drachtio does for each new call. */
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { DrachtioStack } from '../../../sip/call/drachtio.ts';
import type { DrachtioSettings } from '../../../sip/call/drachtio-settings.ts';
import { header } from '../../../sip/message/index.ts';
import {
  clock,
  events,
  eventually,
  invite,
  lastDown,
  log,
  open,
  passUntil,
  server,
  stack,
  to,
} from './servers-world.ts';

describe('servers that connect to us', () => {
  const listen = { host: '127.0.0.1', port: 0, secret: 'open sesame' };

  async function listening(more: Partial<NonNullable<DrachtioSettings['listen']>> = {}): Promise<number> {
    open({ servers: [], listen: { ...listen, ...more } });
    await eventually(() => (stack.listenPort ?? 0) > 0);
    return stack.listenPort ?? 0;
  }

  test('several at once: each brings its calls, calls go out over any, and one that goes ends its own', async () => {
    const [one, two] = [await server(), await server()];
    const port = await listening();
    const came: string[] = [];
    stack.onRequest('INVITE', (request) => {
      const callId = header(request.message, 'call-id') ?? '';
      came.push(callId);
      stack.attach(callId, () => undefined, log.logger);
      request.respond(180);
    });
    for (const [each, id] of [
      [one, 'x'],
      [two, 'y'],
    ] as const) {
      await each.call(port);
      await each.hears('authenticate open sesame');
      each.receive(`t-${id}`, 'INVITE', { To: '<sip:us@192.0.2.9>', 'Call-ID': id, CSeq: '1 INVITE' });
      await each.hears(`response 180 t-${id}`);
    }
    expect(came).toEqual(['x', 'y']);
    expect(stack.health()).toMatchObject({ connected: true, servers: [{ name: '127.0.0.1', connected: true }] });
    for (const id of ['a', 'b']) invite(id);
    await eventually(() => one.requests.length === 1 && two.requests.length === 1);
    one.cut();
    await eventually(() => events.some((event) => event.startsWith('down')));
    expect(lastDown?.had('x')).toBe(true);
    expect(lastDown?.had('y')).toBe(false);
    expect(lastDown?.isOnly).toBe(false);
    invite('c');
    await eventually(() => two.requests.length === 2);
  });

  test('a connection without calls is closed, the last of a server stays', async () => {
    const one = await server();
    const port = await listening();
    for (let count = 1; count <= 3; count++) {
      await one.call(port);
      await eventually(() => events.length === count);
    }
    const connections = (): string => stack.health().servers[0]?.detail ?? '';
    expect(connections()).toBe('127.0.0.1 has 3 connections here.');
    await passUntil(() => connections() === '127.0.0.1 has one connection here.', 30_000, 10);
    await clock.pass(600_000);
    expect(stack.connected).toBe(true);
    // Calls go over the one that is left, each of them.
    for (const id of ['a', 'b', 'c', 'd']) invite(id);
    await eventually(() => one.requests.length === 4);
  });

  test('nobody else may: the secret is not said to strangers', async () => {
    const port = await listening({ allowFrom: ['192.0.2.0/24', '2001:db8::1'] });
    const said: string[] = [];
    await new Promise<void>((resolve) => {
      const stranger = connect({ port, host: '127.0.0.1' });
      stranger.on('data', (chunk) => said.push(String(chunk)));
      stranger.on('error', () => undefined);
      stranger.on('close', () => resolve());
    });
    expect(said).toEqual([]);
    expect(log.lines.join()).toContain('not allowed from there');
    expect(stack.connected).toBe(false);
  });

  test('a network that is none is a mistake in the settings', () => {
    const made = (): DrachtioStack =>
      new DrachtioStack({
        settings: { servers: [], listen: { ...listen, allowFrom: ['the office'] } },
        logger: log.logger,
        clock,
      });
    expect(made).toThrow('the office is neither an address nor a network');
    open({ servers: [] });
  });

  test('the port is taken: it is said, and nothing else stops', async () => {
    const one = await server();
    open({ servers: [to(one)], listen: { ...listen, port: one.port } });
    await eventually(() => log.lines.some((line) => line.includes('SIP servers cannot connect to the gateway')));
    await eventually(() => stack.connected);
  });
});
