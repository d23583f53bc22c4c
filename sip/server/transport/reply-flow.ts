import type { TransportName } from '../../message/index.ts';
import type { Flow, LocalPoint } from './types.ts';

/** The way back on a connection, which opens another one when the first is gone (RFC 3261 §18.2.2). */
export class ReplyFlow implements Flow {
  readonly reliable = true;
  readonly transport: TransportName;
  readonly local: LocalPoint;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #first: Flow;
  readonly #reopen: () => Flow | undefined;

  constructor(first: Flow, reopen: () => Flow | undefined) {
    this.#first = first;
    this.transport = first.transport;
    this.local = first.local;
    this.remoteAddress = first.remoteAddress;
    this.remotePort = first.remotePort;
    this.#reopen = reopen;
  }

  get closed(): boolean {
    return this.#first.closed === true;
  }

  /** Keeps the connection open for a dialog. */
  hold(): () => void {
    return this.#first.hold?.() ?? (() => undefined);
  }

  watch(over: (error: Error) => void): () => void {
    return this.#first.watch?.(over) ?? (() => undefined);
  }

  send(bytes: Buffer, onError: (error: Error) => void): void {
    const flow = this.closed ? this.#reopen() : this.#first;
    if (flow === undefined) setImmediate(onError, new Error('the connection is gone and the sender has no address'));
    else flow.send(bytes, onError);
  }
}
