import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort, freePortLike } from './ports.ts';

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
