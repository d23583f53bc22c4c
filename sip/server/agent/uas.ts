/** Requests of the network: checked, matched to a dialog, handed to the application (RFC 3261 §8.2, §12.2.2). */
import {
  header,
  lenient,
  MIN_SESSION_EXPIRES_S,
  makeHeader,
  makeResponse,
  parseCSeq,
  type SipRequest,
  sessionExpires,
} from '../../message/index.ts';
import type { ResponseCommand } from '../control/command.ts';
import { refusalFrame, sipFrame } from '../control/reply.ts';
import type { ControlSession } from '../control/session.ts';
import type { Dialog } from '../dialog/dialog.ts';
import { acceptRemote, contactUri } from '../dialog/state.ts';
import { fromTag, toTag } from '../transaction/key.ts';
import { respondStateless, type TransactionUser } from '../transaction/layer.ts';
import type { ServerTransaction } from '../transaction/server.ts';
import type { Flow } from '../transport/types.ts';
import { type AgentContext, metaOf } from './context.ts';
import { ALLOW } from './draft.ts';
import { PlainAnswer } from './plain-answer.ts';
import { refuse } from './refuse.ts';
import { faultOf } from './request-fault.ts';
import { newTag, newTransactionId } from './tokens.ts';
import { UasInvite } from './uas-invite.ts';

/** Requests that only mean something inside a dialog. */
const DIALOG_ONLY: ReadonlySet<string> = new Set(['BYE', 'PRACK', 'UPDATE']);

export class UserAgentServer implements Omit<TransactionUser, 'onFault'> {
  readonly #context: AgentContext;
  /** New calls without a final response, by their transaction's key. */
  readonly #invites = new Map<string, UasInvite>();

  constructor(context: AgentContext) {
    this.#context = context;
  }

  /** Serves a response of the application. */
  response(session: ControlSession, command: ResponseCommand): void {
    const answerable = this.#context.answerables.get(command.transactionId);
    if (answerable === undefined || answerable.owner !== session) {
      session.send(refusalFrame(command.id, 'Response not sent due to unknown transaction'));
      return;
    }
    answerable.answer(command);
  }

  onOverload(request: SipRequest, flow: Flow): void {
    respondStateless(makeResponse(request, 503, { toTag: newTag(), headers: [makeHeader('Retry-After', '10')] }), flow);
  }

  onMerged(transaction: ServerTransaction): void {
    refuse(transaction, 482);
  }

  onCancel(transaction: ServerTransaction, invite: ServerTransaction | undefined, bytes: number): void {
    if (invite === undefined) {
      refuse(transaction, 481);
      return;
    }
    // RFC 3261 §9.2: the CANCEL is answered 200 in any case; after a final response it does nothing else.
    transaction.respond(makeResponse(transaction.request, 200, { toTag: newTag() }));
    this.#invites.get(invite.key)?.cancelled(transaction.request, bytes);
  }

  onAck(request: SipRequest, flow: Flow, bytes: number): void {
    const dialog = this.#dialogOf(request);
    if (dialog === undefined) return;
    const cseq = lenient(() => parseCSeq(header(request, 'cseq') ?? ''));
    if (cseq === undefined || dialog.ackReceived?.(cseq.number) !== true) return;
    dialog.tell(sipFrame(metaOf('network', flow, bytes), newTransactionId(), dialog.id, request));
  }

  onRequest(transaction: ServerTransaction, bytes: number): void {
    const { request } = transaction;
    const fault = faultOf(request);
    if (fault !== undefined) {
      refuse(transaction, fault.status, fault.headers);
      return;
    }
    if (toTag(request) === '') this.#outside(transaction, bytes);
    else this.#inside(transaction, bytes);
  }

