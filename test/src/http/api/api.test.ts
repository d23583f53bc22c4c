/** The provisioning API around operations of its own: who gets in, what is read, what is answered. */
import { PassThrough } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { API_PREFIX, type ApiOptions, apiRoutes } from '../../../../src/http/api/index.ts';
import { createHttpApp } from '../../../../src/http/server.ts';
import { type Caller, type Operation, OperationError, type OperationParts } from '../../../../src/operations/index.ts';
import { operation, ownOperation } from '../../../../src/operations/operation.ts';

const ADMIN = 'admin-token-0123456789abcdef';
const READER = 'reader-token-0123456789abcdef';
const ALICE = '@alice:example.org';

interface Seen {
  readonly caller: Caller;
  readonly key: string;
  readonly input: unknown;
}

/** An API around some operations, and what they were asked. */
function house(options: Partial<ApiOptions> = {}) {
  const seen: Seen[] = [];
  let nowMs = 1_000_000;
  const log = new PassThrough();
  const answers: (() => Promise<void>)[] = [];
  const show = ownOperation({
    name: 'thing.show',
    summary: 'shows a thing',
    changes: false,
    input: { most: z.int().max(50).default(5), kinds: z.array(z.string()).optional(), all: z.boolean().optional() },
    output: z.object({ user: z.string(), most: z.number() }),
    http: { method: 'GET', path: '/users/{user}/things' },
    words: () => '',
    async run({ caller, key, user }, input) {
      seen.push({ caller, key, input });
      return { user, most: input.most };
    },
  });
  const give = operation({
    name: 'thing.give',
    summary: 'gives a thing',
    access: 'administrator',
    changes: true,
    input: z.object({ user: z.string(), amount: z.string().regex(/^\d+$/, 'a number') }),
    output: z.object({ given: z.string() }),
    http: { method: 'POST', path: '/users/{user}/things' },
    words: () => '',
    async run({ caller, key }, input) {
      seen.push({ caller, key, input });
      await answers.shift()?.();
      if (input.amount === '13') throw new OperationError('conflict', 'There are no thirteen.');
      if (input.amount === '14') throw new Error('the password is hunter2');
      return { given: `${input.amount} (${seen.length})` };
    },
  });
  const take = operation({
    name: 'thing.import',
    summary: 'takes a file',
    access: 'administrator',
    changes: true,
    input: z.object({ deck: z.string(), file: z.string() }),
    output: z.object({ lines: z.number() }),
    http: { method: 'PUT', path: '/things' },
    command: { names: ['things'], usage: [], file: 'file', read: () => undefined },
    words: () => '',
    run: async (_context, { file }) => ({ lines: file.trim().split('\n').length }),
  });
  const exported = operation({
    name: 'thing.export',
    summary: 'gives all things',
    access: 'read',
    changes: false,
    input: z.object({ rows: z.int() }),
    output: z.object({}),
    http: { method: 'GET', path: '/things' },
    words: () => '',
    run: async () => ({}),
    download: (_context, { rows }) => ({
      mediaType: 'text/csv',
      fileName: 'things".csv',
      chunks: (async function* () {
        for (let row = 0; row < rows; row++) yield `${row}\n`;
      })(),
    }),
  });
  const app = createHttpApp({
    bodyLimit: 10_000,
    logger: pino({ level: 'info' }, log),
    mounts: [
      {
        prefix: API_PREFIX,
        plugin: apiRoutes({
          operations: [show, give, take, exported] as readonly Operation[],
          parts: () => ({ now: () => nowMs }) as OperationParts,
          tokens: [
            { name: 'billing', token: ADMIN, access: 'administrator' },
            { name: 'wall', token: READER, access: 'read' },
          ],
          isAdministrator: (user) => user === '@admin:example.org',
          logger: pino({ level: 'info' }, log),
          ...options,
        }),
      },
    ],
  });
  const ask = (url: string, headers: Record<string, string> = { authorization: `Bearer ${ADMIN}` }) =>
    app.inject({ url: `${API_PREFIX}${url}`, headers });
  const post = (url: string, payload: unknown, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url: `${API_PREFIX}${url}`,
      headers: { authorization: `Bearer ${ADMIN}`, ...headers },
      payload: payload as object,
    });
  return {
    app,
    ask,
    post,
    seen,
    answers,
    pass: (ms: number) => {
      nowMs += ms;
    },
    logged: async () => {
      log.end();
      return textOf(log);
    },
  };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const things = `/users/${encodeURIComponent(ALICE)}/things`;

