/** Ports for servers that must be told their port before they start. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

async function tcpPort(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');
  return address.port;
}

async function udpPort(port: number): Promise<number> {
  const socket = createSocket('udp4').bind(port, '127.0.0.1');
  await once(socket, 'listening');
  const bound = socket.address().port;
  socket.close();
  await once(socket, 'close');
  return bound;
}

/** A port of 127.0.0.1 that is free now; a server may lose it to another in between, so that a start may need a second try. */
export async function freePort(kind: 'tcp' | 'udp'): Promise<number> {
  return kind === 'tcp' ? tcpPort(0) : udpPort(0);
}

/** `wanted` when it is free, otherwise some free port. */
export async function freePortLike(kind: 'tcp' | 'udp', wanted: number): Promise<number> {
  try {
    return await (kind === 'tcp' ? tcpPort(wanted) : udpPort(wanted));
  } catch {
    return freePort(kind);
  }
}
