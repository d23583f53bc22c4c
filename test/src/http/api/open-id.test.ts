/** Whose OpenID token it is, by a homeserver that answers this and that. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openIdOf } from '../../../../src/http/api/index.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A homeserver that answers like this, and what it was asked. */
async function homeserver(status: number, body: unknown) {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(status, { 'content-type': 'application/json', location: '/elsewhere' });
    response.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  return { asked, whose: openIdOf({ url: `http://127.0.0.1:${port}`, domain: 'example.org' }) };
}

describe('an OpenID token', () => {
  it('is the user’s whom the homeserver names', async () => {
    const { asked, whose } = await homeserver(200, { sub: '@alice:example.org' });
    expect(await whose('a/b&c')).toBe('@alice:example.org');
    expect(asked).toEqual(['/_matrix/federation/v1/openid/userinfo?access_token=a%2Fb%26c']);
  });

  it.each([
    [200, { sub: '@alice:example.org.evil.test' }],
    [200, { sub: '@alice:evil.test' }],
    [200, { sub: 'alice:example.org' }],
    [200, { sub: 7 }],
    [200, {}],
    [401, { errcode: 'M_UNKNOWN_TOKEN' }],
  ])('is nobody’s when the answer is %i %j', async (status, body) => {
    expect(await (await homeserver(status, body)).whose('secret-token')).toBeUndefined();
  });

  it.each([
    [404, /resource “openid” or “federation”/],
    [500, /answered 500/],
    [302, /could not be asked/],
  ])('is unknown when the homeserver answers %i', async (status, words) => {
    const { whose } = await homeserver(status, {});
    await expect(whose('secret-token')).rejects.toThrow(words);
    await expect(whose('secret-token')).rejects.not.toThrow(/secret-token/);
  });

  it('is unknown when the homeserver is not there', async () => {
    const whose = openIdOf({ url: 'http://127.0.0.1:9', domain: 'example.org' });
    await expect(whose('secret-token')).rejects.toThrow(/could not be asked/);
  });
});