  #dialogOf(request: SipRequest): Dialog | undefined {
    return this.#context.dialogs.find(header(request, 'call-id') ?? '', toTag(request), fromTag(request));
  }

  // ---- outside of a dialog ----

  #outside(transaction: ServerTransaction, bytes: number): void {
    const { request } = transaction;
    if (DIALOG_ONLY.has(request.method)) {
      refuse(transaction, 481);
      return;
    }
    if (request.method === 'INVITE' && contactUri(request) === undefined) {
      // RFC 3261 §8.1.1.8: an INVITE without Contact cannot make a dialog.
      refuse(transaction, 400, [makeHeader('Warning', '399 trunkline "the Contact header is missing"')]);
      return;
    }
    if (request.method === 'INVITE' && !this.#acceptsInterval(transaction)) return;
    const session = this.#context.control.sessionFor(request.method);
    if (session === undefined) {
      this.#withoutTaker(transaction);
      return;
    }
    this.#deliver(transaction, session, '', undefined, bytes);
  }

  #withoutTaker(transaction: ServerTransaction): void {
    const { method } = transaction.request;
    if (!this.#context.control.connected) refuse(transaction, 503, [makeHeader('Retry-After', '5')]);
    else if (method === 'OPTIONS')
      refuse(transaction, 200, [makeHeader('Allow', ALLOW), makeHeader('Accept', 'application/sdp')]);
    // A caller is told that nobody takes calls here now, not that there is no such thing as a call.
    else if (method === 'INVITE') refuse(transaction, 480);
    // The application is only starting: a text that was refused for good would be lost.
    else if (method === 'MESSAGE') refuse(transaction, 503, [makeHeader('Retry-After', '5')]);
    // RFC 3261 §21.4.6: Allow lists what is allowed, so not the method that was just refused.
    else
      refuse(transaction, 405, [
        makeHeader(
          'Allow',
          ALLOW.split(', ')
            .filter((one) => one !== method)
            .join(', '),
        ),
      ]);
  }

  // ---- inside a dialog ----

  #inside(transaction: ServerTransaction, bytes: number): void {
    const { request } = transaction;
    const dialog = this.#dialogOf(request);
    if (dialog === undefined) {
      // The application keeps its subscriptions itself, and knows them by Call-ID.
      const subscriber = request.method === 'NOTIFY' ? this.#context.control.sessionFor('NOTIFY') : undefined;
      if (subscriber === undefined) refuse(transaction, 481);
      else this.#deliver(transaction, subscriber, '', undefined, bytes);
      return;
    }
    const state = acceptRemote(dialog.state, request);
    if (state === undefined) {
      refuse(transaction, 500, [makeHeader('Retry-After', '1')]);
      return;
    }
    dialog.state = state;
    if (!dialog.flow.reliable || transaction.flow.reliable) dialog.flow = transaction.flow;
    switch (request.method) {
      case 'INVITE':
        this.#reinvite(transaction, dialog, bytes);
        break;
      case 'PRACK':
        this.#prack(transaction, dialog, bytes);
        break;
      case 'BYE':
        this.#bye(transaction, dialog, bytes);
        break;
      case 'UPDATE':
        this.#update(transaction, dialog, bytes);
        break;
      default:
        this.#deliver(transaction, dialog.owner, dialog.id, dialog, bytes);
    }
  }

  #reinvite(transaction: ServerTransaction, dialog: Dialog, bytes: number): void {
    if (dialog.remoteInvite !== undefined) {
      // RFC 3261 §14.2: the first is not answered yet.
      refuse(transaction, 500, [makeHeader('Retry-After', String(Math.floor(Math.random() * 11)))]);
    } else if (dialog.cancelInvite !== undefined || dialog.awaitedAck !== undefined) {
      refuse(transaction, 491);
    } else if (this.#acceptsInterval(transaction)) {
      this.#deliver(transaction, dialog.owner, dialog.id, dialog, bytes);
    }
  }

  #update(transaction: ServerTransaction, dialog: Dialog, bytes: number): void {
    if (dialog.updatePending) refuse(transaction, 500, [makeHeader('Retry-After', '1')]);
    else if (this.#acceptsInterval(transaction)) {
      dialog.updatePending = true;
      this.#deliver(transaction, dialog.owner, dialog.id, dialog, bytes);
    }
  }

  /** RFC 4028 §9: an interval that is too small is refused with ours. */
  #acceptsInterval(transaction: ServerTransaction): boolean {
    const expires = sessionExpires(transaction.request);
    if (expires === undefined || expires.seconds >= MIN_SESSION_EXPIRES_S) return true;
    refuse(transaction, 422, [makeHeader('Min-SE', String(MIN_SESSION_EXPIRES_S))]);
    return false;
  }

  #prack(transaction: ServerTransaction, dialog: Dialog, bytes: number): void {
    if (dialog.remoteInvite?.acknowledge(transaction.request) !== true) {
      refuse(transaction, 481);
      return;
    }
    this.#deliver(transaction, dialog.owner, dialog.id, dialog, bytes);
  }

  #bye(transaction: ServerTransaction, dialog: Dialog, bytes: number): void {
    dialog.cancelInvite?.();
    this.#context.dialogs.remove(dialog);
    const pending = dialog.remoteInvite;
    if (pending !== undefined) {
      // RFC 3261 §15.1.2: BYE ends what is pending with 487; the application hears of a cancelled call.
      transaction.respond(makeResponse(transaction.request, 200, { toTag: dialog.state.localTag }));
      pending.endedByBye();
      return;
    }
    this.#deliver(transaction, dialog.owner, dialog.id, dialog, bytes);
  }

  #deliver(
    transaction: ServerTransaction,
    owner: ControlSession,
    dialogId: string,
    dialog: Dialog | undefined,
    bytes: number,
  ): void {
    const { request, flow } = transaction;
    if (!owner.open) {
      refuse(transaction, 503, [makeHeader('Retry-After', '5')]);
      return;
    }
    const transactionId = newTransactionId();
    if (request.method === 'INVITE') {
      transaction.respond(makeResponse(request, 100));
      const invite = new UasInvite(this.#context, owner, transactionId, transaction, dialog);
      this.#invites.set(transaction.key, invite);
      transaction.onForgotten(() => this.#invites.delete(transaction.key));
    } else {
      this.#context.answerables.set(
        transactionId,
        new PlainAnswer(this.#context, owner, transactionId, transaction, dialog),
      );
    }
    const receivedOn =
      dialog === undefined ? { host: flow.local.host, port: flow.local.port || flow.local.advertisedPort } : undefined;
    const frame = sipFrame(metaOf('network', flow, bytes), transactionId, dialogId, request, receivedOn);
    if (dialog === undefined) owner.send(frame);
    else dialog.tell(frame);
  }
}
