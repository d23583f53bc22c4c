import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { dialer } from '../../../../src/http/dialer/index.ts';

async function app() {
  const server = Fastify();
  await server.register(dialer({ homeserverUrl: 'https://matrix.example.org', gatewayUsers: ['@_sip_'] }), {
    prefix: '/dialer',
  });
  return server;
}

describe('serving the dialer', () => {
  it('tells the page where the homeserver is', async () => {
    const reply = await (await app()).inject('/dialer/config.json');
    expect(reply.json()).toEqual({ homeserverUrl: 'https://matrix.example.org', gatewayUsers: ['@_sip_'] });
  });

  it('leads to the address with a slash, from which the page finds its files', async () => {
    const reply = await (await app()).inject('/dialer?x=1');
    expect(reply.statusCode).toBe(308);
    expect(reply.headers.location).toBe('/dialer/');
  });

  it('lets no script run but its own, and nobody frame the page', async () => {
    const reply = await (await app()).inject('/dialer/dialer.css');
    expect(reply.statusCode).toBe(200);
    expect(reply.headers['content-type']).toBe('text/css; charset=utf-8');
    const policy = String(reply.headers['content-security-policy']);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
  });

  it.each(['/dialer/app/main.ts', '/dialer/../index.ts', '/dialer/%2e%2e/index.ts', '/dialer/constructor'])(
    'gives nothing but the files of the page: %s',
    async (url) => {
      expect((await (await app()).inject(url)).statusCode).toBe(404);
    },
  );
});
