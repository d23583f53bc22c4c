import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort, freePortLike, withFreshPorts } from './ports.ts';
import { ProcessError } from './process.ts';

test('a wanted port that is held for UDP is not given', async () => {
  const wanted = await freePort();
  expect(await freePortLike(wanted)).toBe(wanted);
  const holder = createSocket('udp4').bind(wanted, '127.0.0.1');
  await once(holder, 'listening');
  expect(await freePortLike(wanted)).not.toBe(wanted);
  holder.close();
});

test('a wanted port that is held for TCP is not given', async () => {
  const wanted = await freePort();
  const holder = createServer().listen(wanted, '127.0.0.1');
  await once(holder, 'listening');
  expect(await freePortLike(wanted)).not.toBe(wanted);
  holder.close();
});

test('an even port comes with its successor', async () => {
  expect((await freePort({ even: true })) % 2).toBe(0);
});

test('no port is given twice, though nobody has bound it yet', async () => {
  const ports = [];
  for (let n = 0; n < 50; n++) ports.push(await freePort());
  expect(new Set(ports).size).toBe(50);
});

test.each([
  ['the system', new Error('listen EADDRINUSE: address already in use 127.0.0.1:5060')],
  ['the gateway', new Error('The SIP server cannot listen: another program has this port.')],
  [
    'a program that prints much more afterwards',
    new ProcessError('sipp', 'ended at once', `Unable to bind main socket${'\n'.repeat(50)}`),
  ],
])('starts again on other ports when %s says that one is taken', async (_who, clash) => {
  let starts = 0;
  const start = async () => {
    if (++starts < 3) throw clash;
    return 'started';
  };
  await expect(withFreshPorts(start)).resolves.toBe('started');
});

test('starts nothing again that fails otherwise, nor for ever', async () => {
  let starts = 0;
  const fail = (message: string) => () => {
    starts++;
    return Promise.reject(new Error(message));
  };
  await expect(withFreshPorts(fail('All lines of the gateway are in use'))).rejects.toThrow('All lines');
  expect(starts).toBe(1);
  await expect(withFreshPorts(fail('address in use'))).rejects.toThrow('address in use');
  expect(starts).toBe(6);
});
