/** Ports for servers that must be told their port before they start. */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { ProcessError } from './process.ts';

/**
 * Below the ports that Linux hands out by itself (32768 and up), so that no connection of another program takes one between the
 * look and the start; above the media ports of the tests.
 */
const FIRST = 28_000;
const LAST = 32_766;

/** Where this process looks next: it never gives the same port to two servers that have not started yet. */
let next = randomInt(FIRST, LAST);

function nextPort(even: boolean): number {
  const port = even ? next + (next % 2) : next;
  next = port + (even ? 2 : 1);
  if (next > LAST) next = FIRST;
  return port;
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

/** Whether nobody has bound this port of 127.0.0.1, neither for UDP nor for TCP. */
async function isFree(port: number): Promise<boolean> {
  return (await udpIsFree(port)) && (await tcpIsFree(port));
}

/**
 * A port of 127.0.0.1 that is free now, for UDP and for TCP (a SIP server listens on both); a server may lose it to another in
 * between: `withFreshPorts` tries again.
 * @param options.even an even port whose successor is free as well (RTP and RTCP, SIP and SIPS)
 */
export async function freePort(options: { readonly even?: boolean } = {}): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = nextPort(options.even === true);
    if ((await isFree(port)) && (!options.even || (await isFree(port + 1)))) return port;
  }
  throw new Error(`no free port was found between ${FIRST} and ${LAST}`);
}

/** `wanted` when it is free, otherwise some free port. */
export async function freePortLike(wanted: number): Promise<number> {
  return (await isFree(wanted)) ? wanted : freePort();
}

/** How programs say that somebody else has their port: the system's words, SIPp's, and those of Trunkline. */
const CLASH = /EADDRINUSE|address (already )?in use|unable to bind|cannot bind|another program has/i;

/**
 * Starts what needs ports that `freePort` gives; it is started again on others when another process was faster at one.
 * @param start asks for its ports itself, and rejects with the program's own words
 */
export async function withFreshPorts<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      const words = error instanceof ProcessError ? error.output : String(error);
      if (attempt === 5 || !CLASH.test(words)) throw error;
    }
  }
}
