import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { ParseLimits } from '../../message/index.ts';
import { isKeepAlive, parseMessage, SipParseError } from '../../message/index.ts';
import type { Arrival, Flow, LocalPoint } from './types.ts';
import { plainAddress } from './types.ts';
import { UdpProbes } from './udp-probe.ts';

/** Room for a burst while the thread is busy; the system may grant less. */
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

/** A UDP socket that SIP messages come and go on (RFC 3261 §18). */
export class UdpListener {
  readonly #socket: Socket;
  readonly #probes: UdpProbes;
  readonly #arrived: (arrival: Arrival) => void;
  readonly #limits: ParseLimits;
  #local: LocalPoint;

  private constructor(socket: Socket, local: LocalPoint, limits: ParseLimits, arrived: (arrival: Arrival) => void) {
    this.#socket = socket;
    this.#probes = new UdpProbes(local.host);
    this.#local = local;
    this.#limits = limits;
    this.#arrived = arrived;
  }

  /** @throws the system's error when the address cannot be bound */
  static async open(
    wanted: LocalPoint,
    limits: ParseLimits,
    arrived: (arrival: Arrival) => void,
    failed: (error: Error) => void,
  ): Promise<UdpListener> {
    const family = isIPv6(wanted.host) ? 6 : 4;
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      // Each family has a listener of its own; `::` must not take the other's port.
      ipv6Only: family === 6,
      // Only addresses are sent to, so there is nothing to look up, and no tick is lost.
      lookup: (address, _options, callback) => callback(null, address, family),
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ address: wanted.host, port: wanted.port, exclusive: true }, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    const port = socket.address().port;
    const local = { ...wanted, port, advertisedPort: wanted.advertisedPort === 0 ? port : wanted.advertisedPort };
    const listener = new UdpListener(socket, local, limits, arrived);
    socket.on('error', failed);
    socket.on('message', (bytes, from) => listener.#read(bytes, plainAddress(from.address), from.port));
    growBuffers(socket);
    return listener;
  }

  get local(): LocalPoint {
    return this.#local;
  }

  flowTo(address: string, port: number): Flow {
    return new UdpFlow(this.#socket, this.#probes, this.#local, address, port);
  }

  close(): Promise<void> {
    this.#probes.close();
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  #read(bytes: Buffer, address: string, port: number): void {
    if (isKeepAlive(bytes) || !mayBeSip(bytes)) return;
    const flow = this.flowTo(address, port);
    try {
      this.#arrived({ type: 'message', message: parseMessage(bytes, this.#limits), bytes: bytes.length, flow });
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.#arrived({ type: 'invalid', error, flow });
    }
  }
}

/** STUN, RTP and noise begin with a byte that no method and no blank line does; they are dropped unread. */
function mayBeSip(bytes: Buffer): boolean {
  const first = bytes[0] ?? 0;
  return first >= 0x0a && first < 0x7f;
}

function growBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
    socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
  } catch {
    // The system's own size will do.
  }
}

class UdpFlow implements Flow {
  readonly transport = 'udp';
  readonly reliable = false;
  readonly local: LocalPoint;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #socket: Socket;
  readonly #probes: UdpProbes;

  constructor(socket: Socket, probes: UdpProbes, local: LocalPoint, address: string, port: number) {
    this.#socket = socket;
    this.#probes = probes;
    this.local = local;
    this.remoteAddress = address;
    this.remotePort = port;
  }

  probe(refused: (error: Error) => void): () => void {
    return this.#probes.ask(this.remoteAddress, this.remotePort, refused);
  }

  send(bytes: Buffer, onError: (error: Error) => void): void {
    try {
      this.#socket.send(bytes, this.remotePort, this.remoteAddress, (error) => {
        if (error !== null) onError(error);
      });
    } catch (error) {
      // Thrown for a port of 0, or when the socket was closed.
      setImmediate(onError, error instanceof Error ? error : new Error(String(error)));
    }
  }
}