describe('who asks', () => {
  it('is a program with a token, which has what its access allows', async () => {
    const { ask, post, seen } = house();
    expect((await ask(things)).json()).toEqual({ user: ALICE, most: 5 });
    expect((await ask(things, bearer(READER))).statusCode).toBe(200);
    expect(seen.map(({ caller }) => caller)).toEqual([
      { kind: 'token', name: 'billing', access: 'administrator' },
      { kind: 'token', name: 'wall', access: 'read' },
    ]);
    const refused = await post(things, { amount: '5' }, bearer(READER));
    expect(refused.statusCode).toBe(403);
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(refused.json()).toEqual({
      type: '/_trunkline/v1/problems/forbidden',
      title: 'Not allowed',
      status: 403,
      detail: 'Only administrators may do this.',
    });
  });

  it('is a user with an OpenID token, for what is their own', async () => {
    const asked: string[] = [];
    const { ask, post, pass } = house({
      openId: async (token) => {
        asked.push(token);
        return token === 'of-alice' ? ALICE : token === 'of-admin' ? '@admin:example.org' : undefined;
      },
    });
    const alice = { authorization: 'MatrixOpenID of-alice' };
    expect((await ask(things, alice)).statusCode).toBe(200);
    expect((await ask('/users/@bob:example.org/things', alice)).statusCode).toBe(403);
    expect((await post(things, { amount: '5' }, alice)).statusCode).toBe(403);
    expect((await post(things, { amount: '5' }, { authorization: 'matrixopenid of-admin' })).statusCode).toBe(200);
    expect((await ask(things, { authorization: 'MatrixOpenID other' })).statusCode).toBe(401);
    // The homeserver is asked again after a while: users leave.
    expect(asked).toEqual(['of-alice', 'of-admin', 'other']);
    pass(300_000);
    await ask(things, alice);
    expect(asked.at(-1)).toBe('of-alice');
    expect(asked).toHaveLength(4);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['nothing', {}, /no Authorization header/],
    ['another scheme', { authorization: 'Basic YTpi' }, /must be “Bearer” or “MatrixOpenID”/],
    ['an empty token', { authorization: 'Bearer ' }, /must be/],
    ['a wrong token', bearer('wrong'), /not known, or is no longer good/],
    ['an OpenID token as a program', bearer('of-alice'), /not known/],
    ['a program’s token as a user', { authorization: `MatrixOpenID ${ADMIN}` }, /Users are not let in here/],
  ])('is sent away with %s', async (_name, headers, words) => {
    const { ask, seen } = house();
    const response = await ask(things, headers);
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toContain('Bearer');
    expect(response.json().detail).toMatch(words);
    expect(seen).toEqual([]);
  });

  it('is not asked twice in a row: wrong tokens of one address are slowed down, right ones never', async () => {
    const { app, ask, pass } = house();
    for (let count = 0; count < 10; count++) expect((await ask(things, bearer('wrong'))).statusCode).toBe(401);
    const refused = await ask(things, bearer('wrong'));
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '60']);
    expect((await ask(things)).statusCode).toBe(200);
    const elsewhere = await app.inject({
      url: `${API_PREFIX}${things}`,
      headers: bearer('wrong'),
      remoteAddress: '192.0.2.1',
    });
    expect(elsewhere.statusCode).toBe(401);
    pass(60_000);
    expect((await ask(things, bearer('wrong'))).statusCode).toBe(401);
  });

  it('is told when the homeserver cannot be asked', async () => {
    const { ask } = house({ openId: () => Promise.reject(new Error('down')) });
    const response = await ask(things, { authorization: 'MatrixOpenID any' });
    expect(response.statusCode).toBe(503);
    expect(response.json().detail).toBe('The homeserver cannot be asked who you are.');
  });

  it('waits until the gateway has started', async () => {
    expect((await house({ parts: () => undefined }).ask(things)).statusCode).toBe(503);
  });
});

