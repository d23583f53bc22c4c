/** Whatever is asked of whichever operation: it is done, or refused as problem details. Never is it the gateway's own trouble. */
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../../../config/index.ts';
import { operationParts } from '../../../../src/gateway-parts/index.ts';
import { API_PREFIX, apiRoutes } from '../../../../src/http/api/index.ts';
import { createHttpApp } from '../../../../src/http/server.ts';
import { OPERATIONS } from '../../../../src/operations/index.ts';
import { openStore, type Store } from '../../../../src/store/index.ts';
import { REST } from '../../../config/one-trunk.ts';
import { FakeClock, silent } from '../../call/fakes.ts';

const TOKEN = 'token-of-the-test-0123456789';
let store: Store;
let app: FastifyInstance;

beforeAll(async () => {
  store = await openStore({ path: ':memory:' });
  const trunks = [{ name: 'office', host: 'sip.example.net', rates: 'retail' }];
  const lines = [{ number: '+441632960000', users: ['@alice:example.org'] }];
  const text = stringify({ ...REST, trunks, lines, credit: { default: 'prepaid' } });
  const config = loadConfig({ file: '/etc/trunkline.yaml', text });
  const parts = operationParts({ config, store, isMember: () => false, clock: new FakeClock(), logger: silent });
  const plugin = apiRoutes({
    operations: OPERATIONS,
    parts: () => parts,
    tokens: [{ name: 'test', token: TOKEN, access: 'administrator' }],
    isAdministrator: () => false,
    logger: silent,
  });
  app = createHttpApp({ bodyLimit: 1_000_000, logger: silent, mounts: [{ prefix: API_PREFIX, plugin }] });
});
afterAll(async () => {
  await app.close();
  await store.close();
});

/** What could stand in a field: right for some, wrong for most. */
const value = fc.oneof(
  fc.constantFrom<unknown>(
    '@alice:example.org',
    '!room:example.org',
    '+441632960000',
    '+4416329600',
    '020 7946 0018',
    '12.50',
    '-0.000001',
    '999999999999.999999',
    '0',
    'on',
    'off',
    'default',
    'postpaid',
    'calls_per_hour',
    'spend_per_day',
    'GB,DE',
    'prefix,rate\n44,0.01\n',
    'prefix,rate\n44,many\n',
    '2026-03',
    '2026-13-45',
    'csv',
    'office',
    '',
    ' ',
    '../..',
    '%00',
    "'; drop table call_records; --",
    'constructor',
    '__proto__',
    null,
    true,
    -1,
    0,
    1.5,
    1e300,
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 300 }),
  fc.integer(),
  fc.array(fc.string(), { maxLength: 3 }),
  fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }),
);

/** Lone halves of characters cannot be written in a URL. */
const inUrl = (part: unknown) =>
  encodeURIComponent((typeof part === 'string' ? part : JSON.stringify(part)).toWellFormed());

describe.each(OPERATIONS.map((operation) => [operation.name, operation] as const))('%s', (_name, operation) => {
  const { method, path } = operation.http;
  const names = Object.keys(operation.input.shape);
  const fields = fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });

  it('does it, or says in words why not', async () => {
    await fc.assert(
      fc.asyncProperty(fields, fc.boolean(), async (input, isInQuery) => {
        const given: Readonly<Record<string, unknown>> = input;
        const inPath = names.filter((name) => path.includes(`{${name}}`));
        const url = inPath.reduce((text, name) => text.replace(`{${name}}`, inUrl(given[name] ?? 'x')), path);
        const rest = Object.entries(given).filter(([name]) => !inPath.includes(name));
        const hasBody = (method === 'POST' || method === 'PUT') && !isInQuery;
        const query = rest.map(([name, of]) => `${name}=${inUrl(of)}`).join('&');
        const answer = await app.inject({
          method,
          url: `${API_PREFIX}${url}${hasBody || query === '' ? '' : `?${query}`}`,
          headers: { authorization: `Bearer ${TOKEN}` },
          ...(hasBody ? { payload: Object.fromEntries(rest) } : {}),
        });
        expect([200, 400, 404, 409, 422, 503]).toContain(answer.statusCode);
        if (answer.statusCode !== 200) {
          expect(answer.headers['content-type']).toContain('application/problem+json');
          const { status, detail, title } = answer.json();
          expect([status, typeof detail, typeof title]).toEqual([answer.statusCode, 'string', 'string']);
        }
      }),
      { numRuns: 60 },
    );
  });
});
