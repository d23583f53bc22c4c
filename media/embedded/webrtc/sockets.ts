/** The sockets of a call's WebRTC side: one for each local address, all on the call's port. */

import type { Socket } from 'node:dgram';
import { AddressNotAvailableError, closeUdp, openUdp } from '../udp.ts';

/** A local address with its socket. */
export interface BoundSocket {
  readonly socket: Socket;
  readonly address: string;
  readonly port: number;
}

/**
 * Opens a socket on each address. A temporary IPv6 address may have gone since it was looked up; the others serve.
 * @throws PortInUseError, AddressNotAvailableError when none of the addresses is this machine's
 */
export async function bindAll(addresses: readonly string[], port: number): Promise<BoundSocket[]> {
  const sockets: BoundSocket[] = [];
  let missing: AddressNotAvailableError | undefined;
  for (const address of addresses) {
    try {
      const socket = await openUdp(address, port);
      sockets.push({ socket, address, port: socket.address().port });
    } catch (error) {
      if (error instanceof AddressNotAvailableError) {
        missing = error;
        continue;
      }
      for (const { socket } of sockets) closeUdp(socket);
      throw error;
    }
  }
  if (missing && sockets.length === 0) throw missing;
  return sockets;
}
