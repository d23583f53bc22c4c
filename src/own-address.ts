/** Which address of this machine the far side sees, when nobody said so. */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

/** Any port will do: nothing is sent. */
const DISCARD_PORT = 9;

/**
 * The address that packets to `host` leave from, as the system's routes say; the first address of the machine when the
 * name cannot be resolved or there is no route.
 */
export async function ownAddressTowards(host: string): Promise<string> {
  try {
    return await routeTowards(host);
  } catch {
    return firstAddress(networkInterfaces());
  }
}

/**
 * The address that packets to `host` leave from now.
 * @throws the system's error when the name cannot be resolved or there is no route
 */
export async function routeTowards(host: string): Promise<string> {
  return routedAddress((await lookup(host)).address);
}

/** Connecting a UDP socket sends nothing; it makes the system choose a local address. */
async function routedAddress(remote: string): Promise<string> {
  const socket = createSocket(isIPv6(remote) ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(DISCARD_PORT, remote, resolve);
    });
    return socket.address().address;
  } finally {
    socket.close();
  }
}

/** IPv4 before IPv6, anything before loopback. */
export function firstAddress(interfaces: NodeJS.Dict<readonly NetworkInterfaceInfo[]>): string {
  const outside = Object.values(interfaces).flatMap((entries) => (entries ?? []).filter(({ internal }) => !internal));
  const best =
    outside.find(({ family }) => family === 'IPv4') ?? outside.find(({ address }) => !address.startsWith('fe80'));
  return best?.address ?? '127.0.0.1';
}
