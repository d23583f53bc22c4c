/** The main thread's end of one media worker: requests with answers, events by session, and its death. */

import { type MessagePort, type Transferable, Worker } from 'node:worker_threads';
import { MediaError } from '../engine.ts';
import type { Failure, FromWorker, OpenSession, SessionMethod, ToWorker } from './protocol.ts';
import { PortInUseError } from './udp.ts';

export interface WorkerListener {
  message(message: Extract<FromWorker, { type: 'event' | 'log' }>): void;
  /** The thread is gone; all its sessions are. */
  died(reason: string): void;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class WorkerHandle {
  /** Sessions that this worker carries now. */
  load = 0;
  readonly #worker: Worker;
  readonly #listener: WorkerListener;
  readonly #pending = new Map<number, Pending>();
  readonly #ready: Promise<void>;
  #requestId = 0;
  #death: string | undefined;
  #isStopping = false;

  constructor(listener: WorkerListener) {
    this.#listener = listener;
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url));
    this.#ready = new Promise((resolve, reject) => {
      this.#pending.set(0, { resolve: () => resolve(), reject });
    });
    this.#ready.catch(() => {});
    this.#worker.on('message', (message: FromWorker) => this.#onMessage(message));
    this.#worker.on('error', (error) => this.#die(error instanceof Error ? error.message : String(error)));
    this.#worker.on('exit', (code) => this.#die(`exit code ${code}`));
  }

  get isAlive(): boolean {
    return this.#death === undefined;
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  open(session: OpenSession): Promise<unknown> {
    return this.#request((requestId) => ({ type: 'open', requestId, session }));
  }

  call(sessionId: number, method: SessionMethod, args: readonly unknown[]): Promise<unknown> {
    return this.#request((requestId) => ({ type: 'call', requestId, sessionId, method, args }));
  }

  /** The session's telephone is joined to whoever has the other end of the port. */
  bridge(sessionId: number, port: MessagePort): Promise<unknown> {
    return this.#request(
      (requestId) => ({ type: 'call', requestId, sessionId, method: 'bridge', args: [port] }),
      [port],
    );
  }

  /** For methods without a result. */
  tell(sessionId: number, method: SessionMethod, args: readonly unknown[]): void {
    if (this.isAlive) this.#post({ type: 'call', sessionId, method, args });
  }

  closeSession(sessionId: number): Promise<unknown> {
    return this.#request((requestId) => ({ type: 'close', requestId, sessionId }));
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#worker.terminate();
  }

  #request(build: (requestId: number) => ToWorker, transfer: readonly Transferable[] = []): Promise<unknown> {
    if (this.#death !== undefined) return Promise.reject(this.#deathError());
    return new Promise((resolve, reject) => {
      const requestId = ++this.#requestId;
      this.#pending.set(requestId, { resolve, reject });
      this.#post(build(requestId), transfer);
    });
  }

  #post(message: ToWorker, transfer: readonly Transferable[] = []): void {
    this.#worker.postMessage(message, [...transfer]);
  }

  #onMessage(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.#take(0)?.resolve(undefined);
        break;
      case 'result': {
        const pending = this.#take(message.requestId);
        if (message.failure) pending?.reject(toError(message.failure));
        else pending?.resolve(message.value);
        break;
      }
      case 'event':
      case 'log':
        this.#listener.message(message);
        break;
      default:
        message satisfies never;
    }
  }

  #take(requestId: number): Pending | undefined {
    const pending = this.#pending.get(requestId);
    this.#pending.delete(requestId);
    return pending;
  }

  #die(reason: string): void {
    if (this.#death !== undefined) return;
    this.#death = reason;
    for (const pending of this.#pending.values()) pending.reject(this.#deathError());
    this.#pending.clear();
    if (!this.#isStopping) this.#listener.died(reason);
  }

  #deathError(): MediaError {
    return new MediaError('engine-failed', `the media worker of this call has died (${this.#death})`);
  }
}

function toError(failure: Failure): Error {
  switch (failure.kind) {
    case 'media':
      return new MediaError(failure.code, failure.message);
    case 'port-in-use':
      return new PortInUseError(failure.port);
    case 'other':
      return new MediaError('engine-failed', failure.message);
    default:
      return failure satisfies never;
  }
}
