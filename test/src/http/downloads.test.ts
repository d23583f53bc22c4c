import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { createMediaLinks, downloadRoutes } from '../../../src/http/index.ts';
import { createHttpApp } from '../../../src/http/server.ts';
import type { EventId, MatrixUserId, RoomId, TextContent } from '../../../src/matrix/index.ts';
import { openStore } from '../../../src/store/index.ts';

const HOUR = 3_600_000;
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const logger = pino({ level: 'silent' });
type Media = Extract<TextContent, { kind: 'media' }>;
const cat: Media = {
  kind: 'media',
  media: 'image',
  url: 'mxc://example.org/cat',
  name: 'cat.jpg',
  mimeType: 'image/jpeg',
  bytes: 5,
};

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function world(answer: Answer = (_, response) => response.end('image')) {
  const asked: { path: string; authorization: string | undefined }[] = [];
  const homeserver: Server = createServer((request, response) => {
    asked.push({ path: request.url ?? '', authorization: request.headers.authorization });
    answer(request, response);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  homeserver.listen(0, '127.0.0.1', resolve);
  await promise;
  const store = await openStore({ path: ':memory:' });
  let now = Date.parse('2026-11-21T12:00:00Z');
  const common = { book: store.mediaLinks, maxBytes: 1_000_000, now: () => now };
  const links = createMediaLinks({
    ...common,
    baseUrl: 'https://sip.example.org',
    lifetimeMs: 168 * HOUR,
    secret: 'as-token',
  });
  const homeserverUrl = `http://127.0.0.1:${(homeserver.address() as AddressInfo).port}`;
  const app = createHttpApp({
    bodyLimit: 1_000_000,
    logger,
    mounts: [{ plugin: downloadRoutes({ ...common, homeserverUrl, token: 'as-token', logger }) }],
  });
  open.push(
    () => app.close(),
    () => store.close(),
    async () => {
      homeserver.closeAllConnections();
      homeserver.close();
    },
  );
  const link = (media: Media = cat, eventId = '$event') =>
    links.linkFor(media, {
      roomId: '!room:example.org' as RoomId,
      eventId: eventId as EventId,
      user: '@alice:example.org' as MatrixUserId,
    });
  const pathOf = async (media?: Media) => {
    const made = await link(media);
    if (made.kind !== 'link') throw new Error(made.words);
    return new URL(made.url).pathname;
  };
  const get = (path: string) => app.inject({ method: 'GET', url: path });
  return {
    asked,
    link,
    pathOf,
    get,
    store,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('links to media', () => {
  it('lead to the file, which is saved and never shown as a page', async () => {
    const { asked, pathOf, get } = await world();
    const path = await pathOf();
    expect(path).toMatch(/^\/m\/[A-Za-z0-9_-]{43}$/);
    const response = await get(path);
    expect(response.statusCode).toBe(200);
    expect(response.body).toBe('image');
    expect(response.headers).toMatchObject({
      'content-type': 'image/jpeg',
      'content-disposition': `attachment; filename="cat.jpg"; filename*=UTF-8''cat.jpg`,
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex, nofollow, noarchive',
      'cache-control': 'private, no-store',
    });
    expect(response.headers['content-security-policy']).toContain("default-src 'none'");
    expect(asked).toEqual([
      { path: '/_matrix/client/v1/media/download/example.org/cat', authorization: 'Bearer as-token' },
    ]);
  });

  it('are the same for the same event, and others for others', async () => {
    const { link } = await world();
    const [one, again, other] = [await link(), await link(), await link(cat, '$other')];
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('are not kept as they are', async () => {
    const { pathOf, store } = await world();
    const token = (await pathOf()).slice(3);
    expect(await store.mediaLinks.find(token)).toBeUndefined();
  });

  it('expire with words, and live again when the text is sent again', async () => {
    const { asked, pathOf, get, pass } = await world();
    const path = await pathOf();
    pass(168 * HOUR);
    const expired = await get(path);
    expect(expired.statusCode).toBe(410);
    expect(expired.body).toContain('This link has expired');
    expect(asked).toEqual([]);
    expect(await pathOf()).toBe(path);
    expect((await get(path)).statusCode).toBe(200);
  });

  it('are not made for files that are too large', async () => {
    const { link } = await world();
    expect(await link({ ...cat, bytes: 1_000_001 })).toEqual({
      kind: 'refused',
      words: 'It was not sent: files of more than 1 MB do not go to telephones.',
    });
  });
});

describe('downloads', () => {
  it('are of nothing but what was linked', async () => {
    const { asked, get } = await world();
    for (const path of [
      '/m/',
      '/m/x',
      `/m/${'A'.repeat(43)}`,
      '/m/..%2f..%2f_matrix',
      '/m/mxc%3A%2F%2Fexample.org%2Fcat',
    ]) {
      expect((await get(path)).statusCode, path).toBe(404);
    }
    expect(asked).toEqual([]);
  });

  it('ask homeservers that know no authenticated media the older way', async () => {
    const { asked, pathOf, get } = await world((request, response) => {
      if (request.url?.includes('/client/v1/')) response.writeHead(404).end('{"errcode":"M_UNRECOGNIZED"}');
      else response.end('image');
    });
    expect((await get(await pathOf())).body).toBe('image');
    expect(asked.map(({ path }) => path)).toEqual([
      '/_matrix/client/v1/media/download/example.org/cat',
      '/_matrix/media/v3/download/example.org/cat',
    ]);
  });

  it.each<[string, Answer, number]>([
    ['deleted', (_, response) => response.writeHead(404).end('{"errcode":"M_NOT_FOUND"}'), 404],
    ['not to be had', (_, response) => response.writeHead(500).end('oops'), 502],
    [
      'too large',
      (_, response) => response.writeHead(200, { 'content-length': 2_000_000 }).end(Buffer.alloc(2_000_000)),
      413,
    ],
  ])('say when the file is %s', async (_, answer, status) => {
    const { pathOf, get } = await world(answer);
    const response = await get(await pathOf());
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(response.body).not.toContain('oops');
  });

  it('are cut off when there is more than was said', async () => {
    const { pathOf, get } = await world((_, response) => {
      for (let i = 0; i < 20; i += 1) response.write(Buffer.alloc(100_000));
      response.end();
    });
    await expect(get(await pathOf())).rejects.toThrow();
  });

  it('never are a page of ours', async () => {
    const { pathOf, get } = await world();
    const response = await get(
      await pathOf({ ...cat, mimeType: 'text/html', name: 'x"; filename=y.html\r\nSet-Cookie: a' }),
    );
    expect(response.headers['content-type']).toBe('application/octet-stream');
    expect(response.headers['set-cookie']).toBeUndefined();
    expect(response.headers['content-disposition']).toMatch(
      /^attachment; filename="x_; filename=y\.html__Set-Cookie: a"; /,
    );
  });

  it('are limited for each link', async () => {
    const { pathOf, get } = await world();
    const path = await pathOf();
    for (let i = 0; i < 60; i += 1) expect((await get(path)).statusCode).toBe(200);
    const response = await get(path);
    expect(response.statusCode).toBe(429);
    expect(response.headers['retry-after']).toBe('60');
  });

  it('take any name', async () => {
    const { link, get } = await world();
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (name) => {
        count += 1;
        const made = await link({ ...cat, name }, `$name-${count}`);
        if (made.kind !== 'link') throw new Error(made.words);
        expect((await get(new URL(made.url).pathname)).statusCode).toBe(200);
      }),
      { numRuns: 50 },
    );
  });
});
