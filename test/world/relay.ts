/**
 * A UDP relay between the gateway and a SIP peer: keeps a copy of every message, and loses, doubles or reorders some by
 * a seed, so that a run can be repeated. Each side sees the relay in the other's place: addresses in the headers are
 * exchanged, except in credentials, which are signed. A call stays with the peer that it began with: what a lost or late
 * message causes after a test must not reach the peer of the next one.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** How bad the network is; without anything, perfect. */
export interface Network {
  readonly seed?: number;
  /** How many of a hundred datagrams are lost, in each direction. */
  readonly lossPercent?: number;
  /** How many of a hundred are held back, so that later ones overtake them. */
  readonly reorderPercent?: number;
  /** How many of a hundred arrive twice, the second time as late as those that are held back. */
  readonly repeatPercent?: number;
  /** How long they are held back, ms. */
  readonly holdMs?: number;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface RelayOptions extends Network {
  /** Where the peer listens; can be changed later (`peer`). */
  readonly peer?: Address;
  /** Where the gateway listens. */
  readonly gateway: Address;
}

export interface RelayedMessage {
  /** ms since the epoch. */
  readonly at: number;
  readonly to: 'peer' | 'gateway';
  readonly text: string;
  readonly lost: boolean;
  readonly callId: string;
}

/** A small generator with a seed (mulberry32): the same numbers in every run. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class UdpRelay {
  readonly messages: RelayedMessage[] = [];
  /** Where the peer listens; what comes before it is known is dropped. */
  peer: Address | undefined;
  readonly #gateway: Address;
  readonly #peers = new Map<string, Address>();
  #network: Network = {};
  #random: () => number = () => 0;
  /** What the gateway sends to, standing for the peer. */
  readonly #outer: Socket;
  /** What the peer sends to, standing for the gateway. */
  readonly #inner: Socket;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();

  private constructor(options: RelayOptions, outer: Socket, inner: Socket) {
    this.peer = options.peer;
    this.#gateway = options.gateway;
    this.setNetwork(options);
    this.#outer = outer;
    this.#inner = inner;
    outer.on('message', (datagram) => this.#pass(datagram, 'peer'));
    inner.on('message', (datagram) => this.#pass(datagram, 'gateway'));
    // ICMP "port unreachable" from a peer that has ended is not the relay's problem.
    for (const socket of [outer, inner]) socket.on('error', () => {});
  }

  static async start(options: RelayOptions): Promise<UdpRelay> {
    const sockets = [createSocket('udp4'), createSocket('udp4')] as const;
    for (const socket of sockets) {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
    }
    return new UdpRelay(options, sockets[0], sockets[1]);
  }

  /** The port that the gateway takes for the peer's. */
  get port(): number {
    return this.#outer.address().port;
  }

  /** The port that the peer takes for the gateway's. */
  get gatewayPort(): number {
    return this.#inner.address().port;
  }

  /** From now on the network is as bad as this. */
  setNetwork(network: Network): void {
    this.#network = network;
    this.#random = seededRandom(network.seed ?? 1);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#outer.close();
    this.#inner.close();
  }

  #pass(datagram: Buffer, to: 'peer' | 'gateway'): void {
    const { lossPercent = 0, reorderPercent = 0, repeatPercent = 0, holdMs = 200 } = this.#network;
    const text = datagram.toString('utf8');
    const callId = /^(?:call-id|i)\s*:\s*(\S+)/im.exec(text)?.[1] ?? '';
    const peer = this.#peers.get(callId) ?? this.peer;
    if (peer === undefined) return;
    this.#peers.set(callId, peer);
    const lost = this.#random() * 100 < lossPercent;
    const held = this.#random() * 100 < reorderPercent;
    // Only where it is asked for: the others keep their luck with the same seed.
    const repeated = repeatPercent > 0 && this.#random() * 100 < repeatPercent;
    this.messages.push({ at: Date.now(), to, text, lost, callId });
    if (lost) return;
    if (!held) this.#send(datagram, to, peer);
    if (!held && !repeated) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#send(datagram, to, peer);
    }, holdMs);
    this.#timers.add(timer);
  }

  #send(datagram: Buffer, to: 'peer' | 'gateway', peer: Address): void {
    const gateway = this.#gateway;
    const target = to === 'peer' ? peer : gateway;
    const socket = to === 'peer' ? this.#inner : this.#outer;
    const swaps =
      to === 'peer'
        ? [
            [`${gateway.host}:${gateway.port}`, `127.0.0.1:${this.gatewayPort}`],
            [`127.0.0.1:${this.port}`, `${peer.host}:${peer.port}`],
          ]
        : [
            [`${peer.host}:${peer.port}`, `127.0.0.1:${this.port}`],
            [`127.0.0.1:${this.gatewayPort}`, `${gateway.host}:${gateway.port}`],
          ];
    socket.send(exchangeAddresses(datagram, swaps as [string, string][]), target.port, target.host);
  }
}

/** Exchanges addresses in the head of a SIP message; its body and its credentials stay as they are. */
export function exchangeAddresses(datagram: Buffer, swaps: readonly [from: string, to: string][]): Buffer {
  const end = datagram.indexOf('\r\n\r\n');
  if (end < 0) return datagram;
  const head = datagram
    .toString('latin1', 0, end)
    .split('\r\n')
    .map((line) => {
      if (/^(proxy-)?authorization:/i.test(line)) return line;
      return swaps.reduce(
        (text, [from, to]) => text.replace(new RegExp(`${escapePattern(from)}(?!\\d)`, 'g'), to),
        line,
      );
    })
    .join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), datagram.subarray(end)]);
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
