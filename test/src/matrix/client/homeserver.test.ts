import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { connectHomeserver } from '../../../../src/matrix/client/homeserver.ts';
import { retryDelayMs } from '../../../../src/matrix/client/retry.ts';
import { GHOST } from '../support/side.ts';

describe('requests to the homeserver', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function answering(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void) {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => answer(request, response, body));
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return connectHomeserver(url, 'as-secret', pino({ level: 'silent' }));
  }

  const json = (response: ServerResponse, status: number, body: unknown, headers = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };

  it('carry the token as header and the ghost as parameter', async () => {
    const seen: unknown[] = [];
    const homeserver = await answering((request, response, body) => {
      seen.push(request.method, request.url, request.headers.authorization, body);
      json(response, 200, { ok: true });
    });
    const query = { dir: 'b', limit: 3 };
    const path = '/_matrix/client/v3/rooms/!r%3Ahs/messages';
    expect(await homeserver.request({ method: 'GET', path, as: GHOST, query, action: 'look' })).toEqual({ ok: true });
    const url = new URL(String(seen[1]), 'http://x');
    expect(Object.fromEntries(url.searchParams)).toEqual({ dir: 'b', limit: '3', user_id: GHOST });
    expect([seen[0], url.pathname, seen[2], seen[3]]).toEqual(['GET', path, 'Bearer as-secret', '']);
    await homeserver.request({ method: 'POST', path: '/x', action: 'post' });
    expect(seen.slice(4)).toEqual(['POST', '/x', 'Bearer as-secret', '{}']);
  });

  it.each<[string, number, unknown, Record<string, unknown>]>([
    [
      'a refusal',
      403,
      { errcode: 'M_FORBIDDEN', error: 'no' },
      { kind: 'refused', errcode: 'M_FORBIDDEN', detail: 'no' },
    ],
    [
      'a limit',
      429,
      { errcode: 'M_LIMIT_EXCEEDED', error: 'slow', retry_after_ms: 1_500 },
      { kind: 'busy', retryAfterMs: 1_500 },
    ],
    ['a fault', 500, { errcode: 'M_UNKNOWN', error: 'oops' }, { kind: 'busy', status: 500 }],
  ])('end with %s', async (_what, status, body, facts) => {
    const homeserver = await answering((_request, response) => json(response, status, body));
    await expect(homeserver.request({ method: 'GET', path: '/x', action: 'ask' })).rejects.toMatchObject({ facts });
  });

  it.each([
    [502, 'unreachable'],
    [404, 'refused'],
  ])('tell a proxy with status %i from the homeserver', async (status, kind) => {
    const homeserver = await answering((_request, response) => void response.writeHead(status).end('<html>'));
    await expect(homeserver.request({ method: 'GET', path: '/x', action: 'ask' })).rejects.toMatchObject({
      facts: { kind, status },
    });
  });

  it('end when the connection breaks, and when nothing comes', async () => {
    const broken = await answering((request) => request.socket.destroy());
    await expect(broken.request({ method: 'GET', path: '/x', action: 'ask' })).rejects.toMatchObject({
      facts: { kind: 'unreachable' },
    });
    server?.close();
    const silent = await answering(() => {});
    await expect(silent.request({ method: 'GET', path: '/x', action: 'ask', timeoutMs: 50 })).rejects.toMatchObject({
      facts: { kind: 'unreachable', detail: expect.stringContaining('TIMEDOUT') },
    });
  });

  it('put no user ID into an error: a ghost has a number in it', async () => {
    const error = {
      errcode: 'M_FORBIDDEN',
      error: `Application service has not registered this user (${GHOST}), sorry`,
    };
    const homeserver = await answering((_request, response) => json(response, 403, error));
    await expect(homeserver.request({ method: 'GET', path: '/x', action: 'ask' })).rejects.toThrow(
      'Application service has not registered this user (@…), sorry',
    );
  });

  it('never put the token into an error', async () => {
    const homeserver = await answering((_request, response) =>
      json(response, 401, { errcode: 'M_UNKNOWN_TOKEN', error: 'bad' }),
    );
    const error: unknown = await homeserver
      .request({ method: 'GET', path: '/x', action: 'ask' })
      .catch((one: unknown) => one);
    expect(`${error} ${JSON.stringify(error)} ${(error as Error).stack}`).not.toContain('as-secret');
  });
});

describe('the pause between two tries', () => {
  it('grows from a quarter of a second to half a minute', () => {
    expect([1, 2, 3, 8, 50].map((attempt) => retryDelayMs(attempt, 0))).toEqual([250, 500, 1_000, 30_000, 30_000]);
  });

  it('is as long as the homeserver asks, within reason', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.option(fc.nat()),
        (attempt, random, asked) => {
          const delay = retryDelayMs(attempt, random, asked ?? undefined);
          expect(delay).toBeLessThanOrEqual(60_000);
          expect(delay).toBeGreaterThanOrEqual(187);
          if (asked !== null && asked <= 60_000) expect(delay).toBeGreaterThanOrEqual(asked);
        },
      ),
    );
  });
});
