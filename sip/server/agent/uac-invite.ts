import {
  header,
  headerHasToken,
  makeHeader,
  NO_BODY,
  parseCSeq,
  type SipHeader,
  type SipRequest,
  type SipResponse,
} from '../../message/index.ts';
import { refusalFrame, requestSentFrame, sipFrame } from '../control/reply.ts';
import type { ControlSession } from '../control/session.ts';
import { Dialog } from '../dialog/dialog.ts';
import { confirmUac, dialogId, uacDialog } from '../dialog/state.ts';
import { fromTag, toTag } from '../transaction/key.ts';
import { transactionTimeoutMs } from '../transaction/timers.ts';
import type { Flow, Target } from '../transport/types.ts';
import { cancelFor, credentialsOf } from './cancel.ts';
import { type AgentContext, type InviteHandle, metaOf } from './context.ts';
import { describedBody, localResponse } from './draft.ts';
import { endDialog, repeatAck, sendAck, takesUpdate } from './in-dialog.ts';
import { Outgoing } from './outgoing.ts';
import { armUacSessionTimer } from './session-timer.ts';
import { newTransactionId } from './tokens.ts';

/** How long a 2xx after a CANCEL that got no answer is still acknowledged and ended: this times 64·T1. */
const LATE_ANSWER_FACTOR = 5;

