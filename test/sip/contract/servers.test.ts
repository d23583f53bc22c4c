/** Which servers the contract is run on, said in the list of tests; and how the environment names one. */
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { environment } from '../../world/environment.ts';
import { DRACHTIO_VARIABLE, drachtioFrom, SERVERS } from './servers.ts';

const named = SERVERS.find(({ isEmbedded }) => !isEmbedded);

test.runIf(named === undefined)(
  `only the embedded server: ${DRACHTIO_VARIABLE}=host:port:secret would name a drachtio server`,
  () => {
    expect(SERVERS.map(({ name }) => name)).toEqual(['embedded']);
  },
);

test.skipIf(named === undefined)(`the server of ${DRACHTIO_VARIABLE} takes connections`, async () => {
  const { connection } = (await named?.start({}, undefined as never)) ?? {};
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host: connection?.host, port: connection?.port ?? 0 }, () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });
});

describe(DRACHTIO_VARIABLE, () => {
  test.each([
    ['127.0.0.1:9022:cymru', { host: '127.0.0.1', port: 9022, secret: 'cymru' }],
    ['[::1]:9022:a:b', { host: '::1', port: 9022, secret: 'a:b' }],
  ])('%s', async (value, connection) => {
    expect(await drachtioFrom(value)?.start({}, undefined as never)).toMatchObject({ connection });
  });

  test('is absent or empty: none', () => {
    expect([drachtioFrom(undefined), drachtioFrom('')]).toEqual([undefined, undefined]);
  });

  test('cannot be read: the suite fails rather than skips', () => {
    expect(() => drachtioFrom('127.0.0.1:9022')).toThrow('must be host:port:secret');
  });

  test('is kept from gateways that tests start: to them it is no key', () => {
    expect(Object.keys(environment()).some((name) => name.startsWith('TRUNKLINE_TEST_'))).toBe(false);
    expect(environment().PATH).toBe(process.env.PATH);
  });
});
