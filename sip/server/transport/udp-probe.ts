import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** How long an ICMP error is waited for: it comes in a round trip or not at all. */
const WAIT_MS = 2_000;
/** More peers than this are not asked at a time. */
const MAX_PROBES = 64;
/** What phones send to keep a NAT open; SIP receivers drop it. */
const KEEP_ALIVE = Buffer.from('\r\n\r\n');

interface Probe {
  readonly socket: Socket;
  readonly listeners: Set<(error: Error) => void>;
}

/**
 * Finds out that nothing listens at a UDP address. A SIP socket talks to everybody, and the system reports ICMP errors only to
 * sockets that talk to one peer (`connect`): so a keep-alive is sent from such a one. Without an error nothing is known, and
 * nobody is told.
 */
export class UdpProbes {
  readonly #localHost: string;
  readonly #probes = new Map<string, Probe>();

  /** @param localHost the address to send from; a wildcard leaves it to the system */
  constructor(localHost: string) {
    this.#localHost = localHost;
  }

  /** @returns ends it: the listener is not called any more */
  ask(address: string, port: number, refused: (error: Error) => void): () => void {
    const key = `${address}|${port}`;
    const probe = this.#probes.get(key) ?? this.#start(key, address, port);
    probe?.listeners.add(refused);
    return () => probe?.listeners.delete(refused);
  }

  close(): void {
    for (const key of [...this.#probes.keys()]) this.#end(key);
  }

  #start(key: string, address: string, port: number): Probe | undefined {
    if (this.#probes.size >= MAX_PROBES) return undefined;
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const probe: Probe = { socket, listeners: new Set() };
    this.#probes.set(key, probe);
    const timer = setTimeout(() => this.#end(key), WAIT_MS);
    socket.once('close', () => clearTimeout(timer));
    socket.on('error', (error) => {
      const listeners = [...probe.listeners];
      this.#end(key);
      for (const tell of listeners) tell(error);
    });
    socket.bind({ address: this.#localHost, port: 0 }, () => {
      if (this.#probes.get(key) !== probe) return;
      socket.connect(port, address, () => {
        if (this.#probes.get(key) === probe) socket.send(KEEP_ALIVE);
      });
    });
    return probe;
  }

  #end(key: string): void {
    const probe = this.#probes.get(key);
    if (probe === undefined) return;
    this.#probes.delete(key);
    probe.listeners.clear();
    probe.socket.close();
  }
}
