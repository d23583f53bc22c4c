import type { Dialog } from '../dialog/dialog.ts';
import { transactionTimeoutMs } from '../transaction/timers.ts';
import { cancelFor } from './cancel.ts';
import type { AgentContext } from './context.ts';
import type { Outgoing } from './outgoing.ts';

/**
 * An INVITE of ours inside a dialog, from its sending to its final response: another one has to wait for it (RFC 3261 §14.1),
 * and what ends the dialog ends it too.
 */
export class PendingInvite {
  readonly #context: AgentContext;
  readonly #dialog: Dialog;
  readonly #givenUp: () => void;
  #outgoing: Outgoing | undefined;
  #state: 'calling' | 'proceeding' | 'cancelled' | 'over' = 'calling';
  #cancelWanted = false;
  #deadline: NodeJS.Timeout | undefined;

  /** @param givenUp called when it was cancelled and no final response came in 64·T1 */
  constructor(context: AgentContext, dialog: Dialog, givenUp: () => void) {
    this.#context = context;
    this.#dialog = dialog;
    this.#givenUp = givenUp;
    dialog.cancelInvite = () => this.#cancel();
  }

  /** Whether another server may be tried. */
  get mayRetry(): boolean {
    return !this.#cancelWanted;
  }

  /** What sends it. */
  sentBy(outgoing: Outgoing): void {
    this.#outgoing = outgoing;
  }

  /** Notes the status of a response: a provisional one lets a CANCEL go, a final one ends it. */
  responded(status: number): void {
    if (this.#state === 'over') return;
    if (status >= 200) {
      this.over();
      return;
    }
    if (this.#state === 'calling') this.#state = 'proceeding';
    if (this.#cancelWanted) this.#sendCancel();
  }

  over(): void {
    this.#state = 'over';
    clearTimeout(this.#deadline);
    this.#dialog.cancelInvite = undefined;
  }

  #cancel(): void {
    if (this.#state === 'over') return;
    this.#cancelWanted = true;
    this.#sendCancel();
  }

  /** RFC 3261 §9.1: not before a provisional response; without one Timer B is the end. */
  #sendCancel(): void {
    const transaction = this.#outgoing?.transaction;
    if (this.#state !== 'proceeding' || transaction === undefined) return;
    this.#state = 'cancelled';
    this.#context.transactions.send(cancelFor(transaction.request), transaction.branch, transaction.flow, {
      onResponse: () => undefined,
      onTimeout: () => undefined,
      onTransportError: () => undefined,
    });
    this.#deadline = setTimeout(() => {
      this.#outgoing?.abandon();
      this.over();
      this.#givenUp();
    }, transactionTimeoutMs(this.#context.settings.timers)).unref();
  }
}
