/** UDP sockets for media. */

import { createSocket, type Socket } from 'node:dgram';

/** The port is taken by somebody else; the engine tries another. */
export class PortInUseError extends Error {
  readonly port: number;
  constructor(port: number, options?: ErrorOptions) {
    super(`UDP port ${port} is in use`, options);
    this.name = 'PortInUseError';
    this.port = port;
  }
}

/** The address is not this machine's (any more). */
export class AddressNotAvailableError extends Error {
  constructor(address: string, options?: ErrorOptions) {
    super(`${address} is not an address of this machine: check the bind addresses of the media`, options);
    this.name = 'AddressNotAvailableError';
  }
}

/**
 * Opens a socket that sends to numeric addresses only. The lookup answers at once: Node's own one costs a turn of the event
 * loop for each packet even when there is nothing to look up.
 * @throws PortInUseError, AddressNotAvailableError
 */
export function openUdp(address: string, port: number): Promise<Socket> {
  const isIpv6 = address.includes(':');
  const socket = createSocket({
    type: isIpv6 ? 'udp6' : 'udp4',
    ipv6Only: isIpv6,
    lookup: (host, _options, callback) => callback(null, host, isIpv6 ? 6 : 4),
  });
  return new Promise((resolve, reject) => {
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      socket.close();
      if (cause.code === 'EADDRINUSE') reject(new PortInUseError(port, { cause }));
      else if (cause.code === 'EADDRNOTAVAIL') reject(new AddressNotAvailableError(address, { cause }));
      else reject(cause);
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      // A peer that is unreachable for a moment must not end the call; the media timeout decides.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

/** Closes a socket; harmless when it is closed already. */
export function closeUdp(socket: Socket): void {
  try {
    socket.close();
  } catch {
    // Not running.
  }
}
