import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashOf, IdentityServer } from '../../../../src/matrix/lookups/identity-server.ts';

const NUMBER = '+18005552067';
const ALICE = '@alice:example.org';

/** An identity server as the specification has it. */
class Registry {
  readonly asked: { readonly path: string; readonly authorization: string | undefined; readonly body: unknown }[] = [];
  readonly users = new Map<string, string>();
  pepper = 'matrixrocks';
  algorithms = ['none', 'sha256'];
  refusal: { readonly status: number; readonly body: unknown } | undefined;
  #server: Server | undefined;

  async start(): Promise<string> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const body: unknown = text === '' ? undefined : JSON.parse(text);
        this.asked.push({ path: request.url ?? '', authorization: request.headers.authorization, body });
        const { status, body: answer } = this.refusal ?? this.#answer(request.url ?? '', body);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #answer(path: string, body: unknown): { readonly status: number; readonly body: unknown } {
    if (path.endsWith('/hash_details')) {
      return { status: 200, body: { lookup_pepper: this.pepper, algorithms: this.algorithms } };
    }
    const { pepper, addresses } = body as { pepper: string; addresses: string[] };
    if (pepper !== this.pepper) return { status: 400, body: { errcode: 'M_INVALID_PEPPER', error: 'no' } };
    const hashed = [...this.users].map(([digits, user]) => [
      createHash('sha256').update(`${digits} msisdn ${pepper}`).digest('base64url'),
      user,
    ]);
    return {
      status: 200,
      body: { mappings: Object.fromEntries(hashed.filter(([hash]) => addresses.includes(hash ?? ''))) },
    };
  }

  lookups(): number {
    return this.asked.filter(({ path }) => path.endsWith('/lookup')).length;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.#server?.close(() => resolve()));
  }
}

describe('the hash of a number', () => {
  it('is that of the specification', () => {
    // Matrix specification, identity service, "Hashing": the example for 18005552067.
    expect(hashOf(NUMBER, 'matrixrocks')).toBe('nlo35_T5fzSGZzJApqu8lgIudJvmOQtDaHtr-I4rU7I');
  });
});

describe('an identity server', () => {
  let registry: Registry;
  let now: number;
  let server: IdentityServer;
  beforeEach(async () => {
    registry = new Registry();
    now = 1_000;
    const clock = { now: () => now, after: () => () => undefined };
    server = new IdentityServer({ url: await registry.start(), token: 'secret', cacheMs: 60_000, clock });
  });
  afterEach(() => registry.stop());

  it('is asked with the hash alone, and says who has the number', async () => {
    registry.users.set('18005552067', ALICE);
    expect(await server.userOf(NUMBER)).toBe(ALICE);
    const lookup = registry.asked.at(-1);
    expect(lookup).toEqual({
      path: '/_matrix/identity/v2/lookup',
      authorization: 'Bearer secret',
      body: { addresses: [hashOf(NUMBER, 'matrixrocks')], algorithm: 'sha256', pepper: 'matrixrocks' },
    });
    expect(JSON.stringify(lookup)).not.toContain('18005552067');
  });

  it('is not asked again while its answer counts, whatever it was', async () => {
    expect(await server.userOf(NUMBER)).toBeUndefined();
    registry.users.set('18005552067', ALICE);
    expect(await server.userOf(NUMBER)).toBeUndefined();
    now += 60_001;
    expect(await server.userOf(NUMBER)).toBe(ALICE);
    expect(registry.lookups()).toBe(2);
  });

  it('is asked once when two want to know at once', async () => {
    registry.users.set('18005552067', ALICE);
    expect(await Promise.all([server.userOf(NUMBER), server.userOf(NUMBER)])).toEqual([ALICE, ALICE]);
    expect(registry.lookups()).toBe(1);
  });

  it('may change its pepper', async () => {
    await server.userOf('+441818118181');
    registry.pepper = 'another';
    registry.users.set('18005552067', ALICE);
    expect(await server.userOf(NUMBER)).toBe(ALICE);
  });

  it.each([['not a user'], ['@alice'], ['']])('that answers “%s” names nobody', async (answer) => {
    registry.users.set('18005552067', answer);
    expect(await server.userOf(NUMBER)).toBeUndefined();
  });

  it.each<[string, (registry: Registry) => void, RegExp]>([
    [
      'refuses the token',
      (of) => (of.refusal = { status: 401, body: { errcode: 'M_UNAUTHORIZED', error: 'no' } }),
      /identity\.token/,
    ],
    ['has no hashes', (of) => (of.algorithms = ['none']), /sha256/],
    ['speaks no Matrix', (of) => (of.refusal = { status: 502, body: 'down' }), /502/],
  ])('that %s is told of, without the number or the token', async (_title, spoil, words) => {
    spoil(registry);
    const error = await server.userOf(NUMBER).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'IdentityServerError', message: expect.stringMatching(words) });
    expect(String(error)).not.toMatch(/secret|5552067/);
  });

  it('that is away is asked again the next time', async () => {
    registry.refusal = { status: 503, body: {} };
    await expect(server.userOf(NUMBER)).rejects.toThrow();
    registry.refusal = undefined;
    registry.users.set('18005552067', ALICE);
    expect(await server.userOf(NUMBER)).toBe(ALICE);
  });
});
