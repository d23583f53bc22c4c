import type { Via } from '../../message/index.ts';
import { type SipRequest, type SipResponse, serialize } from '../../message/index.ts';
import type { Flow } from '../transport/types.ts';
import { responseKey } from '../transport/via.ts';
import { ClientTransaction, type ClientTransactionUser } from './client.ts';
import { clientKey, mergeKey, serverKey, toTag } from './key.ts';
import { ServerTransaction } from './server.ts';
import type { TimerBase } from './timers.ts';

/** What the layer above hears. */
export interface TransactionUser {
  /** A new request, but ACK. */
  onRequest(transaction: ServerTransaction, bytes: number): void;
  /** An ACK for a 2xx. */
  onAck(request: SipRequest, flow: Flow, bytes: number): void;
  /** A CANCEL; `invite` is what it cancels, when that is still there. */
  onCancel(transaction: ServerTransaction, invite: ServerTransaction | undefined, bytes: number): void;
  /** The same request came by another way (RFC 3261 §8.2.2.2). */
  onMerged(transaction: ServerTransaction): void;
  /** A fault of ours in what a timer or a socket set off. */
  onFault(error: unknown): void;
  /** There is no room for another transaction. */
  onOverload(request: SipRequest, flow: Flow): void;
}

/** All transactions of the server, found by their keys (RFC 3261 §17). */
export class TransactionLayer {
  readonly #timers: TimerBase;
  readonly #max: number;
  readonly #user: TransactionUser;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #merged = new Map<string, ServerTransaction>();

  readonly #fault = (error: unknown): void => this.#user.onFault(error);

  constructor(timers: TimerBase, max: number, user: TransactionUser) {
    this.#timers = timers;
    this.#max = max;
    this.#user = user;
  }

  get count(): number {
    return this.#clients.size + this.#servers.size;
  }

  get full(): boolean {
    return this.count >= this.#max;
  }

  /**
   * Sends a request.
   * @param request has our Via on top with this branch
   */
  send(request: SipRequest, branch: string, flow: Flow, user: ClientTransactionUser): ClientTransaction {
    const key = clientKey(request.method, branch);
    const forget = (): void => {
      if (this.#clients.get(key) === transaction) this.#clients.delete(key);
    };
    const transaction = new ClientTransaction(request, branch, flow, this.#timers, user, forget, this.#fault);
    this.#clients.set(key, transaction);
    transaction.start();
    return transaction;
  }

  /** @returns whether it belonged to a transaction; if not it is dropped (RFC 3261 §18.1.2) */
  receiveResponse(response: SipResponse, flow: Flow): boolean {
    const { branch, method } = responseKey(response);
    const transaction = this.#clients.get(clientKey(method, branch));
    transaction?.receive(response, flow);
    return transaction !== undefined;
  }

  /**
   * @param via the topmost, with the source noted
   * @param flow where responses go
   */
  receiveRequest(request: SipRequest, via: Via, flow: Flow, bytes: number): void {
    if (request.method === 'ACK') {
      const invite = this.#servers.get(serverKey(request, via, 'INVITE'));
      if (invite === undefined || invite.receiveAck()) this.#user.onAck(request, flow, bytes);
      return;
    }
    const key = serverKey(request, via, request.method);
    const known = this.#servers.get(key);
    if (known !== undefined) {
      known.receiveAgain();
      return;
    }
    if (this.full) {
      this.#user.onOverload(request, flow);
      return;
    }
    if (request.method === 'CANCEL') {
      const transaction = this.#add(key, request, flow, undefined);
      this.#user.onCancel(transaction, this.#servers.get(serverKey(request, via, 'INVITE')), bytes);
      return;
    }
    if (request.method === 'MESSAGE') {
      // Its sender may have been started anew, and repeat under a new branch what it never heard an answer to. A text begins no
      // dialog that could come about twice, and the application knows it again: its answer is the right one for both.
      this.#user.onRequest(this.#add(key, request, flow, undefined), bytes);
      return;
    }
    const merge = mergeKey(request);
    const merged = toTag(request) === '' && this.#merged.has(merge);
    const transaction = this.#add(key, request, flow, merged ? undefined : merge);
    if (merged) this.#user.onMerged(transaction);
    else this.#user.onRequest(transaction, bytes);
  }

  close(): void {
    for (const transaction of [...this.#clients.values()]) transaction.abandon();
    for (const transaction of [...this.#servers.values()]) transaction.abandon();
  }

  #add(key: string, request: SipRequest, flow: Flow, merge: string | undefined): ServerTransaction {
    const forget = (): void => {
      this.#servers.delete(key);
      if (merge !== undefined && this.#merged.get(merge) === transaction) this.#merged.delete(merge);
    };
    const transaction = new ServerTransaction(key, request, flow, this.#timers, forget, this.#fault);
    this.#servers.set(key, transaction);
    if (merge !== undefined) this.#merged.set(merge, transaction);
    return transaction;
  }
}

/** Sends a response without keeping anything (RFC 3261 §8.2.7): refusals under load, and of what cannot be parsed. */
export function respondStateless(response: SipResponse, flow: Flow): void {
  flow.send(serialize(response), () => undefined);
}