/** An INVITE of the application that makes a call: its forks, its CANCEL, its final response (RFC 3261 §13.2). */
export class UacInvite implements InviteHandle {
  readonly owner: ControlSession;
  readonly transactionId: string;
  readonly #context: AgentContext;
  readonly #commandId: string;
  readonly #draft: SipRequest;
  readonly #outgoing: Outgoing;
  /** By To-tag. */
  readonly #forks = new Map<string, Dialog>();
  readonly #lastRSeq = new Map<string, number>();
  #sent: { request: SipRequest; flow: Flow } | undefined;
  #replied = false;
  /** A response came: a CANCEL may go (RFC 3261 §9.1). */
  #proceeding = false;
  #final = false;
  #cancel: { readonly headers: readonly SipHeader[]; sent: boolean } | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(
    context: AgentContext,
    owner: ControlSession,
    commandId: string,
    transactionId: string,
    draft: SipRequest,
    targets: readonly Target[] | Promise<readonly Target[]>,
  ) {
    this.#context = context;
    this.owner = owner;
    this.#commandId = commandId;
    this.transactionId = transactionId;
    this.#draft = draft;
    this.#outgoing = new Outgoing(context, draft, targets, {
      onSent: (request, flow) => this.#onSent(request, flow),
      onResponse: (response, flow) => this.#onResponse(response, flow),
      onFailed: (status, why) => this.#onFailed(status, why),
      mayRetry: () => this.#cancel === undefined && !this.#final,
      onTerminated: () => this.#onTerminated(),
    });
  }

  start(): void {
    this.#context.invites.set(this.transactionId, this);
    this.#outgoing.start();
  }

  cancelCommand(commandId: string, headers: readonly SipHeader[]): void {
    const sent = this.#sent;
    if (this.#final || sent === undefined) {
      this.owner.send(refusalFrame(commandId, `unable to cancel unknown transaction id: ${this.transactionId}`));
      return;
    }
    this.#requestCancel(headers);
    const cancel = cancelFor(sent.request, this.#cancel?.headers ?? []);
    this.owner.send(requestSentFrame(commandId, metaOf('application', sent.flow, 0), newTransactionId(), cancel));
  }

  cancel(reason?: string): void {
    if (this.#final) return;
    this.#requestCancel(reason === undefined ? [] : [makeHeader('Reason', reason)]);
    if (this.#sent === undefined) this.abandon();
  }

  abandon(): void {
    this.#outgoing.abandon();
    this.#finish();
  }

  #requestCancel(headers: readonly SipHeader[]): void {
    if (this.#cancel !== undefined) return;
    this.#cancel = { headers: headers.filter((one) => one.key === 'reason' || one.name.startsWith('X-')), sent: false };
    // RFC 3261 §9.1: no CANCEL before a provisional response, or it may overtake the INVITE.
    if (this.#proceeding) this.#sendCancel();
  }

  #sendCancel(): void {
    const transaction = this.#outgoing.transaction;
    if (this.#cancel === undefined || this.#cancel.sent || transaction === undefined) return;
    this.#cancel.sent = true;
    const request = cancelFor(transaction.request, this.#cancel.headers);
    this.#context.transactions.send(request, transaction.branch, transaction.flow, {
      onResponse: () => undefined,
      onTimeout: () => undefined,
      onTransportError: () => undefined,
    });
    // RFC 3261 §9.1: without a final response in 64·T1 the call counts as cancelled.
    const limitMs = transactionTimeoutMs(this.#context.settings.timers);
    this.#deadline = setTimeout(() => {
      this.#deliverLocal(487, 'the CANCEL was not followed by a final response');
      this.#deadline = setTimeout(() => this.abandon(), LATE_ANSWER_FACTOR * limitMs).unref();
    }, limitMs);
  }

  #onSent(request: SipRequest, flow: Flow): void {
    this.#sent = { request, flow };
    this.#reply(request, flow);
  }

  #reply(request: SipRequest, flow: Flow): void {
    if (this.#replied) return;
    this.#replied = true;
    this.owner.send(
      requestSentFrame(this.#commandId, metaOf('application', flow, request.body.length), this.transactionId, request),
    );
  }

  #onResponse(response: SipResponse, flow: Flow): void {
    this.#proceeding = true;
    if (response.status < 200) this.#onProvisional(response, flow);
    else if (response.status < 300) this.#onSuccess(response, flow);
    else this.#onFailure(response, flow);
    if (this.#cancel !== undefined && !this.#final) this.#sendCancel();
  }

  #onProvisional(response: SipResponse, flow: Flow): void {
    if (this.#final) return;
    // drachtio keeps 100 to itself; but it tells an application that waits whether the next hop is there.
    if (response.status === 100) {
      this.#deliver(response, flow, '');
      return;
    }
    const tag = toTag(response);
    const dialog = tag === '' ? undefined : this.#fork(tag, response, flow);
    if (dialog !== undefined && !this.#inOrder(tag, response)) return;
    this.#deliver(response, flow, dialog?.id ?? this.#baseId());
  }

  /** RFC 3262 §4: a reliable provisional counts once and in order; the rest is not acknowledged. */
  #inOrder(tag: string, response: SipResponse): boolean {
    const rseq = Number(header(response, 'rseq') ?? Number.NaN);
    if (Number.isNaN(rseq) || !headerHasToken(response, 'require', '100rel')) return true;
    const last = this.#lastRSeq.get(tag);
    if (last !== undefined && rseq !== last + 1) return false;
    this.#lastRSeq.set(tag, rseq);
    return true;
  }

  #onSuccess(response: SipResponse, flow: Flow): void {
    const tag = toTag(response);
    const known = this.#forks.get(tag);
    // An early dialog that was given up: the answer makes it anew, to be ended properly.
    if (known?.ended === true && known.awaitedAck === undefined && known.sentAcks.size === 0) this.#forks.delete(tag);
    if (known !== undefined && repeatAck(known, response)) return;
    if (known?.awaitedAck !== undefined) return;
    const dialog = this.#fork(tag, response, flow);
    if (dialog === undefined) {
      // Without a To-tag there is no dialog to acknowledge in.
      if (!this.#final) this.#deliverLocal(500, 'the 200 has no To-tag');
      return;
    }
    dialog.state = confirmUac(dialog.state, response);
    dialog.flow = dialog.flow.reliable ? dialog.flow : flow;
    if (header(response, 'allow') !== undefined) dialog.remoteTakesUpdate = takesUpdate(response);
    const { number } = parseCSeq(header(response, 'cseq') ?? '');
    dialog.awaitedAck = { cseq: number, credentials: credentialsOf(this.#draft) };
    if (this.#final) {
      // Another fork has answered before (RFC 3261 §13.2.2.4), or the caller had given up.
      this.#endAnswered(dialog, 'another fork answered first', 'silent');
      return;
    }
    if (this.#cancel !== undefined) dialog.byeAfterAck = 'ACK-BYE due to cancel race condition';
    this.#setFinal();
    armUacSessionTimer(this.#context, dialog, response);
    this.#deliver(response, flow, dialog.id);
    dialog.announce();
  }

  #onFailure(response: SipResponse, flow: Flow): void {
    if (this.#final) return;
    this.#setFinal();
    this.#deliver(response, flow, this.#baseId());
    this.#endForks();
  }

  #onFailed(status: 408 | 487 | 503, why: string): void {
    if (this.#cancel !== undefined) this.#deliverLocal(487, 'the call was cancelled before anybody answered');
    else this.#deliverLocal(status, why);
    this.#finish();
  }

  #deliverLocal(status: number, why: string): void {
    if (this.#final) return;
    const { flow } = this.#sent ?? { flow: undefined };
    const meta = {
      source: 'network',
      bytes: 0,
      protocol: flow?.transport ?? 'udp',
      address: flow?.remoteAddress ?? '',
      port: flow?.remotePort ?? 0,
    } as const;
    if (!this.#replied) {
      this.#replied = true;
      this.owner.send(
        requestSentFrame(this.#commandId, { ...meta, source: 'application' }, this.transactionId, this.#draft),
      );
    }
    this.#setFinal();
    const response = localResponse(this.#sent?.request ?? this.#draft, status, why);
    this.owner.send(sipFrame(meta, this.transactionId, this.#baseId(), response));
    this.#endForks();
  }

  #deliver(response: SipResponse, flow: Flow, id: string): void {
    this.owner.send(sipFrame(metaOf('network', flow, response.body.length), this.transactionId, id, response));
  }

  /** The dialog of a fork, made when it is new (RFC 3261 §12.1.2). */
  #fork(tag: string, response: SipResponse, flow: Flow): Dialog | undefined {
    const known = this.#forks.get(tag);
    if (known !== undefined) return known;
    const request = this.#sent?.request ?? this.#draft;
    const first = this.#forks.size === 0;
    const id = first ? this.#baseId() : dialogId(header(request, 'call-id') ?? '', fromTag(request), tag);
    const state = uacDialog(id, request, response);
    if (state === undefined) return undefined;
    const dialog = new Dialog(state, this.owner, flow, header(request, 'contact') ?? '');
    dialog.localBody = describedBody(request);
    dialog.remoteTakesUpdate = takesUpdate(response);
    this.#forks.set(tag, dialog);
    this.#context.dialogs.add(dialog);
    return dialog;
  }

  #baseId(): string {
    return dialogId(header(this.#draft, 'call-id') ?? '', fromTag(this.#draft));
  }

  #setFinal(): void {
    this.#final = true;
    clearTimeout(this.#deadline);
    this.#context.invites.delete(this.transactionId);
  }

  #endForks(): void {
    for (const dialog of this.#forks.values()) if (!dialog.state.confirmed) this.#context.dialogs.remove(dialog);
  }

  #endAnswered(dialog: Dialog, why: string, tell: 'tell' | 'silent'): void {
    const awaited = dialog.awaitedAck;
    if (awaited === undefined) return;
    dialog.awaitedAck = undefined;
    sendAck(this.#context, dialog, awaited.cseq, { headers: awaited.credentials, body: NO_BODY });
    endDialog(this.#context, dialog, why, tell);
  }

  /** Timer M or D: no other fork will answer; what the application did not acknowledge is ended for it. */
  #onTerminated(): void {
    this.#endForks();
    for (const dialog of this.#forks.values()) this.#endAnswered(dialog, 'the application sent no ACK', 'tell');
    this.#finish();
  }

  #finish(): void {
    this.#setFinal();
    this.#endForks();
  }
}
