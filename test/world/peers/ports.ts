/** Ports for peers that cannot say which one the system gave them. */
import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A port of 127.0.0.1 that is free for UDP and TCP, and (`even`) whose successor is too (RTP and RTCP, SIP and SIPS). */
export async function freePort(options: { even?: boolean } = {}): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const given = await tcpPort();
    // Linux hands out ports of one parity first: the even neighbour is as free as any.
    const port = options.even ? given - (given % 2) : given;
    const wanted = options.even ? [port, port + 1] : [port];
    const free = await Promise.all(wanted.flatMap((one) => [udpIsFree(one), tcpIsFree(one)]));
    if (free.every(Boolean)) return port;
  }
  throw new Error('no free port was found in fifty attempts');
}

/**
 * Starts a peer on ports that `freePort` gives. Another process may take one in between: then it is started again on others.
 * @param start rejects with the peer's own words
 */
export async function withFreshPorts<Peer>(start: () => Promise<Peer>): Promise<Peer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      const clash = error instanceof Error && /address already in use|unable to bind|cannot bind/i.test(error.message);
      if (!clash || attempt === 5) throw error;
    }
  }
}

function tcpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address && typeof address === 'object') resolve(address.port);
        else reject(new Error('the system gave no port'));
      });
    });
  });
}

function tcpIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function udpIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
}

/** Settles when some process has bound `port`: the kernel's socket table says so, whatever the process prints. */
export async function portBound(
  protocol: 'udp' | 'tcp',
  port: number,
  options: { timeoutMs?: number; giveUp?: () => string | undefined } = {},
): Promise<void> {
  const deadline = Date.now() + (options.timeoutMs ?? 10_000);
  const needle = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  for (;;) {
    const tables = await Promise.all(
      [`/proc/net/${protocol}`, `/proc/net/${protocol}6`].map((file) => readFile(file, 'utf8').catch(() => '')),
    );
    const bound = tables.some((table) =>
      table.split('\n').some((line) => {
        const [, local, , state] = line.trim().split(/\s+/);
        // 0A is LISTEN, 07 an unconnected UDP socket.
        return local !== undefined && `${local} `.endsWith(needle) && (state === '0A' || state === '07');
      }),
    );
    if (bound) return;
    const reason = options.giveUp?.();
    if (reason !== undefined) throw new Error(reason);
    if (Date.now() > deadline) throw new Error(`${protocol} port ${port} was not bound in time`);
    await pause(5);
  }
}
