import { makeHeader, type SipRequest, type SipResponse, serialize } from '../../message/index.ts';
import type { Flow } from '../transport/types.ts';
import { INVITE_CLIENT_EVENTS, startInviteClient, stepInviteClient } from './invite-client.ts';
import { type Machine, machineOf, responseEvent } from './machine.ts';
import { NON_INVITE_CLIENT_EVENTS, startNonInviteClient, stepNonInviteClient } from './non-invite-client.ts';
import type { TransactionEffect } from './step.ts';
import { TimerSet } from './timer-set.ts';
import type { TimerBase, TransactionConditions } from './timers.ts';

/** Who sent a request, and wants to hear what became of it. */
export interface ClientTransactionUser {
  /** Every response that is not a retransmission; for an INVITE, every 2xx. */
  onResponse(response: SipResponse, flow: Flow): void;
  /** No final response in time (Timer B or F). */
  onTimeout(): void;
  onTransportError(error: Error): void;
  /** Nothing more will come. */
  onTerminated?(): void;
}

/** A request on its way and its responses (RFC 3261 §17.1): runs the effects of the pure machines. */
export class ClientTransaction {
  /** As it went out, with our Via on top. */
  readonly request: SipRequest;
  readonly branch: string;
  readonly flow: Flow;
  readonly bytes: Buffer;
  readonly #user: ClientTransactionUser;
  readonly #timers: TimerSet;
  readonly #forget: () => void;
  readonly #fault: (error: unknown) => void;
  readonly #machine: Machine;
  #lastFailure: SipResponse | undefined;
  #ack: Buffer | undefined;
  #unwatch: (() => void) | undefined;
  #asked = false;

  constructor(
    request: SipRequest,
    branch: string,
    flow: Flow,
    base: TimerBase,
    user: ClientTransactionUser,
    forget: () => void,
    fault: (error: unknown) => void,
  ) {
    this.request = request;
    this.branch = branch;
    this.flow = flow;
    this.bytes = serialize(request);
    this.#user = user;
    this.#forget = forget;
    this.#fault = fault;
    const conditions = { ...base, reliable: flow.reliable };
    this.#machine = request.method === 'INVITE' ? inviteMachine(conditions) : nonInviteMachine(conditions);
    this.#timers = new TimerSet((timer) => {
      if (timer === 'A' || timer === 'E') this.#askWhetherAnybodyListens();
      this.#stepGuarded(`timer${timer}`);
    });
  }

  get terminated(): boolean {
    return this.#machine.name === 'terminated';
  }

  /** Sends the request. */
  start(): void {
    // RFC 3261 §18.4: whoever waits on a connection that fails is told; a TLS peer may refuse us after we have written.
    this.#unwatch = this.flow.watch?.((error) => this.#stepGuarded('transportError', error));
    this.#run(this.#machine.first);
  }

  receive(response: SipResponse, flow: Flow): void {
    if (response.status >= 300 && this.#lastFailure === undefined) this.#lastFailure = response;
    this.#step(responseEvent(this.request.method, response.status), response, flow);
  }

  /** Ends it without telling its user: the server is stopping, or a cancelled request got no answer. */
  abandon(): void {
    this.#timers.clear();
    this.#unwatch?.();
    this.#forget();
  }

  /** RFC 3261 §18.4: an ICMP error is a transport error. It is looked for when the first response is late. */
  #askWhetherAnybodyListens(): void {
    if (this.#asked || this.flow.probe === undefined) return;
    this.#asked = true;
    this.#unwatch = this.flow.probe((error) => this.#stepGuarded('transportError', error));
  }

  /** For events that come from a timer or a socket: what is thrown there would end the process. */
  #stepGuarded(event: string, error?: Error): void {
    try {
      this.#step(event, undefined, undefined, error);
    } catch (thrown) {
      this.#fault(thrown);
    }
  }

  #step(event: string, response?: SipResponse, flow?: Flow, error?: Error): void {
    this.#run(this.#machine.step(event), response, flow, error);
  }

  #run(effects: readonly TransactionEffect[], response?: SipResponse, flow?: Flow, error?: Error): void {
    // Forgotten first: what the user does in answer must not find a transaction that is over.
    const over = this.terminated && !this.#timers.closed;
    if (over) {
      this.#timers.clear();
      this.#unwatch?.();
      this.#forget();
    }
    for (const effect of effects) this.#perform(effect, response, flow, error);
    if (over) this.#user.onTerminated?.();
  }

  #perform(effect: TransactionEffect, response?: SipResponse, flow?: Flow, error?: Error): void {
    switch (effect.do) {
      case 'sendRequest':
        this.#send(this.bytes);
        break;
      case 'sendAck':
        if (this.#lastFailure !== undefined) {
          this.#ack ??= serialize(ackForFailure(this.request, this.#lastFailure));
          this.#send(this.#ack);
        }
        break;
      case 'deliver':
        if (response !== undefined && flow !== undefined) this.#user.onResponse(response, flow);
        break;
      case 'reportTimeout':
        this.#user.onTimeout();
        break;
      case 'reportTransportError':
        this.#user.onTransportError(error ?? new Error('the transport failed'));
        break;
      case 'startTimer':
        this.#timers.start(effect.timer, effect.ms);
        break;
      case 'stopTimer':
        this.#timers.stop(effect.timer);
        break;
      // Of server transactions only.
      case 'sendResponse':
      case 'resendResponse':
        break;
      default:
        effect satisfies never;
    }
  }

  #send(bytes: Buffer): void {
    this.flow.send(bytes, (error) => this.#stepGuarded('transportError', error));
  }
}

/**
 * The ACK for a final response other than 2xx (RFC 3261 §17.1.1.3): one Via, the one of the INVITE, its Route set and
 * credentials, and the To of the response.
 */
export function ackForFailure(invite: SipRequest, response: SipResponse): SipRequest {
  const headers = [];
  let topDone = false;
  for (const line of invite.headers) {
    switch (line.key) {
      case 'via':
        if (!topDone) headers.push(line);
        topDone = true;
        break;
      case 'from':
      case 'call-id':
      case 'route':
      case 'max-forwards':
      case 'authorization':
      case 'proxy-authorization':
        headers.push(line);
        break;
      case 'to':
        headers.push(response.headers.find((one) => one.key === 'to') ?? line);
        break;
      case 'cseq':
        headers.push(makeHeader('CSeq', line.value.replace(/\S+$/, 'ACK')));
        break;
    }
  }
  return { kind: 'request', method: 'ACK', uri: invite.uri, headers, body: Buffer.alloc(0) };
}

function inviteMachine(conditions: TransactionConditions): Machine {
  return machineOf(startInviteClient(conditions), INVITE_CLIENT_EVENTS, stepInviteClient, conditions);
}

function nonInviteMachine(conditions: TransactionConditions): Machine {
  return machineOf(startNonInviteClient(conditions), NON_INVITE_CLIENT_EVENTS, stepNonInviteClient, conditions);
}