describe('a page of elsewhere', () => {
  it('may ask, with a token and never with a cookie', async () => {
    const { app, ask } = house();
    const preflight = await app.inject({
      method: 'OPTIONS',
      url: `${API_PREFIX}${things}`,
      headers: { origin: 'https://widget.example.org', 'access-control-request-method': 'POST' },
    });
    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'Authorization, Content-Type, Idempotency-Key',
    });
    expect(preflight.headers).not.toHaveProperty('access-control-allow-credentials');
    expect((await ask(things)).headers['access-control-allow-origin']).toBe('*');
    expect((await ask(things, {})).headers['access-control-allow-origin']).toBe('*');
  });
});

describe('what is asked', () => {
  it('is read from path, query and body', async () => {
    const { ask, post, seen } = house();
    await ask(`${things}?most=7&kinds=a,b&kinds=c&all=true`);
    await post(things, { amount: '5' });
    expect(seen.map(({ input }) => input)).toEqual([
      { most: 7, kinds: ['a', 'b', 'c'], all: true },
      { user: ALICE, amount: '5' },
    ]);
  });

  it.each<[string, string, RegExp, unknown]>([
    ['a number that is none', `${things}?most=many`, /“most” must be/, [{ field: 'most', detail: expect.any(String) }]],
    [
      'a number that is too large',
      `${things}?most=51`,
      /“most” must be/,
      [{ field: 'most', detail: expect.any(String) }],
    ],
    [
      'a field that is not known',
      `${things}?mots=7`,
      /“mots” is not known here. Known: user, most/,
      [{ field: 'mots', detail: 'is not known here' }],
    ],
    ['a field twice', `${things}?user=%40bob%3Ab`, /“user” is given twice/, expect.anything()],
    ['a user ID that is none', '/users/alice/things', /“user” must be a Matrix ID/, expect.anything()],
  ])('is refused: %s', async (_name, url, words, errors) => {
    const response = await house().ask(url);
    expect(response.statusCode).toBe(422);
    expect(response.json()).toMatchObject({ type: '/_trunkline/v1/problems/invalid', errors });
    expect(response.json().detail).toMatch(words);
  });

  it.each<[string, string, string, number]>([
    ['no JSON', '{', 'application/json', 400],
    ['a list', '[]', 'application/json', 400],
    ['another type', '<a/>', 'application/xml', 400],
    ['too much', JSON.stringify({ amount: 'x'.repeat(20_000) }), 'application/json', 413],
  ])('is refused as a body: %s', async (_name, payload, type, status) => {
    const response = await house().post(things, payload, { 'content-type': type });
    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({ status, type: expect.stringContaining('/problems/') });
  });

  it('is a file as it is, or in JSON', async () => {
    const { app } = house();
    const put = (url: string, payload: string, type: string) =>
      app.inject({
        method: 'PUT',
        url: `${API_PREFIX}${url}`,
        headers: { ...bearer(ADMIN), 'content-type': type },
        payload,
      });
    const rows = 'prefix,price\n'.repeat(2_000);
    expect((await put('/things?deck=a', rows, 'text/csv; charset=utf-8')).json()).toEqual({ lines: 2_000 });
    expect((await put('/things', JSON.stringify({ deck: 'a', file: 'a\nb' }), 'application/json')).json()).toEqual({
      lines: 2,
    });
  });

  it('is found nowhere else', async () => {
    const response = await house().ask('/nothing');
    expect(response.statusCode).toBe(404);
    expect(response.json().detail).toContain('openapi.json');
  });
});

