import {
  makeHeader,
  type SipHeader,
  type SipRequest,
  sessionExpires,
  stringifySessionExpires,
} from '../../message/index.ts';
import type { ResponseCommand } from '../control/command.ts';
import { refusalFrame, responseSentFrame } from '../control/reply.ts';
import type { ControlSession } from '../control/session.ts';
import type { Dialog } from '../dialog/dialog.ts';
import type { ServerTransaction } from '../transaction/server.ts';
import { type AgentContext, type Answerable, metaOf } from './context.ts';
import { DraftError, draftResponse, find } from './draft.ts';
import { refreshed } from './in-dialog.ts';
import { refuse } from './refuse.ts';
import { armSessionTimer } from './session-timer.ts';
import { newTag } from './tokens.ts';

/** A request other than INVITE that waits for the application. */
export class PlainAnswer implements Answerable {
  readonly owner: ControlSession;
  readonly #context: AgentContext;
  readonly #transactionId: string;
  readonly #transaction: ServerTransaction;
  readonly #dialog: Dialog | undefined;
  readonly #toTag: string;
  readonly #guard: NodeJS.Timeout;

  constructor(
    context: AgentContext,
    owner: ControlSession,
    transactionId: string,
    transaction: ServerTransaction,
    dialog: Dialog | undefined,
  ) {
    this.#context = context;
    this.owner = owner;
    this.#transactionId = transactionId;
    this.#transaction = transaction;
    this.#dialog = dialog;
    this.#toTag = dialog?.state.localTag ?? newTag();
    // RFC 4320 §4.1: later than this nobody waits for the answer any more. A BYE has ended the call in any case.
    this.#guard = setTimeout(() => {
      refuse(transaction, transaction.request.method === 'BYE' ? 200 : 500);
      this.#close();
    }, context.settings.applicationTimeoutMs);
  }

  answer(command: ResponseCommand): void {
    const { request, flow } = this.#transaction;
    const dialog = this.#dialog;
    const updated =
      dialog !== undefined && request.method === 'UPDATE' && isSuccess(command.status) ? dialog : undefined;
    try {
      const extra = updated === undefined ? [] : updateHeaders(request, command, updated);
      const parts = { toTag: this.#toTag, local: flow.local, server: this.#context.settings.userAgent, extra };
      const response = draftResponse(request, command, parts);
      const bytes = this.#transaction.respond(response);
      const meta = metaOf('application', flow, bytes.length);
      this.owner.send(responseSentFrame(command.id, meta, this.#transactionId, dialog?.id ?? '', response));
      if (updated !== undefined) {
        refreshed(updated, request);
        const expires = sessionExpires(response);
        if (expires !== undefined)
          armSessionTimer(this.#context, updated, expires.seconds, expires.refresher === 'uas' ? 'us' : 'them');
      }
    } catch (error) {
      if (!(error instanceof DraftError)) throw error;
      this.owner.send(refusalFrame(command.id, error.message));
      return;
    }
    if (command.status >= 200) this.#close();
  }

  giveUp(): void {
    if (!this.#transaction.answered) refuse(this.#transaction, this.#transaction.request.method === 'BYE' ? 200 : 503);
    this.#close();
  }

  #close(): void {
    clearTimeout(this.#guard);
    this.#context.answerables.delete(this.#transactionId);
    if (this.#dialog !== undefined && this.#transaction.request.method === 'UPDATE') this.#dialog.updatePending = false;
  }
}

/** What the 2xx to an UPDATE has besides what the application gave: our Contact (RFC 3311 §5.2) and the timer (RFC 4028 §9). */
function updateHeaders(request: SipRequest, command: ResponseCommand, dialog: Dialog): SipHeader[] {
  const headers = [makeHeader('Contact', find(command.headers, 'contact') ?? dialog.localContact)];
  const wish = sessionExpires(request);
  if (wish !== undefined && find(command.headers, 'session-expires') === undefined) {
    const granted = { seconds: wish.seconds, refresher: wish.refresher ?? 'uac' } as const;
    headers.push(makeHeader('Session-Expires', stringifySessionExpires(granted)));
  }
  return headers;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
