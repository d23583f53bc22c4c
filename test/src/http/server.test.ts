import { once } from 'node:events';
import { connect } from 'node:net';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { askHealth } from '../../../src/http/health.ts';
import {
  type HttpServer,
  ListenError,
  processMetrics,
  startHttpServer,
  statusRoutes,
} from '../../../src/http/index.ts';
import { createHttpApp } from '../../../src/http/server.ts';

const logger = pino({ level: 'silent' });

function appWith(checks: Parameters<typeof statusRoutes>[0]['checks'] = {}) {
  return createHttpApp({
    bodyLimit: 1000,
    logger,
    mounts: [
      { plugin: statusRoutes({ checks, metrics: processMetrics }) },
      {
        prefix: '/part',
        plugin: async (app) => {
          app.post('/echo', async (request) => request.body);
          app.get('/fails', async () => {
            throw new Error('the password is hunter2');
          });
          app.get('/page', async (_request, reply) =>
            reply.header('content-security-policy', "script-src 'self'").send('x'),
          );
        },
      },
    ],
  });
}

describe('errors', () => {
  it('are Matrix errors for what is not there', async () => {
    const response = await appWith().inject('/_matrix/app/v9/nothing');
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ errcode: 'M_UNRECOGNIZED' });
  });

  it.each([
    ['not JSON', '{', 'application/json', 400, 'M_NOT_JSON'],
    ['nothing', '', 'application/json', 400, 'M_NOT_JSON'],
    ['another type', '<a/>', 'application/xml', 415, 'M_NOT_JSON'],
    ['too much', `"${'x'.repeat(2000)}"`, 'application/json', 413, 'M_TOO_LARGE'],
  ])('are told for %s', async (_name, payload, type, status, errcode) => {
    const response = await appWith().inject({
      method: 'POST',
      url: '/part/echo',
      payload,
      headers: { 'content-type': type },
    });
    expect(response.statusCode).toBe(status);
    expect(response.json().errcode).toBe(errcode);
  });

  it('of ours tell nothing of the inside', async () => {
    const response = await appWith().inject('/part/fails');
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('hunter2');
    expect(response.json().errcode).toBe('M_UNKNOWN');
  });
});

describe('security headers', () => {
  it('forbid everything where a part says nothing, and leave its own policy alone', async () => {
    const app = appWith();
    const plain = await app.inject('/health/live');
    expect(plain.headers['content-security-policy']).toContain("default-src 'none'");
    expect(plain.headers['x-content-type-options']).toBe('nosniff');
    expect((await app.inject('/part/page')).headers['content-security-policy']).toBe("script-src 'self'");
  });
});

describe('health', () => {
  it('is ready when no part is down, and says how each does', async () => {
    const response = await appWith({
      store: () => ({ state: 'ok', detail: 'It answers.' }),
      homeserver: async () => ({ state: 'degraded', detail: 'It did not ping back.' }),
    }).inject('/health');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      status: 'ready',
      parts: {
        store: { state: 'ok', detail: 'It answers.' },
        homeserver: { state: 'degraded', detail: 'It did not ping back.' },
      },
    });
  });

  it('is not ready when a part is down, while the process lives', async () => {
    const app = appWith({ store: () => Promise.reject(new Error('the disk is full')) });
    const response = await app.inject('/health/ready');
    expect(response.statusCode).toBe(503);
    expect(response.json().parts.store).toEqual({ state: 'down', detail: 'the disk is full' });
    expect((await app.inject('/health/live')).statusCode).toBe(200);
  });

  it('does not hang with a part that hangs', async () => {
    const health = await askHealth({ sip: () => new Promise(() => {}) }, 1);
    expect(health.parts.sip).toEqual({ state: 'down', detail: 'It does not answer.' });
  });

  it('has figures for Prometheus', async () => {
    const { body } = await appWith().inject('/metrics');
    expect(body).toMatch(/^process_resident_memory_bytes \d+$/m);
  });
});

describe('a listener', () => {
  const open: HttpServer[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()));
  });
  const start = async (port: number) => {
    const options = { name: 'homeserver', listen: { host: '127.0.0.1', port }, bodyLimit: 1000, logger, mounts: [] };
    const server = await startHttpServer(options);
    open.push(server);
    return server;
  };

  it('listens where the system lets it, and answers', async () => {
    const { address } = await start(0);
    expect(address.port).toBeGreaterThan(0);
    expect((await fetch(`http://127.0.0.1:${address.port}/`)).status).toBe(404);
  });

  it('says in words that another program has the port', async () => {
    const { address } = await start(0);
    const second = start(address.port);
    await expect(second).rejects.toThrow(ListenError);
    await expect(second).rejects.toThrow(/another program has it/);
  });

  it('closes, though a client has sent half a request and waits', async () => {
    const server = await start(0);
    const socket = connect(server.address.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf');
    const ended = once(socket, 'close');
    socket.on('error', () => {}).resume();
    await server.close();
    await ended;
  });

  it('closes at once, though a client keeps its connection', async () => {
    const server = await start(0);
    await fetch(`http://127.0.0.1:${server.address.port}/`, { headers: { connection: 'keep-alive' } });
    await server.close();
    await expect(fetch(`http://127.0.0.1:${server.address.port}/`)).rejects.toThrow();
  });
});
