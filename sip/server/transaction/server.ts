import { type SipRequest, type SipResponse, serialize } from '../../message/index.ts';
import type { Flow } from '../transport/types.ts';
import { INVITE_SERVER_EVENTS, startInviteServer, stepInviteServer } from './invite-server.ts';
import { type Machine, machineOf, responseEvent } from './machine.ts';
import { NON_INVITE_SERVER_EVENTS, startNonInviteServer, stepNonInviteServer } from './non-invite-server.ts';
import type { TransactionEffect } from './step.ts';
import { TimerSet } from './timer-set.ts';
import type { TimerBase, TransactionConditions } from './timers.ts';

/** What the user of a server transaction may want to know later. */
export interface ServerTransactionEvents {
  /** The final response to the INVITE got no ACK (Timer H). */
  onTimeout?(): void;
  onTransportError?(error: Error): void;
}

/** A request that came in and our responses to it (RFC 3261 §17.2): runs the effects of the pure machines. */
export class ServerTransaction {
  readonly key: string;
  readonly request: SipRequest;
  /** The way back (RFC 3261 §18.2.2). */
  readonly flow: Flow;
  events: ServerTransactionEvents = {};
  readonly #timers: TimerSet;
  readonly #forget: () => void;
  readonly #fault: (error: unknown) => void;
  readonly #machine: Machine;
  #forgotten: (() => void) | undefined;
  #last: Buffer | undefined;
  #final = false;

  constructor(
    key: string,
    request: SipRequest,
    flow: Flow,
    base: TimerBase,
    forget: () => void,
    fault: (error: unknown) => void,
  ) {
    this.key = key;
    this.request = request;
    this.flow = flow;
    this.#fault = fault;
    this.#forget = () => {
      forget();
      this.#forgotten?.();
    };
    const conditions = { ...base, reliable: flow.reliable };
    this.#machine = request.method === 'INVITE' ? inviteMachine(conditions) : nonInviteMachine(conditions);
    this.#timers = new TimerSet((timer) => this.#stepGuarded(`timer${timer}`));
  }

  /** Whether a final response was given: none other may follow, but an INVITE's 2xx again. */
  get answered(): boolean {
    return this.#final;
  }

  /** Sends a response; a second final one is dropped, unless it repeats an INVITE's 2xx. @returns its bytes */
  respond(response: SipResponse): Buffer {
    const bytes = serialize(response);
    this.respondBytes(response.status, bytes);
    return bytes;
  }

  /** As `respond`, for a response that is bytes already: a 2xx again. */
  respondBytes(status: number, bytes: Buffer): void {
    if (status >= 200) this.#final = true;
    this.#step(responseEvent(this.request.method, status), bytes);
  }

  /** @param forgotten called when the transaction is over */
  onForgotten(forgotten: () => void): void {
    this.#forgotten = forgotten;
  }

  /** The request came again. */
  receiveAgain(): void {
    this.#step('request');
  }

  /** An ACK with this transaction's branch. @returns whether it belongs to a 2xx, and so to the dialog */
  receiveAck(): boolean {
    const effects = this.#machine.step('ack');
    this.#run(effects);
    return effects.some((effect) => effect.do === 'deliver');
  }

  /** Ends it without telling anybody. */
  abandon(): void {
    this.#timers.clear();
    this.#forget();
  }

  /** For events that come from a timer or a socket: what is thrown there would end the process. */
  #stepGuarded(event: string): void {
    try {
      this.#step(event);
    } catch (thrown) {
      this.#fault(thrown);
    }
  }

  #step(event: string, bytes?: Buffer): void {
    this.#run(this.#machine.step(event), bytes);
  }

  #run(effects: readonly TransactionEffect[], bytes?: Buffer): void {
    if (this.#machine.name === 'terminated' && !this.#timers.closed) {
      this.#timers.clear();
      this.#forget();
    }
    for (const effect of effects) this.#perform(effect, bytes);
  }

  #perform(effect: TransactionEffect, bytes?: Buffer): void {
    switch (effect.do) {
      case 'sendResponse':
        if (bytes !== undefined) {
          this.#last = bytes;
          this.#send(bytes);
        }
        break;
      case 'resendResponse':
        if (this.#last !== undefined) this.#send(this.#last);
        break;
      case 'startTimer':
        this.#timers.start(effect.timer, effect.ms);
        break;
      case 'stopTimer':
        this.#timers.stop(effect.timer);
        break;
      case 'reportTimeout':
        this.events.onTimeout?.();
        break;
      case 'reportTransportError':
        this.events.onTransportError?.(new Error('the response could not be sent'));
        break;
      // The request was delivered by whoever made this transaction; the rest is of client transactions.
      case 'deliver':
      case 'sendRequest':
      case 'sendAck':
        break;
      default:
        effect satisfies never;
    }
  }

  #send(bytes: Buffer): void {
    this.flow.send(bytes, () => this.#stepGuarded('transportError'));
  }
}

function inviteMachine(conditions: TransactionConditions): Machine {
  return machineOf(startInviteServer(), INVITE_SERVER_EVENTS, stepInviteServer, conditions);
}

function nonInviteMachine(conditions: TransactionConditions): Machine {
  return machineOf(startNonInviteServer(), NON_INVITE_SERVER_EVENTS, stepNonInviteServer, conditions);
}
