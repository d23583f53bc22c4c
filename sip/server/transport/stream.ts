import type { Socket } from 'node:net';
import { type ParseLimits, StreamFramer, type TransportName } from '../../message/index.ts';
import { type Arrival, type Flow, type LocalPoint, plainAddress, type Target } from './types.ts';

/** RFC 5626 §3.5.1 */
const PONG = Buffer.from('\r\n');
/** A peer that does not read is cut off when this much waits for it. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
/** A message that has begun must end within this time, whatever the idle limit says. */
const STALLED_MS = 30_000;

export interface StreamLimits {
  readonly parse: ParseLimits;
  readonly idleMs: number;
}

/** One TCP or TLS connection, ours or the peer's. Its errors end it, never the process. */
export class StreamConnection implements Flow {
  readonly reliable = true;
  readonly transport: TransportName;
  readonly local: LocalPoint;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly serverName: string | undefined;
  readonly #socket: Socket;
  readonly #framer: StreamFramer;
  readonly #limits: StreamLimits;
  readonly #arrived: (arrival: Arrival) => void;
  readonly #errorListeners = new Set<(error: Error) => void>();
  #users = 0;
  #opened: boolean;
  #closed: Error | undefined;

  constructor(
    socket: Socket,
    peer: { local: LocalPoint; target: Target },
    limits: StreamLimits,
    arrived: (arrival: Arrival) => void,
    closed: () => void,
  ) {
    this.#socket = socket;
    this.transport = peer.target.transport;
    this.local = peer.local;
    this.remoteAddress = plainAddress(peer.target.address);
    this.remotePort = peer.target.port;
    this.serverName = peer.target.serverName;
    this.#limits = limits;
    this.#framer = new StreamFramer(limits.parse);
    this.#arrived = arrived;
    this.#opened = !socket.connecting;
    socket.once(peer.target.transport === 'tls' ? 'secureConnect' : 'connect', () => {
      this.#opened = true;
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    socket.setTimeout(limits.idleMs);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('timeout', () => this.#idle());
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => {
      this.#fail(new Error('the connection was closed'));
      closed();
    });
  }

  get opened(): boolean {
    return this.#opened;
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** A dialog keeps its connection open: the far side may have no other way to us. Release it once. */
  hold(): () => void {
    this.#users += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#users -= 1;
      if (this.#users === 0 && !this.closed) this.#socket.setTimeout(this.#limits.idleMs);
    };
  }

  watch(over: (error: Error) => void): () => void {
    this.#errorListeners.add(over);
    return () => this.#errorListeners.delete(over);
  }

  send(bytes: Buffer, onError: (error: Error) => void): void {
    if (this.#closed !== undefined) {
      setImmediate(onError, this.#closed);
      return;
    }
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) {
      this.destroy(new Error('the peer does not read'));
      setImmediate(onError, new Error('the peer does not read'));
      return;
    }
    this.#errorListeners.add(onError);
    this.#socket.write(bytes, (error) => {
      // Whoever hears of the failure first tells it: this callback or the connection's end.
      if (this.#errorListeners.delete(onError) && error != null) onError(error);
    });
  }

  destroy(error?: Error): void {
    this.#socket.destroy();
    if (error !== undefined) this.#fail(error);
  }

  #read(chunk: Buffer): void {
    for (const item of this.#framer.push(chunk)) {
      switch (item.type) {
        case 'message':
          this.#arrived({ type: 'message', message: item.message, bytes: item.message.body.length, flow: this });
          break;
        case 'invalid':
          this.#arrived({ type: 'invalid', error: item.error, flow: this });
          break;
        case 'ping':
          this.#socket.write(PONG);
          break;
        case 'pong':
          break;
        case 'lost':
          this.#arrived({ type: 'invalid', error: item.error, flow: this });
          this.#socket.end();
          this.#socket.setTimeout(1000);
          return;
        default:
          item satisfies never;
      }
    }
    this.#socket.setTimeout(this.#framer.midMessage ? Math.min(STALLED_MS, this.#limits.idleMs) : this.#limits.idleMs);
  }

  #idle(): void {
    if (this.#users > 0 && !this.#framer.midMessage) return;
    this.#socket.destroy();
  }

  #fail(error: Error): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    const waiting = [...this.#errorListeners];
    this.#errorListeners.clear();
    for (const tell of waiting) tell(error);
  }
}