describe('what is answered', () => {
  it('is a problem in words where it was not done, without what only the log may know', async () => {
    const { post, logged } = house();
    const conflict = await post(things, { amount: '13' });
    expect(conflict.statusCode).toBe(409);
    expect(conflict.json().detail).toBe('There are no thirteen.');
    const trouble = await post(things, { amount: '14' });
    expect(trouble.statusCode).toBe(500);
    expect(trouble.body).not.toContain('hunter2');
    expect(await logged()).toContain('hunter2');
  });

  it('says who did what in the log', async () => {
    const { ask, post, logged } = house();
    await ask(things);
    await post(things, { amount: '5' });
    expect((await logged()).match(/thing\.\w+ was done/g)).toEqual(['thing.give was done']);
  });

  it('is streamed where it is long', async () => {
    const response = await house().ask('/things?rows=3000', bearer(READER));
    expect(response.headers).toMatchObject({
      'content-type': 'text/csv',
      'content-disposition': 'attachment; filename="things_.csv"',
      'cache-control': 'no-store',
    });
    expect(response.body.split('\n')).toHaveLength(3001);
    expect((await house().ask('/things?rows=many', bearer(READER))).statusCode).toBe(422);
  });

  it('explains each kind of problem', async () => {
    const response = await house().ask('/problems/conflict', {});
    expect(response.json()).toMatchObject({ status: 409, about: expect.stringMatching(/^Such as/) });
    expect((await house().ask('/problems/constructor', {})).statusCode).toBe(404);
  });
});

describe('a repeat with the same Idempotency-Key', () => {
  const key = { 'idempotency-key': 'order-17' };

  it('gets the first answer, and nothing is done twice', async () => {
    const { post, seen, pass } = house();
    const first = await post(things, { amount: '5' }, key);
    const second = await post(things, { amount: '5' }, key);
    expect([second.statusCode, second.body]).toEqual([200, first.body]);
    expect(seen.map((one) => one.key)).toEqual(['api token billing order-17']);
    // What is remembered longer than that is up to the books.
    pass(24 * 3_600_000);
    await post(things, { amount: '5' }, key);
    expect(seen.map((one) => one.key)).toEqual(Array(2).fill('api token billing order-17'));
  });

  it('is another request for somebody else, and without a key each is its own', async () => {
    const openId = async () => '@admin:example.org';
    const { post, seen } = house({ openId });
    await post(things, { amount: '5' }, key);
    await post(things, { amount: '5' }, { ...key, authorization: 'MatrixOpenID x' });
    await post(things, { amount: '5' });
    await post(things, { amount: '5' });
    expect(new Set(seen.map((one) => one.key)).size).toBe(4);
  });

  it('is refused when it asks for something else', async () => {
    const { post, seen } = house();
    await post(things, { amount: '5' }, key);
    const other = await post(things, { amount: '6' }, key);
    expect([other.statusCode, other.json().type]).toEqual([422, '/_trunkline/v1/problems/key-reused']);
    expect(seen).toHaveLength(1);
  });

  it('is told to wait while the first is being done', async () => {
    const { post, seen, answers } = house();
    const gate = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    answers.push(() => {
      entered.resolve();
      return gate.promise;
    });
    const first = post(things, { amount: '5' }, key);
    await entered.promise;
    const second = await post(things, { amount: '5' }, key);
    expect([second.statusCode, second.json().type]).toEqual([409, '/_trunkline/v1/problems/key-in-use']);
    gate.resolve();
    expect((await first).statusCode).toBe(200);
    expect(seen).toHaveLength(1);
  });

  it('is done again when it had failed', async () => {
    const { post, seen } = house();
    expect((await post(things, { amount: '14' }, key)).statusCode).toBe(500);
    expect((await post(things, { amount: '14' }, key)).statusCode).toBe(500);
    expect(seen).toHaveLength(2);
  });

  it.each(['', 'a b', 'x'.repeat(129)])('is refused with a key such as %j', async (bad) => {
    expect((await house().post(things, { amount: '5' }, { 'idempotency-key': bad })).statusCode).toBe(422);
  });
});
